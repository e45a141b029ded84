/** What becomes of the pages that are open when somebody's standing or rights change, and of one person's other devices. */
import { describe, it } from 'vitest';
import type { Someone } from '../support/browser.ts';
import {
  button,
  cardIn,
  cardsIn,
  dialogOf,
  launcherOf,
  popupsOf,
  replyIn,
  see,
  seeNo,
  sidebarOf,
  tabOf,
} from './eyes.ts';
import { onStage } from './on-stage.ts';

const stage = onStage();
const about = { kind: 'company', id: 'co-2001' } as const;
const tab = { record: 'company/co-2001', tab: 'conversations' } as const;

describe('whoever comes and goes', () => {
  it('[SEE-1] [LEAVE-4] [INVITE-4] sees both stretches of being there, and nothing of the time between', async () => {
    const [ann, bob, cid] = (await stage().newPeople(3)) as [Someone, Someone, Someone];
    const client = stage().client(ann.id);
    const { conversation } = await client.start({ text: 'While there', people: [bob.id, cid.id] });
    const page = await stage().person(bob.id);
    const card = cardIn(sidebarOf(page), 'While there');
    await button(card, 'Leave').click();
    await button(dialogOf(page), 'Leave').click();
    await see(card.getByText('You left'));
    await client.reply(conversation, 'Behind the back');
    await client.invite(conversation, [bob.id]);
    await client.reply(conversation, 'There again');
    await see(card.getByText('There again'));
    await see(card.getByText('While there'));
    await see(card.getByText(`${ann.name} invited you`));
    await seeNo(page.getByText('Behind the back'));
    await page.reload();
    await see(cardIn(sidebarOf(page), 'There again').getByText('While there'));
    await seeNo(page.getByText('Behind the back'));
    await replyIn(card, 'Good to be back');
    await see(card.getByText('Good to be back'));
  });

  it('[SEE-3] loses a private conversation from the record’s tab on leaving it, and keeps the own copy', async () => {
    const [ann, bob, cid] = (await stage().newPeople(3)) as [Someone, Someone, Someone];
    const client = stage().client(ann.id);
    await client.start({ text: 'Between three', people: [bob.id, cid.id], about, private: true });
    const page = await stage().person(bob.id, tab);
    await see(cardIn(tabOf(page), 'Between three'));
    const card = cardIn(sidebarOf(page), 'Between three');
    await button(card, 'Leave').click();
    await see(dialogOf(page).getByText('it will be gone from your view of'));
    await button(dialogOf(page), 'Leave').click();
    await seeNo(cardIn(tabOf(page), 'Between three'));
    await see(card.getByText('You have left this conversation'));
    await see(card.getByText('Between three'));
  });

  it('[CMD-4] is out at once when deactivated, is told so, and what they wrote stays', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    await stage()
      .client(bob.id)
      .start({ text: 'My last words here', people: [ann.id] });
    const [page, other] = [await stage().person(bob.id), await stage().person(ann.id)];
    await see(cardIn(sidebarOf(page), 'My last words here'));
    stage().expectOutages();
    await stage().admin(`/v1/people/${bob.id}/deactivate`, {});
    await see(sidebarOf(page).getByText('You are signed out.'));
    await see(cardIn(sidebarOf(other), 'My last words here'));
  });
});

describe('rights that change', () => {
  it('[SEE-4] [SEE-6] hide a name in the list, the tab and what pops up, from that moment on', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const record = { name: 'Soon a secret', edit: [bob.id], view: [ann.id, bob.id] };
    const path = `/v1/records/company/secret-${ann.id}`;
    const named = { kind: 'company', id: `secret-${ann.id}` } as const;
    await stage().admin(path, { ...record, edit: 'everyone' }, 'PUT');
    const client = stage().client(bob.id);
    const { conversation } = await client.start({ text: 'What is it called?', people: [ann.id], about: named });
    const page = await stage().person(ann.id, { record: `company/secret-${ann.id}`, tab: 'conversations' });
    const cards = [sidebarOf(page), tabOf(page)].map((place) => cardIn(place, 'What is it called?'));
    for (const card of cards) await see(card.locator('[part=about]').getByText('Soon a secret'));
    await stage().admin(path, record, 'PUT');
    for (const card of cards) await see(card.getByText('Company, restricted'));
    await client.reply(conversation, 'I do not know');
    await see(popupsOf(page).getByText('I do not know'));
    await see(popupsOf(page).getByText('Company, restricted'));
    await seeNo(page.locator('parley-sidebar, parley-record-tab, parley-alerts').getByText('Soon a secret'));
    await stage().admin(path, { ...record, edit: 'everyone' }, 'PUT');
    for (const card of cards) await see(card.locator('[part=about]').getByText('Soon a secret'));
  });
});

describe('one person’s devices', () => {
  it('[REPLY-3] [READ-1] [ALERT-2] [ALERT-5] follow each other silently in what one does oneself, and each has its pop-up', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const client = stage().client(bob.id);
    const { conversation } = await client.start({ text: 'On both devices', people: [ann.id] });
    const [desk, phone] = [
      await stage().person(ann.id),
      await stage().person(ann.id, { context: { viewport: { width: 320, height: 640 } } }),
    ];
    for (const page of [desk, phone]) await see(launcherOf(page, 1));
    await replyIn(cardIn(sidebarOf(desk), 'On both devices'), 'Written at the desk');
    await see(cardIn(sidebarOf(phone), 'On both devices').getByText('Written at the desk'));
    await seeNo(button(sidebarOf(phone), 'Mark as read'));
    await seeNo(popupsOf(phone));
    await client.reply(conversation, 'And the answer');
    for (const page of [desk, phone]) await see(popupsOf(page).getByText('And the answer'));
    // The focus is still where she replied: what is clicked next must not move away under the pointer.
    await button(cardIn(sidebarOf(desk), 'And the answer'), 'Mark as read').click();
    await seeNo(button(sidebarOf(phone), 'Mark as read'));
    for (const page of [desk, phone]) await seeNo(popupsOf(page));
    await button(cardsIn(sidebarOf(phone)), 'Delete').click();
    await button(dialogOf(phone), 'Delete').click();
    for (const page of [desk, phone]) await see(sidebarOf(page).getByText('No conversations yet'));
  });
});
