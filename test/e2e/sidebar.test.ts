import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Someone } from '../support/browser.ts';
import {
  button,
  cardIn,
  cardsIn,
  dialogOf,
  launcherOf,
  pick,
  replyIn,
  see,
  seeNo,
  seeTexts,
  sidebarOf,
} from './eyes.ts';
import { onStage } from './on-stage.ts';

const stage = onStage();

const messagesOf = (card: Locator): Locator => card.locator('[part=message]');

describe('the toolbar button', () => {
  it('[LIST-6] opens and closes the sidebar; its badge counts conversations with unread messages, not messages', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const page = await stage().person(ann.id, { sidebar: false });
    await see(launcherOf(page, 0));
    await seeNo(button(sidebarOf(page), 'Add'));
    const client = stage().client(bob.id);
    const { conversation } = await client.start({ text: 'One thing', people: [ann.id] });
    await client.reply(conversation, 'And one more about it');
    await client.start({ text: 'Quite another', people: [ann.id] });
    await launcherOf(page, 2).click();
    await see(cardsIn(sidebarOf(page)), 2);
    await button(cardIn(sidebarOf(page), 'One thing'), 'Mark as read').click();
    await see(launcherOf(page, 1));
    await replyIn(cardIn(sidebarOf(page), 'Quite another'), 'I see');
    await launcherOf(page, 0).click();
    await seeNo(button(sidebarOf(page), 'Add'));
  });
});

describe('the list', () => {
  it('[LIST-6] says that a damaged conversation is missing in it', async () => {
    const [ann] = (await stage().newPeople(1)) as [Someone];
    const page = await stage().person(ann.id);
    await page.evaluate(() => {
      const sidebar = document.querySelector('parley-sidebar') as unknown as {
        parley: { sidebar: { getSnapshot(): object } };
        requestUpdate(): void;
      };
      const view = { ...sidebar.parley.sidebar.getSnapshot(), unavailable: 1 };
      sidebar.parley.sidebar.getSnapshot = () => view;
      sidebar.requestUpdate();
    });
    await see(sidebarOf(page).getByText('What is stored of 1 of your conversations is damaged'));
  });

  it('[LIST-1] stands newest first and reorders as messages come', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const client = stage().client(bob.id);
    const first = await client.start({ text: 'Oldest', people: [ann.id] });
    await client.start({ text: 'Newest', people: [ann.id] });
    const page = await stage().person(ann.id);
    await seeTexts(cardsIn(sidebarOf(page)), ['Newest', 'Oldest']);
    await client.reply(first.conversation, 'Not so old any more');
    await seeTexts(cardsIn(sidebarOf(page)), ['Not so old any more', 'Newest']);
    await see(cardIn(sidebarOf(page), bob.name), 2);
  });

  it('[LIST-2] shows older ones on scrolling, each once', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const client = stage().client(bob.id);
    for (let n = 1; n <= 120; n += 1) await client.start({ text: `Number ${n} of many`, people: [ann.id] });
    const page = await stage().person(ann.id);
    await see(cardIn(sidebarOf(page), 'Number 120 of many'));
    expect(await cardsIn(sidebarOf(page)).count()).toBeLessThan(120);
    const shownOnScrolling = async () => {
      await cardsIn(sidebarOf(page)).last().hover();
      await page.mouse.wheel(0, 4_000);
      return cardsIn(sidebarOf(page)).count();
    };
    await expect.poll(shownOnScrolling, { timeout: 30_000, interval: 250 }).toBe(120);
    await seeTexts(
      cardsIn(sidebarOf(page)),
      Array.from({ length: 120 }, (_, at) => new RegExp(`Number ${120 - at} of many`)),
    );
  });

  it('[LIST-3] shows three messages, More until all are shown, Less, and marks nothing as read by that', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const client = stage().client(bob.id);
    const { conversation } = await client.start({ text: 'Message 1', people: [ann.id] });
    for (let n = 2; n <= 30; n += 1) await client.reply(conversation, `Message ${n}`);
    const page = await stage().person(ann.id);
    const card = cardIn(sidebarOf(page), 'Message 30');
    await seeTexts(messagesOf(card), ['Message 28', 'Message 29', 'Message 30']);
    await button(card, 'More').click();
    await see(card.getByText('Message 12', { exact: true }));
    await button(card, 'More').click();
    await see(messagesOf(card), 30);
    await seeNo(button(card, 'More'));
    await see(launcherOf(page, 1));
    await see(button(card, 'Mark as read'));
    await button(card, 'Less').click();
    await seeTexts(messagesOf(card), ['Message 28', 'Message 29', 'Message 30']);
    await see(button(card, 'More'));
  });

  it('[SEE-4] names the record to those with both rights, and says to others that it is restricted', async () => {
    const chiara = await stage().person('chiara');
    await see(cardIn(sidebarOf(chiara), 'I will prepare the forms').getByText('Keller family'));
    const elena = await stage().person('elena');
    await see(cardIn(sidebarOf(elena), 'I will prepare the forms').getByText('Household, restricted'));
    expect(await elena.content()).not.toContain('Keller family');
    await seeNo(elena.getByText('Keller family'));
  });
});

describe('the header', () => {
  it('[LIST-4] filters by one person, found by last name as one types', async () => {
    const [ann, bob, cid] = (await stage().newPeople(3)) as [Someone, Someone, Someone];
    const client = stage().client(ann.id);
    await client.start({ text: 'With the one', people: [bob.id] });
    await client.start({ text: 'With the other', people: [cid.id] });
    await client.start({ text: 'With both', people: [bob.id, cid.id] });
    const page = await stage().person(ann.id);
    await see(cardsIn(sidebarOf(page)), 3);
    const box = sidebarOf(page).getByRole('combobox', { name: 'Search conversations with' });
    await pick(box, bob.last);
    await seeTexts(cardsIn(sidebarOf(page)), ['With both', 'With the one']);
    await client.start({ text: 'Not here', people: [cid.id] });
    await client.start({ text: 'Here at once', people: [bob.id] });
    await seeTexts(cardsIn(sidebarOf(page)), ['Here at once', 'With both', 'With the one']);
    await button(sidebarOf(page), new RegExp(`^Remove ${bob.name}$`)).click();
    await see(cardsIn(sidebarOf(page)), 5);
  });

  it('[LIST-5] Refresh collapses every conversation and keeps the filter', async () => {
    const [ann, bob, cid] = (await stage().newPeople(3)) as [Someone, Someone, Someone];
    const client = stage().client(ann.id);
    const { conversation } = await client.start({ text: 'Long one 1', people: [bob.id] });
    for (let n = 2; n <= 6; n += 1) await client.reply(conversation, `Long one ${n}`);
    await client.start({ text: 'Filtered out', people: [cid.id] });
    const page = await stage().person(ann.id);
    await pick(sidebarOf(page).getByRole('combobox', { name: 'Search conversations with' }), bob.last);
    const card = cardIn(sidebarOf(page), 'Long one 6');
    await button(card, 'More').click();
    await see(messagesOf(card), 6);
    await button(sidebarOf(page), 'Refresh').click();
    await see(messagesOf(card), 3);
    await see(cardsIn(sidebarOf(page)));
    await seeNo(cardIn(sidebarOf(page), 'Filtered out'));
  });

  it('[READ-3] Mark all read covers every conversation, whatever the filter', async () => {
    const [ann, bob, cid] = (await stage().newPeople(3)) as [Someone, Someone, Someone];
    await stage()
      .client(bob.id)
      .start({ text: 'From the one', people: [ann.id] });
    await stage()
      .client(cid.id)
      .start({ text: 'From the other', people: [ann.id] });
    const page = await stage().person(ann.id);
    await see(launcherOf(page, 2));
    await pick(sidebarOf(page).getByRole('combobox', { name: 'Search conversations with' }), bob.last);
    await see(cardsIn(sidebarOf(page)));
    await button(sidebarOf(page), 'More actions').click();
    await page.getByRole('menuitem', { name: 'Mark all read' }).click();
    await see(launcherOf(page, 0));
    await seeNo(button(sidebarOf(page), 'Mark as read'));
  });
});

describe('a conversation', () => {
  it('[REPLY-2] [REPLY-4] shows the same messages in the same order to three people at once', async () => {
    const [ann, bob, cid] = (await stage().newPeople(3)) as [Someone, Someone, Someone];
    await stage()
      .client(ann.id)
      .start({ text: 'Who is there?', people: [bob.id, cid.id] });
    const pages = await Promise.all([ann, bob, cid].map(({ id }) => stage().person(id)));
    const cards = pages.map((page) => cardIn(sidebarOf(page), 'Who is there?'));
    await Promise.all([1, 2].map((at) => replyIn(cards[at] as Locator, `I, number ${at}`)));
    for (const card of cards) await see(messagesOf(card), 3);
    const texts = await Promise.all(cards.map((card) => card.locator('[part=message] [dir=auto]').allInnerTexts()));
    expect(texts[1]).toEqual(texts[0]);
    expect(texts[2]).toEqual(texts[0]);
    expect([...(texts[0] ?? [])].sort()).toEqual(['I, number 1', 'I, number 2', 'Who is there?']);
  });

  it('[READ-2] [REPLY-3] offers Mark as read only while something is unread; a reply reads as well', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const client = stage().client(bob.id);
    const { conversation } = await client.start({ text: 'Unread at first', people: [ann.id] });
    const page = await stage().person(ann.id);
    const card = cardIn(sidebarOf(page), 'Unread at first');
    await button(card, 'Mark as read').click();
    await seeNo(button(card, 'Mark as read'));
    await client.reply(conversation, 'Unread again');
    await see(button(card, 'Mark as read'));
    await replyIn(card, 'Read by answering');
    await seeNo(button(card, 'Mark as read'));
    await see(launcherOf(page, 0));
  });

  it('[LEAVE-2] [LEAVE-3] offers Leave to those who may, says what will happen, and does it', async () => {
    const [ann, bob, cid] = (await stage().newPeople(3)) as [Someone, Someone, Someone];
    const client = stage().client(ann.id);
    await client.start({ text: 'A talk of two', people: [bob.id] });
    const { conversation } = await client.start({ text: 'A talk of three', people: [bob.id, cid.id] });
    const [starter, leaver] = [await stage().person(ann.id), await stage().person(bob.id)];
    await see(cardIn(sidebarOf(starter), 'A talk of three'));
    await seeNo(button(cardIn(sidebarOf(starter), 'A talk of three'), 'Leave'));
    await seeNo(button(cardIn(sidebarOf(leaver), 'A talk of two'), 'Leave'));
    const card = cardIn(sidebarOf(leaver), 'A talk of three');
    await button(card, 'Leave').click();
    await see(dialogOf(leaver).getByText('nothing new will come'));
    await button(dialogOf(leaver), 'Cancel').click();
    await seeNo(dialogOf(leaver));
    await button(card, 'Leave').click();
    await button(dialogOf(leaver), 'Leave').click();
    await see(cardIn(sidebarOf(starter), 'A talk of three').getByText(`${bob.name} left`));
    await see(card.getByText('You have left this conversation'));
    await client.reply(conversation, 'Only for those who stayed');
    await see(sidebarOf(starter).getByText('Only for those who stayed'));
    await seeNo(sidebarOf(leaver).getByText('Only for those who stayed'));
  });

  it('shows a reply that was refused with its reason, Retry and Discard', async () => {
    stage().expectOutages();
    const [ann, bob, cid] = (await stage().newPeople(3)) as [Someone, Someone, Someone];
    const { conversation } = await stage()
      .client(ann.id)
      .start({ text: 'Here one can leave', people: [bob.id, cid.id] });
    const page = await stage().person(bob.id);
    const card = cardIn(sidebarOf(page), 'Here one can leave');
    await see(card);
    await page.context().setOffline(true);
    await replyIn(card, 'Written without a network');
    await see(card.getByText('Sending…'));
    await stage().client(bob.id).leave(conversation);
    await page.context().setOffline(false);
    await see(card.getByText('Not sent.'));
    await see(card.getByText('Written without a network'));
    await button(card, 'Retry').click();
    await see(card.getByText('Not sent.'));
    await button(card, 'Discard').click();
    await seeNo(card.getByText('Written without a network'));
  });
});

describe('left and deleted', () => {
  it('[LEAVE-4] a left conversation is readable, says so, and offers Delete alone', async () => {
    const page = await stage().person('grace');
    const card = cardIn(sidebarOf(page), 'my accounts are others now');
    await see(card.getByText('You have left this conversation'));
    await see(button(card, 'Delete'));
    await seeNo(button(card, 'Leave'));
    await seeNo(button(card, 'Invite'));
    await seeNo(card.getByRole('textbox', { name: 'Send a message' }));
    await seeNo(card.getByText('Hello! I still have his card.'));
  });

  it('[DELETE-1] [DELETE-3] a deleted one goes from one list alone and comes back by itself, with what is new', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    await stage()
      .client(ann.id)
      .start({ text: 'To be deleted', people: [bob.id] });
    const [starter, deleter] = [await stage().person(ann.id), await stage().person(bob.id)];
    const card = cardIn(sidebarOf(deleter), 'To be deleted');
    await button(card, 'Delete').click();
    await see(dialogOf(deleter).getByText('Only your own copy goes'));
    await button(dialogOf(deleter), 'Delete').click();
    await seeNo(cardsIn(sidebarOf(deleter)));
    await see(launcherOf(deleter, 0));
    await see(cardIn(sidebarOf(starter), 'To be deleted'));
    await replyIn(cardIn(sidebarOf(starter), 'To be deleted'), 'Still there?');
    await see(cardIn(sidebarOf(deleter), 'Still there?'));
    await seeNo(sidebarOf(deleter).getByText('To be deleted'));
    await see(launcherOf(deleter, 1));
    await replyIn(cardIn(sidebarOf(deleter), 'Still there?'), 'Back again');
    await see(cardIn(sidebarOf(starter), 'Back again'));
  });
});
