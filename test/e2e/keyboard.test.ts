import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Someone } from '../support/browser.ts';
import { button, cardIn, cardsIn, dialogOf, launcherOf, see, seeNo, sidebarOf, tabOf } from './eyes.ts';
import { onStage } from './on-stage.ts';

const stage = onStage();

/** Tabs to it, as somebody without a mouse does, and expects to be able to see where they are. */
async function tabTo(page: Page, what: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await see(what);
  for (let presses = 0; presses < 80; presses += 1) {
    if (await isFocused(what)) {
      const outline = await what.evaluate((one) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(one);
        return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0;
      });
      expect(outline, `${what} shows that it has the focus`).toBe(true);
      return;
    }
    await page.keyboard.press(key);
  }
  throw new Error(`${what} cannot be reached with the ${key} key`);
}

async function press(page: Page, what: Locator, key = 'Enter'): Promise<void> {
  await tabTo(page, what);
  await page.keyboard.press(key);
}

function isFocused(what: Locator): Promise<boolean> {
  return what.evaluate((one) => (one.getRootNode() as Document | ShadowRoot).activeElement === one);
}

async function seeFocusOn(what: Locator): Promise<void> {
  await expect.poll(() => isFocused(what), { timeout: 5_000, message: `${what} has the focus` }).toBe(true);
}

describe('with the keyboard alone', () => {
  it('one opens the sidebar, starts a conversation, and is back where one was', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const page = await stage().person(ann.id, { sidebar: false });
    await press(page, launcherOf(page, 0));
    const add = button(sidebarOf(page), 'Add');
    await press(page, add);
    const dialog = dialogOf(page);
    await see(dialog);
    await page.keyboard.press('Escape');
    await seeNo(dialog);
    await seeFocusOn(add);
    await page.keyboard.press('Enter');
    await tabTo(page, dialog.getByRole('combobox', { name: 'About' }));
    await page.keyboard.type('Keller Instr');
    await see(page.getByRole('option', { name: 'Keller Instruments' }));
    await page.keyboard.press('Enter');
    await tabTo(page, dialog.getByRole('textbox', { name: 'Message' }));
    await page.keyboard.type('Typed and sent without a mouse');
    await press(page, dialog.getByRole('checkbox', { name: 'Private to participants' }), 'Space');
    await tabTo(page, dialog.getByRole('combobox', { name: 'Participants' }));
    await page.keyboard.type(bob.last);
    await see(page.getByRole('option', { name: bob.name }));
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await press(page, button(dialog, 'Start conversation'));
    const card = cardIn(sidebarOf(page), 'Typed and sent without a mouse');
    await see(card.getByText('Private'));
    await see(card.getByText('Keller Instruments'));
    await see(card.getByText(bob.name));
  });

  it('one reads, expands, replies, invites, leaves and deletes', async () => {
    const [ann, bob, cid, dan] = (await stage().newPeople(4)) as [Someone, Someone, Someone, Someone];
    const client = stage().client(bob.id);
    const { conversation } = await client.start({ text: 'Number 1', people: [ann.id, cid.id] });
    for (let n = 2; n <= 6; n += 1) await client.reply(conversation, `Number ${n}`);
    const page = await stage().person(ann.id);
    const card = cardsIn(sidebarOf(page));
    await press(page, button(card, 'More'));
    await see(card.getByText('Number 1', { exact: true }));
    await press(page, button(card, 'Less'));
    await seeNo(card.getByText('Number 1', { exact: true }));
    await seeFocusOn(card.getByRole('article'));
    await press(page, button(card, 'Mark as read'));
    await seeNo(button(card, 'Mark as read'));
    await tabTo(page, card.getByRole('textbox', { name: 'Send a message' }), 'Shift+Tab');
    await page.keyboard.type('A line');
    await page.keyboard.press('Enter');
    await page.keyboard.type('and another');
    await page.keyboard.press('Control+Enter');
    await see(card.getByText('A line and another'));
    await press(page, button(card, 'Invite'));
    const dialog = dialogOf(page);
    await tabTo(page, dialog.getByRole('combobox', { name: 'Participants' }));
    await page.keyboard.type(dan.last);
    await see(page.getByRole('option', { name: dan.name }));
    await page.keyboard.press('Enter');
    await press(page, button(dialog, 'Invite'));
    await see(card.getByText(`You invited ${dan.name}`));
    await press(page, button(card, 'Leave'));
    await page.keyboard.press('Escape');
    await seeNo(dialog);
    await seeFocusOn(button(card, 'Leave'));
    await page.keyboard.press('Enter');
    await press(page, button(dialog, 'Leave'));
    await see(card.getByText('You have left this conversation'));
    await press(page, button(card, 'Delete'));
    await press(page, button(dialog, 'Delete'));
    await see(sidebarOf(page).getByText('No conversations yet'));
    await seeFocusOn(sidebarOf(page).getByRole('list', { name: 'Conversations' }));
  });

  it('one searches, refreshes, marks all read and manages alerts', async () => {
    const [ann, bob, cid] = (await stage().newPeople(3)) as [Someone, Someone, Someone];
    await stage()
      .client(bob.id)
      .start({ text: 'Found by name', people: [ann.id] });
    await stage()
      .client(cid.id)
      .start({ text: 'Not looked for', people: [ann.id] });
    const page = await stage().person(ann.id);
    await see(cardsIn(sidebarOf(page)), 2);
    await press(page, button(sidebarOf(page), 'Refresh'));
    const menu = button(sidebarOf(page), 'More actions');
    await press(page, menu);
    await seeFocusOn(page.getByRole('menuitem', { name: 'Mark all read' }));
    await page.keyboard.press('Escape');
    await seeNo(page.getByRole('menuitem'));
    await seeFocusOn(menu);
    await page.keyboard.press('Enter');
    await seeFocusOn(page.getByRole('menuitem', { name: 'Mark all read' }));
    await page.keyboard.press('Enter');
    await see(launcherOf(page, 0));
    await press(page, menu);
    await seeFocusOn(page.getByRole('menuitem', { name: 'Mark all read' }));
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const box = dialogOf(page).getByRole('checkbox', { name: 'Pop-up: New messages' });
    await see(box.and(page.locator(':enabled')));
    await press(page, box, 'Space');
    await press(page, button(dialogOf(page), 'Save'));
    await seeNo(dialogOf(page));
    await expect.poll(async () => (await stage().client(ann.id).alerts()).popup.messages).toBe(false);
    await tabTo(page, sidebarOf(page).getByRole('combobox', { name: 'Search conversations with' }));
    await page.keyboard.type(bob.last);
    await see(page.getByRole('option', { name: bob.name }));
    await page.keyboard.press('Enter');
    await see(cardsIn(sidebarOf(page)));
    await seeFocusOn(button(sidebarOf(page), `Remove ${bob.name}`));
    await page.keyboard.press('Enter');
    await see(cardsIn(sidebarOf(page)), 2);
  });

  it('one goes to the record’s tab, replies there, and opens a pop-up', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const client = stage().client(bob.id);
    const about = { kind: 'contact', id: 'c-1001' } as const;
    await client.start({ text: 'In the tab, too', people: [ann.id], about });
    const page = await stage().person(ann.id, { record: 'contact/c-1001', sidebar: false });
    await tabTo(page, page.getByRole('tab', { name: 'Overview' }));
    await page.keyboard.press('ArrowRight');
    const card = cardIn(tabOf(page), 'In the tab, too');
    await tabTo(page, card.getByRole('textbox', { name: 'Send a message' }));
    await page.keyboard.type('Answered here');
    await press(page, button(card, 'Reply'));
    await see(card.getByText('Answered here'));
    await client.start({ text: 'Pops up', people: [ann.id] });
    const popup = page.locator('parley-alerts').getByRole('button', { name: 'Pops up' });
    // A pointer that rests there keeps it, however long it takes to get there with the keys.
    await popup.hover();
    await press(page, popup);
    await see(cardIn(sidebarOf(page), 'Pops up'));
    await seeFocusOn(cardIn(sidebarOf(page), 'Pops up').getByRole('article'));
  });
});
