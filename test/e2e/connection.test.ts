import { describe, expect, it } from 'vitest';
import { connected, type Someone } from '../support/browser.ts';
import { type Cuttable, cuttableWay } from '../support/cuttable.ts';
import { button, cardIn, launcherOf, replyIn, see, seeNo, sidebarOf } from './eyes.ts';
import { onStage } from './on-stage.ts';

const stage = onStage();

describe('the connection', () => {
  it('[CMD-3] says that there is no network, and shows what came meanwhile, once', async () => {
    stage().expectOutages();
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const client = stage().client(bob.id);
    const { conversation } = await client.start({ text: 'Before the drop', people: [ann.id] });
    const way = await cuttableWay(stage().server.port);
    try {
      const page = await stage().person(ann.id, { port: way.port });
      const card = cardIn(sidebarOf(page), 'Before the drop');
      await see(card);
      await page.context().setOffline(true);
      way.cut();
      await see(sidebarOf(page).getByText('No network'));
      await client.reply(conversation, 'Came meanwhile');
      await replyIn(card, 'Written meanwhile');
      await see(card.getByText('Sending…'));
      way.mend();
      await page.context().setOffline(false);
      await connected(page);
      await seeNo(sidebarOf(page).getByText('No network'));
      await see(card.getByText('Came meanwhile'));
      await see(card.getByText('Written meanwhile'));
      await seeNo(card.getByText('Sending…'));
    } finally {
      await way.close();
    }
    const other = await stage().person(bob.id);
    await see(cardIn(sidebarOf(other), 'Before the drop').getByText('Written meanwhile'));
  });

  it('says nothing of a short drop, by the clock of the page', async () => {
    stage().expectOutages();
    const [ann] = (await stage().newPeople(1)) as [Someone];
    const way = await cuttableWay(stage().server.port);
    try {
      const page = await (await stage().context()).newPage();
      await page.clock.install();
      await page.goto(stage().address(ann.id, { port: way.port }));
      await see(sidebarOf(page).getByText('No conversations yet'));
      await page.clock.pauseAt(Date.now() + 1_000);
      const isOnline = () =>
        sidebarOf(page).evaluate((one) => {
          const { client } = one as HTMLElement & { client: { state: { getSnapshot(): string } } };
          return client.state.getSnapshot() === 'online';
        });
      await expect.poll(isOnline).toBe(true);
      const notice = sidebarOf(page).getByText(/No network|Reconnecting/);
      way.cut();
      await expect.poll(isOnline, { timeout: 15_000 }).toBe(false);
      await page.clock.runFor(2_500);
      await seeNo(notice);
      await page.clock.runFor(1_000);
      await see(notice);
      way.mend();
      const isSaid = async () => {
        await page.clock.runFor(1_000);
        return notice.count();
      };
      await expect.poll(isSaid, { timeout: 15_000 }).toBe(0);
      expect(await isOnline()).toBe(true);
    } finally {
      await way.close();
    }
  });

  it('says that it reconnects where the server cannot be reached, and goes on when it can', async () => {
    stage().expectOutages();
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const client = stage().client(bob.id);
    const { conversation } = await client.start({ text: 'Over a thin wire', people: [ann.id] });
    const way = await cuttableWay(stage().server.port);
    try {
      await acrossTheCut(way, ann, () => client.reply(conversation, 'While the wire was cut'));
    } finally {
      await way.close();
    }
  });

  it('[CMD-1] [LIST-6] survives a server that is killed: what was sent stands there once, what was typed is still typed', async () => {
    stage().expectOutages();
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    await stage()
      .client(ann.id)
      .start({ text: 'Through the storm', people: [bob.id] });
    const pages = [await stage().person(ann.id), await stage().person(bob.id)] as const;
    const [mine, theirs] = pages.map((page) => cardIn(sidebarOf(page), 'Through the storm')) as [
      ReturnType<typeof cardIn>,
      ReturnType<typeof cardIn>,
    ];
    await see(mine);
    await see(theirs);
    await replyIn(mine, 'Sent before the lightning');
    await see(theirs.getByText('Sent before the lightning'));
    await stage().kill();
    await replyIn(mine, 'Sent into the dark');
    await theirs.getByRole('textbox', { name: 'Send a message' }).fill('Half a sen');
    await stage().start();
    for (const page of pages) await connected(page);
    await see(theirs.getByText('Sent into the dark'));
    await see(theirs.getByText('Sent before the lightning'));
    await see(mine.getByText('Sent into the dark'));
    await seeNo(mine.getByText('Sending…'));
    await see(launcherOf(pages[1], 1));
    expect(await theirs.getByRole('textbox', { name: 'Send a message' }).inputValue()).toBe('Half a sen');
    await replyIn(theirs, 'Whole again');
    await see(sidebarOf(pages[0]).getByText('Whole again'));
  });
});

describe('what was typed', () => {
  it('survives a reload: drafts as they were, and what was not sent yet is sent', async () => {
    stage().expectOutages();
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const client = stage().client(bob.id);
    await client.start({ text: 'The one with a draft', people: [ann.id] });
    await client.start({ text: 'The one with a reply', people: [ann.id] });
    const way = await cuttableWay(stage().server.port);
    const page = await stage().person(ann.id, { port: way.port });
    try {
      const draft = cardIn(sidebarOf(page), 'The one with a draft').getByRole('textbox', { name: 'Send a message' });
      await draft.fill('Not finished ye');
      const replied = cardIn(sidebarOf(page), 'The one with a reply');
      await see(replied);
      way.cut();
      await replyIn(replied, 'Sent with the wire cut');
      await see(replied.getByText('Sending…'));
      way.mend();
      await page.reload();
      await see(draft);
      await expect.poll(() => draft.inputValue()).toBe('Not finished ye');
      const other = await stage().person(bob.id);
      await see(cardIn(sidebarOf(other), 'The one with a reply').getByText('Sent with the wire cut'));
      await seeNo(replied.getByText('Sending…'));
    } finally {
      await way.close();
    }
  });
});

async function acrossTheCut(way: Cuttable, ann: Someone, meanwhile: () => Promise<unknown>): Promise<void> {
  const page = await stage().person(ann.id, { port: way.port });
  const card = cardIn(sidebarOf(page), 'Over a thin wire');
  await see(card);
  way.cut();
  await see(sidebarOf(page).getByText('Reconnecting'));
  await meanwhile();
  way.mend();
  await connected(page);
  await see(card.getByText('While the wire was cut'));
  await seeNo(sidebarOf(page).getByText('Reconnecting'));
  await see(button(card, 'Mark as read'));
}
