import { describe, it } from 'vitest';
import type { Someone } from '../support/browser.ts';
import { button, cardIn, cardsIn, dialogOf, launcherOf, pick, see, seeNo, sidebarOf, tabOf } from './eyes.ts';
import { onStage } from './on-stage.ts';

const stage = onStage();

describe('a new conversation', () => {
  it('[START-1] says at its field what is missing, and keeps what is there', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const page = await stage().person(ann.id);
    await button(sidebarOf(page), 'Add').click();
    const dialog = dialogOf(page);
    await button(dialog, 'Start conversation').click();
    await see(dialog.getByText('Write a message.'));
    await see(dialog.getByText('Choose at least one person.'));
    await dialog.getByRole('textbox', { name: 'Message' }).fill('Only the text at first');
    await button(dialog, 'Start conversation').click();
    await seeNo(dialog.getByText('Write a message.'));
    await see(dialog.getByText('Choose at least one person.'));
    await pick(dialog.getByRole('combobox', { name: 'Participants' }), bob.last);
    await button(dialog, 'Start conversation').click();
    await seeNo(dialog);
    await see(cardIn(sidebarOf(page), 'Only the text at first').getByText(bob.name));
  });

  it('[START-2] [START-3] [START-5] is with several people, about a record, private, and unread for the others', async () => {
    const [ann, bob, cid] = (await stage().newPeople(3)) as [Someone, Someone, Someone];
    const [page, other] = [await stage().person(ann.id), await stage().person(cid.id)];
    await button(sidebarOf(page), 'Add').click();
    const dialog = dialogOf(page);
    await pick(dialog.getByRole('combobox', { name: 'About' }), 'Keller Instr');
    await dialog.getByRole('textbox', { name: 'Message' }).fill('About the instruments');
    const participants = dialog.getByRole('combobox', { name: 'Participants' });
    await pick(participants, bob.last);
    await pick(participants, cid.last);
    await dialog.getByRole('checkbox', { name: 'Private to participants' }).check();
    await button(dialog, 'Start conversation').click();
    for (const place of [sidebarOf(page), sidebarOf(other)]) {
      const card = cardIn(place, 'About the instruments');
      await see(card.getByText('Keller Instruments'));
      await see(card.getByText('Private'));
      await see(card.getByText(bob.name));
    }
    await see(launcherOf(other, 1));
    await see(launcherOf(page, 0));
  });

  it('[START-2] is about that record already when it is started from its tab', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const page = await stage().person(ann.id, { record: 'contact/c-1001', tab: 'conversations', sidebar: false });
    await button(tabOf(page), 'Add').click();
    const dialog = dialogOf(page);
    await see(dialog.getByText('Maria Keller'));
    await dialog.getByRole('textbox', { name: 'Message' }).fill('From the tab');
    await pick(dialog.getByRole('combobox', { name: 'Participants' }), bob.last);
    await button(dialog, 'Start conversation').click();
    await see(cardIn(tabOf(page), 'From the tab'));
    const other = await stage().person(bob.id);
    await see(cardIn(sidebarOf(other), 'From the tab').getByText('Maria Keller'));
  });

  it('keeps what was typed when it is closed or the page is loaded anew', async () => {
    const [ann] = (await stage().newPeople(1)) as [Someone];
    const page = await stage().person(ann.id);
    await button(sidebarOf(page), 'Add').click();
    const message = dialogOf(page).getByRole('textbox', { name: 'Message' });
    await message.fill('Begun and not finished');
    await button(dialogOf(page), 'Cancel').click();
    await page.reload();
    await button(sidebarOf(page), 'Add').click();
    await see(message);
    await see(dialogOf(page).getByText('Begun and not finished').or(message));
    await message.press('End');
    await message.pressSequentially('!');
    await see(page.locator('parley-sidebar').getByRole('textbox', { name: 'Message' }));
  });
});

describe('inviting', () => {
  it('[INVITE-1] [INVITE-2] [INVITE-3] says what the newcomer sees; three people see who joined, one of them nothing earlier', async () => {
    const [ann, bob, cid] = (await stage().newPeople(3)) as [Someone, Someone, Someone];
    await stage()
      .client(ann.id)
      .start({ text: 'Before you came', people: [bob.id], about: { kind: 'company', id: 'co-2001' } });
    const [starter, inviter, newcomer] = [
      await stage().person(ann.id),
      await stage().person(bob.id),
      await stage().person(cid.id, { record: 'company/co-2001', tab: 'conversations' }),
    ];
    await button(cardIn(sidebarOf(inviter), 'Before you came'), 'Invite').click();
    const dialog = dialogOf(inviter);
    await see(dialog.getByText('nothing earlier'));
    await see(dialog.getByText(/open in the Conversations tab of/).filter({ hasText: 'Keller Instruments' }));
    const box = dialog.getByRole('combobox', { name: 'Participants' });
    await box.pressSequentially(ann.last);
    await see(dialog.getByText('Nothing found'));
    await box.fill('');
    await pick(box, cid.last);
    await button(dialog, 'Invite').click();
    await see(cardIn(sidebarOf(starter), 'Before you came').getByText(`${bob.name} invited ${cid.name}`));
    await see(cardIn(sidebarOf(inviter), 'Before you came').getByText(`You invited ${cid.name}`));
    await see(cardsIn(sidebarOf(newcomer)));
    await see(sidebarOf(newcomer).getByText(`${bob.name} invited you`));
    await seeNo(sidebarOf(newcomer).getByText('Before you came'));
    await see(launcherOf(newcomer, 0));
    // In the record's tab whoever may view the record reads all of it (SEE-2).
    await see(tabOf(newcomer).getByText('Before you came'));
  });
});
