import { describe, it } from 'vitest';
import type { Someone } from '../support/browser.ts';
import { button, cardIn, replyIn, see, seeNo, sidebarOf, tabOf } from './eyes.ts';
import { onStage } from './on-stage.ts';

const stage = onStage();
const at = { record: 'opportunity/o-4001', tab: 'conversations', sidebar: false } as const;

describe("the record's tab", () => {
  it('[SEE-2] [SEE-3] shows what is not private to everyone who may view the record, and the rest to participants', async () => {
    const [viewer, participant] = [await stage().person('david', at), await stage().person('jonas', at)];
    await see(cardIn(tabOf(viewer), 'The draft of the offer'));
    await see(cardIn(tabOf(participant), 'The draft of the offer'));
    await see(cardIn(tabOf(participant), 'Four per cent'));
    await seeNo(cardIn(tabOf(viewer), 'Four per cent'));
  });

  it('[REPLY-1] has a reply box for participants only; what they write comes to everyone at once', async () => {
    const [viewer, participant] = [await stage().person('david', at), await stage().person('ines', at)];
    const seen = cardIn(tabOf(viewer), 'They ask for an offer').or(cardIn(tabOf(viewer), 'The draft of the offer'));
    await see(seen.getByText('Only participants reply here'));
    await seeNo(seen.getByRole('textbox', { name: 'Send a message' }));
    await replyIn(cardIn(tabOf(participant), 'The draft of the offer'), 'Then let us send it today');
    await see(seen.getByText('Then let us send it today'));
  });

  it('[SEE-5] is refused for a record that one may not view, as for none', async () => {
    const page = await stage().person('grace', at);
    await see(page.getByText('There is no such record, or it is not yours to see.'));
    await seeNo(page.getByText('Forty microscopes for Keller'));
    await seeNo(tabOf(page));
    const nowhere = await stage().person('grace', { ...at, record: 'opportunity/none' });
    await see(nowhere.getByText('There is no such record, or it is not yours to see.'));
  });

  it('[SEE-6] closes when the right to view goes, also while it is open', async () => {
    const [ann] = (await stage().newPeople(1)) as [Someone];
    const record = { name: 'Soon closed', edit: 'everyone' };
    await stage().admin('/v1/records/company/closing', { ...record, view: 'everyone' }, 'PUT');
    const page = await stage().person(ann.id, { record: 'company/closing', tab: 'conversations', sidebar: false });
    await see(tabOf(page).getByText('Nobody has talked about this yet'));
    await stage().admin('/v1/records/company/closing', { ...record, view: ['anna'] }, 'PUT');
    await see(tabOf(page).getByText('you may not view it'));
    await seeNo(button(tabOf(page), 'Add'));
  });

  it('[DELETE-1] [DELETE-2] shows on what one has deleted from the own list, and takes no reply there until something comes', async () => {
    const [ann, bob] = (await stage().newPeople(2)) as [Someone, Someone];
    const client = stage().client(ann.id);
    const about = { kind: 'company', id: 'co-2001' } as const;
    const { conversation } = await client.start({ text: 'Stays in the tab', people: [bob.id], about });
    await stage().client(bob.id).delete(conversation, 1);
    const page = await stage().person(bob.id, { record: 'company/co-2001', tab: 'conversations' });
    const card = cardIn(tabOf(page), 'Stays in the tab');
    await see(card.getByText('You have deleted this conversation'));
    await seeNo(card.getByRole('textbox', { name: 'Send a message' }));
    await client.reply(conversation, 'And is back');
    await see(card.getByRole('textbox', { name: 'Send a message' }));
    await see(cardIn(sidebarOf(page), 'And is back'));
    await seeNo(sidebarOf(page).getByText('Stays in the tab'));
  });
});
