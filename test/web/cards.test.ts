/** Lists of cards: their order in the page, the focus, and when older ones are fetched. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { button, cardIn, cardsIn, dialogOf, see, seeNo, sidebarOf, tabOf } from '../e2e/eyes.ts';
import { onStage } from '../e2e/on-stage.ts';
import type { Someone } from '../support/browser.ts';

const stage = onStage();

/**
 * Lets a list of cards become one after the other of these lists of ids, the focus on a card all the while where
 * `isFocused`. Answers what was wrong.
 */
function become(page: Page, lists: readonly (readonly string[])[], isFocused: boolean): Promise<string[]> {
  return page.evaluate(
    async ({ lists, isFocused }) => {
      type View = Record<string, unknown>;
      type Cards = HTMLElement & { client: unknown; conversations: readonly View[]; updateComplete: Promise<unknown> };
      const cards = document.createElement('parley-cards') as Cards;
      cards.client = (document.querySelector('parley-sidebar') as unknown as { client: unknown }).client;
      document.body.append(cards);
      const may = { reply: false, invite: false, leave: false, delete: false, read: false };
      const nobody = { participants: [], entries: [], about: null, private: false, standing: 'participant', unread: 0 };
      const views = new Map<string, View>();
      const wrong: string[] = [];
      let focused: Element | null = null;
      let moves = 0;
      new MutationObserver((records) => {
        for (const { addedNodes } of records) if ([...addedNodes].includes(focused as Element)) moves += 1;
      }).observe(cards, { childList: true, subtree: true });
      for (const [step, ids] of lists.entries()) {
        cards.conversations = ids.map((id, at) => {
          const known = views.get(id);
          // Now and then one has changed, too.
          const view = known === undefined || (step + at) % 7 === 0 ? { ...nobody, may, id } : known;
          views.set(id, view);
          return view;
        });
        await cards.updateComplete;
        await new Promise((done) => setTimeout(done));
        const all = [...cards.querySelectorAll('parley-conversation')] as (Element & { view: View })[];
        if (all.map(({ view }) => view.id).join() !== ids.join()) wrong.push(`step ${step}: another order`);
        if (all.some(({ view }) => view !== views.get(view.id as string))) wrong.push(`step ${step}: an old view`);
        for (const stack of cards.children) {
          const { childElementCount: size } = stack;
          if (size === 0 || size > 40) wrong.push(`step ${step}: a stack of ${size}`);
        }
        if (isFocused && focused?.isConnected && document.activeElement !== focused)
          wrong.push(`step ${step}: the focus is gone`);
        if (isFocused && !focused?.isConnected) {
          focused = all[Math.floor(all.length / 2)] ?? null;
          moves = 0;
          (focused as HTMLElement | null)?.focus();
        }
      }
      if (isFocused && moves > 0) wrong.push(`the card with the focus was moved ${moves} times`);
      cards.remove();
      return wrong;
    },
    { lists, isFocused },
  );
}

/** Lists that follow from one another as in life, and now and then not at all. */
function histories(seed: number, count: number): string[][] {
  let state = seed;
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  let ids = Array.from({ length: 50 }, (_, n) => `c${n}`);
  let next = ids.length;
  return Array.from({ length: count }, () => {
    const at = random(ids.length);
    const kind = random(12);
    if (kind < 5) ids = [ids[at] as string, ...ids.filter((_, index) => index !== at)];
    else if (kind < 7) ids = [`c${next++}`, ...ids];
    else if (kind === 7) ids = ids.filter((_, index) => index !== at);
    else if (kind === 8) ids = [...ids.slice(0, at), `c${next++}`, ...ids.slice(at)];
    else if (kind === 9) ids = [...ids, ...Array.from({ length: 20 }, () => `c${next++}`)];
    else if (kind === 10) ids = ids.filter((_, index) => index % 3 !== at % 3 || index < 5);
    else ids = [...ids].sort(() => random(2) - 0.5);
    return ids;
  });
}

describe('a list of cards', () => {
  it.each([1, 2, 3])('shows what it is given, whatever comes, goes and moves (seed %s)', async (seed) => {
    const page = await stage().person('anna');
    await see(cardsIn(sidebarOf(page)).first());
    expect(await become(page, histories(seed, 120), false)).toEqual([]);
  });

  it.each([4, 5, 6])('leaves the card with the focus where it is (seed %s)', async (seed) => {
    const page = await stage().person('anna');
    await see(cardsIn(sidebarOf(page)).first());
    expect(await become(page, histories(seed, 120), true)).toEqual([]);
  });

  it('[LIST-2] asks for older conversations on scrolling, not before', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const writer = stage().client(bob.id);
    for (let n = 0; n < 45; n += 1) await writer.start({ text: `Number ${n}`, people: [ann.id] });
    const context = await stage().context();
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    // As on a slow machine: the list is laid out long after it came.
    await session.send('Emulation.setCPUThrottlingRate', { rate: 8 });
    await page.goto(stage().address(ann.id));
    await see(sidebarOf(page).getByText('Number 44'));
    await page.waitForTimeout(1_500);
    await session.send('Emulation.setCPUThrottlingRate', { rate: 1 });
    expect(await cardsIn(sidebarOf(page)).count()).toBe(20);
    await cardsIn(sidebarOf(page)).last().scrollIntoViewIfNeeded();
    await expect.poll(() => cardsIn(sidebarOf(page)).count()).toBeGreaterThan(20);
    await page.evaluate(() => {
      const list = document.querySelector('parley-sidebar')?.shadowRoot?.querySelector('.scroll');
      setInterval(() => list?.scrollTo({ top: list.scrollHeight }), 100);
    });
    await expect.poll(() => cardsIn(sidebarOf(page)).count()).toBe(45);
  });
});

describe('a card in the tab of a record', () => {
  it("[DELETE-1] offers Delete, which says that it stays in the tab, and takes the person's own copy alone", async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const about = { kind: 'company', id: 'co-2001' } as const;
    await stage()
      .client(ann.id)
      .start({ text: 'Deleted from the tab', people: [bob.id], about });
    const page = await stage().person(bob.id, { record: 'company/co-2001', tab: 'conversations' });
    const card = cardIn(tabOf(page), 'Deleted from the tab');
    await see(cardIn(sidebarOf(page), 'Deleted from the tab'));
    await button(card, 'Delete').click();
    await see(dialogOf(page).getByText('It stays in the Conversations tab of Keller Instruments.'));
    await button(dialogOf(page), 'Delete').click();
    await seeNo(cardIn(sidebarOf(page), 'Deleted from the tab'));
    await see(card.getByText('You have deleted this conversation from your list'));
    for (const gone of ['Delete', 'Invite', 'Mark as read']) await seeNo(button(card, gone));
  });
});
