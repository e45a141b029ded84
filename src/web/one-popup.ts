/**
 * One pop-up, however many tabs of the browser hear of the same message (ALERT-2): each asks for it, and one gets it. A
 * row of IndexedDB for each conversation settles it, which pages without HTTPS have as well as others; its transactions
 * come one after the other, whichever tab they are of. The tab being looked at asks first.
 */

/** How long tabs hold back that nobody looks at, so that the one before the person's eyes is first. */
const visibleDelayMs = 60;
const hiddenDelayMs = 300;

const name = 'parley-popups';

/**
 * Is it this tab that shows the pop-up for an entry of this moment? `conversation`: of one person; `at`: never goes back.
 * Yes to the first that asks, and to everyone where the browser keeps nothing.
 */
export async function takePopup(conversation: string, at: number): Promise<boolean> {
  if (!document.hasFocus())
    await new Promise((resolve) =>
      setTimeout(resolve, document.visibilityState === 'visible' ? visibleDelayMs : hiddenDelayMs),
    );
  // A page without an origin of its own has none, and is told so by a throw.
  return ask(conversation, at).catch(() => true);
}

function ask(conversation: string, at: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onerror = reject;
    opening.onupgradeneeded = () => opening.result.createObjectStore(name);
    opening.onsuccess = () => {
      const database = opening.result;
      // Whatever fails or is aborted in it tells the database, too.
      database.onerror = reject;
      database.onabort = reject;
      const rows = database.transaction(name, 'readwrite').objectStore(name);
      const newest = rows.get(conversation);
      newest.onsuccess = () => {
        const isFirst = !(newest.result >= at);
        if (isFirst) rows.put(at, conversation);
        resolve(isFirst);
      };
      // Once the transaction is over.
      database.close();
    };
  });
}
