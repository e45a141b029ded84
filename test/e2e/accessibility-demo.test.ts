/** As `accessibility.test.ts`, in German, from right to left, on the demo's own pages, and with three people side by side. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { AtCrm } from '../support/browser.ts';
import { bringAxe, looks, violations } from './axe.ts';
import { button, cardIn, cardsIn, dialogOf, see, seeNo, sidebarOf, tabOf } from './eyes.ts';
import { onStage } from './on-stage.ts';

const stage = onStage();

describe.each(looks)('in %s', (_, look) => {
  async function open(at: AtCrm): Promise<Page> {
    const context = await stage().context({ ...look, reducedMotion: 'reduce' });
    await bringAxe(context);
    return stage().open(context, 'anna', { record: 'opportunity/o-4001', ...at });
  }

  it('in German and from right to left list, record tab, expanded, menu, forms and questions violate nothing', async () => {
    const page = await open({ language: 'de', dir: 'rtl', tab: 'conversations' });
    const card = cardIn(sidebarOf(page), 'The draft of the offer');
    await see(cardIn(tabOf(page), 'The draft of the offer'));
    await button(card, 'Mehr').click();
    await see(button(card, 'Weniger'));
    await button(sidebarOf(page), 'Weitere Aktionen').click();
    await see(page.getByRole('menuitem'), 2);
    expect(await violations(page), 'list, tab, expanded, menu').toEqual([]);
    await page.getByRole('menuitem', { name: 'Benachrichtigungen' }).click();
    const dialog = dialogOf(page);
    await see(dialog.getByRole('checkbox').and(dialog.locator(':enabled')).first());
    expect(await violations(page), 'alerts').toEqual([]);
    await button(dialog, 'Abbrechen').click();
    await button(sidebarOf(page), 'Neu').click();
    await button(dialog, 'Unterhaltung beginnen').click();
    await see(dialog.locator('[aria-invalid=true]').first());
    expect(await violations(page), 'new conversation, nothing filled in').toEqual([]);
    await button(dialog, 'Abbrechen').click();
    for (const action of ['Einladen', 'Verlassen', 'Löschen']) {
      await button(card, action).click();
      await see(dialog);
      expect(await violations(page), action).toEqual([]);
      await button(dialog, 'Abbrechen').click();
      await seeNo(dialog);
    }
  });

  it('the demo’s Overview and Activities, and a record that is restricted or not there, violate nothing', async () => {
    const page = await open({ tab: 'overview' });
    for (const tab of ['Overview', 'Activities']) {
      await page.getByRole('tab', { name: tab }).click();
      await see(page.getByRole('tabpanel', { name: tab }));
      expect(await violations(page), tab).toEqual([]);
    }
    for (const [person, name] of [
      ['elena', 'Name restricted'],
      ['ben', 'Nothing here'],
    ] as const) {
      await page.goto(stage().address(person, { record: 'household/h-3001' }));
      await see(page.getByRole('heading', { name }));
      expect(await violations(page), name).toEqual([]);
    }
  });

  it('three people side by side violate nothing', async () => {
    const page = await open({ tab: 'conversations' });
    await page.setViewportSize({ width: 1500, height: 800 });
    await page.getByRole('combobox', { name: 'People side by side' }).selectOption('3');
    for (const at of [0, 1, 2]) await see(cardsIn(sidebarOf(page).nth(at)).first());
    expect(await violations(page), 'with sidebars').toEqual([]);
    for (const at of [0, 1, 2]) await button(sidebarOf(page).nth(at), 'Close').click();
    await seeNo(button(sidebarOf(page), 'Add'));
    expect(await violations(page), 'without').toEqual([]);
  });
});
