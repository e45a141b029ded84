/** Forms and pickers: a choice from the list, a kind of record, what is too long, a small window, a second try. */
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Someone } from '../support/browser.ts';
import { button, cardIn, cardsIn, dialogOf, pick, replyIn, see, seeNo, seeTexts, sidebarOf, tabOf } from './eyes.ts';
import { onStage } from './on-stage.ts';

const stage = onStage();
const optionsOf = (page: Page): Locator => page.locator('[role=listbox]').getByRole('option');

describe('a picker', () => {
  it('[LIST-4] offers the people of one’s own conversations in a list, and takes one with a click', async () => {
    const [ann, bob, cid] = (await stage().newPeople(3)) as [Someone, Someone, Someone];
    const client = stage().client(ann.id);
    await client.start({ text: 'With Bob', people: [bob.id] });
    await client.start({ text: 'With Cid', people: [cid.id] });
    const page = await stage().person(ann.id);
    await see(cardsIn(sidebarOf(page)), 2);
    await button(sidebarOf(page), 'Show list').click();
    await see(optionsOf(page), 2);
    await optionsOf(page).filter({ hasText: bob.name }).click();
    await seeTexts(cardsIn(sidebarOf(page)), ['With Bob']);
    await seeNo(optionsOf(page));
  });

  it('[START-2] finds a record by its kind first, and lists those of that kind alone', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const page = await stage().person(ann.id);
    await button(sidebarOf(page), 'Add').click();
    const dialog = dialogOf(page);
    await dialog.getByRole('combobox', { name: 'Kind of record' }).selectOption('Contact');
    await button(dialog, 'Show list').first().click();
    await seeTexts(optionsOf(page), ['Maria Keller']);
    await optionsOf(page).click();
    await dialog.getByRole('textbox', { name: 'Message' }).fill('About a contact');
    await pick(dialog.getByRole('combobox', { name: 'Participants' }), bob.last);
    await button(dialog, 'Start conversation').click();
    await see(cardIn(sidebarOf(page), 'About a contact').getByText('Maria Keller'));
  });

  it('brings its list into sight in a small window', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const page = await stage().person(ann.id, { context: { viewport: { width: 320, height: 480 } } });
    await button(sidebarOf(page), 'Add').click();
    await dialogOf(page).getByRole('combobox', { name: 'Participants' }).pressSequentially(bob.last);
    await see(optionsOf(page));
    const isWithin = () =>
      optionsOf(page).evaluate((option) => {
        const { top, bottom } = option.getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight;
      });
    await expect.poll(isWithin, { timeout: 15_000 }).toBe(true);
  });
});

describe('what cannot be sent', () => {
  it('[REPLY-1] is said to be too long where it stands, and is still there', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const client = stage().client(bob.id);
    await client.start({ text: 'How long may it be?', people: [ann.id] });
    const page = await stage().person(ann.id);
    const card = cardIn(sidebarOf(page), 'How long may it be?');
    const tooLong = 'ü'.repeat(Math.floor(client.textMaxBytes / 2) + 1);
    const box = card.getByRole('textbox', { name: 'Send a message' });
    await replyIn(card, tooLong);
    await see(card.getByText('The message is too long.'));
    expect(await box.inputValue()).toBe(tooLong);
    await replyIn(card, tooLong.slice(1));
    await see(card.locator('[part=message]'), 2);
    expect(await box.inputValue()).toBe('');
    await button(sidebarOf(page), 'Add').click();
    await dialogOf(page).getByRole('textbox', { name: 'Message' }).fill(tooLong);
    await pick(dialogOf(page).getByRole('combobox', { name: 'Participants' }), bob.last);
    await button(dialogOf(page), 'Start conversation').click();
    await see(dialogOf(page).getByText('The message is too long.'));
  });

  it('[INVITE-4] goes out with Retry when what stood against it is gone', async () => {
    stage().expectOutages();
    const [ann, bob, cid] = (await stage().newPeople(3)) as [Someone, Someone, Someone];
    const client = stage().client(ann.id);
    const { conversation } = await client.start({ text: 'Here one can leave', people: [bob.id, cid.id] });
    const page = await stage().person(bob.id);
    const card = cardIn(sidebarOf(page), 'Here one can leave');
    await see(card);
    await page.context().setOffline(true);
    await replyIn(card, 'Refused at first');
    await see(card.getByText('Sending…'));
    await stage().client(bob.id).leave(conversation);
    await page.context().setOffline(false);
    await see(card.getByText('Not sent.'));
    await client.invite(conversation, [bob.id]);
    await see(card.getByText(`${ann.name} invited you`));
    await button(card, 'Retry').click();
    await seeNo(card.getByText('Not sent.'));
    const other = await stage().person(cid.id);
    await see(cardsIn(sidebarOf(other)).getByText('Refused at first'));
  });
});

describe('before one invites', () => {
  it('[SEE-3] [INVITE-2] it is said what a private conversation will show in the record’s tab; and so it is', async () => {
    const [ann, bob, cid] = (await stage().newPeople(3)) as [Someone, Someone, Someone];
    const about = { kind: 'company', id: 'co-2001' } as const;
    await stage()
      .client(ann.id)
      .start({ text: 'Said in private', people: [bob.id], about, private: true });
    const newcomer = await stage().person(cid.id, { record: 'company/co-2001', tab: 'conversations' });
    const page = await stage().person(ann.id);
    const card = cardIn(sidebarOf(page), 'Said in private');
    await button(card, 'Invite').click();
    await see(dialogOf(page).getByText('they will see only what is written from now on').last());
    const box = dialogOf(page).getByRole('combobox', { name: 'Participants' });
    await button(dialogOf(page), 'Invite').click();
    await see(dialogOf(page).getByText('Choose at least one person.'));
    await box.fill('Nobody of this name');
    await button(dialogOf(page), 'Invite').click();
    await see(dialogOf(page).getByText('Pick a person from the list, or clear this field.'));
    await box.fill('');
    await pick(box, cid.last);
    await button(dialogOf(page), 'Invite').click();
    // Until it has closed, what is typed goes to it.
    await seeNo(dialogOf(page));
    await replyIn(card, 'Welcome to it');
    for (const place of [sidebarOf(newcomer), tabOf(newcomer)]) {
      await see(cardIn(place, 'Welcome to it'));
      await seeNo(place.getByText('Said in private'));
    }
  });
});
