/** [ERASE-1] [ERASE-3] in the page: what was said is gone from every place that shows it, in the reader's language. */
import { describe, expect, it } from 'vitest';
import { cardIn, popupsOf, see, seeNo, sidebarOf, tabOf } from '../e2e/eyes.ts';
import { onStage } from '../e2e/on-stage.ts';
import type { Someone } from '../support/browser.ts';

const stage = onStage();
const text = 'Lunch at noon, and do not tell';

describe('an erased message in the page', () => {
  it('[ERASE-1] [ERASE-3] says so in the sidebar and in the tab, and its pop-up goes', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const about = { kind: 'contact', id: 'c-1001' } as const;
    const reading = await stage().person(ann.id, { record: 'contact/c-1001', tab: 'conversations' });
    const aside = await stage().person(ann.id, { sidebar: false, language: 'de' });
    const { conversation, seq } = await stage()
      .client(bob.id)
      .start({ text, people: [ann.id], about });
    const [copy, tab] = [cardIn(sidebarOf(reading), text), cardIn(tabOf(reading), text)];
    await see(copy);
    await see(tab);
    await see(popupsOf(aside));
    await stage().admin('/v1/erasures', { conversation, seqs: [seq] });
    for (const place of [sidebarOf(reading), tabOf(reading)]) {
      await see(cardIn(place, 'This message was erased.'));
      await seeNo(cardIn(place, text));
    }
    await seeNo(popupsOf(aside));
    await aside.locator('parley-launcher').getByRole('button').click();
    await see(cardIn(sidebarOf(aside), 'Diese Nachricht wurde gelöscht.'));
    // What is read out leaves the page by itself.
    await expect.poll(() => reading.content(), { timeout: 30_000 }).not.toContain(text);
  });
});
