import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Someone } from '../support/browser.ts';
import { cuttableWay } from '../support/cuttable.ts';
import { bringAxe, looks, violations } from './axe.ts';
import { button, cardIn, dialogOf, pick, see, sidebarOf, tabOf } from './eyes.ts';
import { onStage } from './on-stage.ts';

const stage = onStage();

describe.each(looks)('in %s', (name, look) => {
  /** A page of somebody in whose sidebar there is one conversation with several messages, and one that is private. */
  async function someone(text: string, port?: number): Promise<{ page: Page; ann: Someone; bob: Someone }> {
    const [ann, bob, cid] = (await stage().newPeople(3)) as [Someone, Someone, Someone];
    const client = stage().client(bob.id);
    const about = { kind: 'company', id: 'co-2001' } as const;
    const { conversation } = await client.start({ text: `${text} 1`, people: [ann.id, cid.id], about });
    for (let n = 2; n <= 5; n += 1) await client.reply(conversation, `${text} ${n}: https://example.com/${n}`);
    await client.start({ text: 'Between us', people: [ann.id], private: true });
    const context = await stage().context({ ...look, reducedMotion: 'reduce' });
    await bringAxe(context);
    const page = await stage().open(context, ann.id, {
      record: 'company/co-2001',
      tab: 'conversations',
      ...(port === undefined ? {} : { port }),
    });
    await see(cardIn(sidebarOf(page), `${text} 5`));
    return { page, ann, bob };
  }

  it('list, expanded conversation, menu, record tab and pop-up violate nothing', async () => {
    const { page, ann, bob } = await someone(`Seen in ${name}`);
    const card = cardIn(sidebarOf(page), `Seen in ${name} 5`);
    await see(cardIn(tabOf(page), `Seen in ${name} 5`));
    expect(await violations(page), 'list and record tab').toEqual([]);
    await button(card, 'More').click();
    await see(button(card, 'Less'));
    expect(await violations(page), 'expanded').toEqual([]);
    await button(sidebarOf(page), 'More actions').click();
    await see(page.getByRole('menuitem'), 2);
    expect(await violations(page), 'menu').toEqual([]);
    await page.keyboard.press('Escape');
    await stage()
      .client(bob.id)
      .start({ text: 'Knock, knock', people: [ann.id] });
    await see(page.locator('parley-alerts').getByText('Knock, knock'));
    expect(await violations(page), 'pop-up').toEqual([]);
  });

  it('dialogs violate nothing: new conversation with errors and with a choice, invite, confirm, alerts', async () => {
    const { page, bob } = await someone(`Asked in ${name}`);
    const card = cardIn(sidebarOf(page), `Asked in ${name} 5`);
    await button(sidebarOf(page), 'Add').click();
    const dialog = dialogOf(page);
    await button(dialog, 'Start conversation').click();
    await see(dialog.getByText('Write a message.'));
    expect(await violations(page), 'new conversation, nothing filled in').toEqual([]);
    await pick(dialog.getByRole('combobox', { name: 'Participants' }), bob.last);
    await dialog.getByRole('combobox', { name: 'About' }).pressSequentially('Kel');
    await see(page.getByRole('option').filter({ hasText: 'Keller Instruments' }));
    expect(await violations(page), 'new conversation, choosing').toEqual([]);
    await button(dialog, 'Cancel').click();
    for (const action of ['Invite', 'Leave', 'Delete']) {
      await button(card, action).click();
      await see(dialog);
      expect(await violations(page), action).toEqual([]);
      await button(dialog, 'Cancel').click();
    }
    await button(sidebarOf(page), 'More actions').click();
    await page.getByRole('menuitem', { name: 'Manage alerts' }).click();
    await see(dialog.getByRole('checkbox', { name: 'E-mail: New messages' }));
    expect(await violations(page), 'manage alerts').toEqual([]);
  });

  it('a left conversation, an empty list and a page without a network violate nothing', async () => {
    stage().expectOutages();
    const way = await cuttableWay(stage().server.port);
    onTestFinished(() => way.close());
    const { page } = await someone(`Left in ${name}`, way.port);
    const card = cardIn(sidebarOf(page), `Left in ${name} 5`);
    await button(card, 'Leave').click();
    await button(dialogOf(page), 'Leave').click();
    await see(card.getByText('You have left this conversation'));
    expect(await violations(page), 'left').toEqual([]);
    way.cut();
    await see(sidebarOf(page).getByText('Reconnecting'));
    expect(await violations(page), 'without a connection').toEqual([]);
    const [newcomer] = (await stage().newPeople(1)) as [Someone];
    const context = await stage().context(look);
    await bringAxe(context);
    const empty = await stage().open(context, newcomer.id, { record: 'company/none', tab: 'conversations' });
    await see(sidebarOf(empty).getByText('No conversations yet'));
    expect(await violations(empty), 'empty').toEqual([]);
  });
});
