/**
 * One pop-up, however many tabs of the browser hear of the same message (ALERT-2): each asks for it, and one gets it.
 * The tab being looked at asks first. Web Locks settle it; where the page is not secure and has none, the tabs tell each
 * other over a BroadcastChannel, and where there is not even that, each shows its own.
 */

/** How long tabs hold back that nobody looks at, so that the one before the person's eyes is first. */
const visibleDelayMs = 60;
const hiddenDelayMs = 300;
/** A pop-up stays taken for so long: a tab in the background may hear of the message, and be let run, a minute late. */
const takenMs = 180_000;
/** Taken pop-ups that are remembered; the oldest is let go beyond it. */
const takenMax = 200;

/** Keys taken by whichever tab, and what lets go of those of this one. */
const taken = new Map<string, () => void>();
let channel: BroadcastChannel | null = null;

/** To be called before the first pop-up comes, or what other tabs say until then would not be heard. */
export function listenToOtherTabs(): void {
  if (navigator.locks === undefined) channel ??= listening();
}

/** Is it this tab that shows the pop-up of this key? The same key is granted once, to one caller of one tab. */
export async function takePopup(key: string): Promise<boolean> {
  if (!document.hasFocus()) await delay(document.visibilityState === 'visible' ? visibleDelayMs : hiddenDelayMs);
  if (taken.has(key)) return false;
  return navigator.locks === undefined ? takeByWord(key) : takeLock(`parley-popup:${key}`, key);
}

function takeLock(name: string, key: string): Promise<boolean> {
  return new Promise((resolve) => {
    const held = navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      resolve(lock !== null);
      if (lock !== null) await new Promise<void>((letGo) => remember(key, letGo));
    });
    // Locks are refused to pages without an origin of their own.
    held.catch(() => resolve(takeByWord(key)));
  });
}

/** Without locks the first to speak has it; two that speak in the very same moment agree by lot. */
async function takeByWord(key: string): Promise<boolean> {
  channel ??= listening();
  const lot = Math.random();
  lots.set(key, lot);
  channel?.postMessage({ key, lot });
  await delay(visibleDelayMs);
  const mine = lots.get(key) === lot;
  lots.delete(key);
  remember(key);
  return mine;
}

/** Lots drawn for what is being settled; a smaller one of another tab takes the place of one's own. */
const lots = new Map<string, number>();

function listening(): BroadcastChannel | null {
  if (typeof BroadcastChannel === 'undefined') return null;
  const opened = new BroadcastChannel('parley-popup');
  opened.onmessage = ({ data }: MessageEvent<{ readonly key: string; readonly lot: number }>) => {
    const own = lots.get(data.key);
    if (own === undefined) remember(data.key);
    else if (data.lot < own) lots.set(data.key, data.lot);
  };
  return opened;
}

function remember(key: string, letGo: () => void = () => {}): void {
  const forget = () => {
    taken.delete(key);
    letGo();
  };
  taken.set(key, forget);
  setTimeout(forget, takenMs);
  for (const oldest of taken.values()) {
    if (taken.size <= takenMax) break;
    oldest();
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
