/**
 * Every command in every standing, as an explicit table: for each way of asking, who gets which answer. `done` or the
 * refusal's name; a standing that a row forgets fails the first test.
 */
import { describe, expect, it } from 'vitest';
import type { Command, Facts, PersonId } from '../../src/conversation/commands.ts';
import {
  type ConversationActor,
  conversationOf,
  createConversationActor,
  dispatch,
  RulesBroken,
} from '../../src/conversation/machine.ts';
import { type RefusalName, refusals } from '../../src/conversation/refusals.ts';
import type { ConversationState } from '../../src/conversation/state.ts';
import { limits } from '../../src/limits.ts';

type Answer = 'done' | RefusalName;
type Wish = Command extends infer C ? (C extends Command ? Omit<C, 'by' | 'now' | 'facts'> : never) : never;

const nobodyInactive: Facts = { inactive: new Set(), viewsRecord: true };

function ask(actor: ConversationActor, by: PersonId, wish: Wish, facts: Facts = nobodyInactive): Answer {
  const outcome = dispatch(actor, { ...wish, by, now: 5, facts } as Command);
  return 'refusal' in outcome ? outcome.refusal.name : 'done';
}

const everyone = ['starter', 'participant', 'deleter', 'leaver', 'left-deleter', 'back', 'back-anew', 'fired'] as const;

/** Head 10: a message of the fired one that is unread for all others; seqs 3 to 6 are notices of leaving, 8 and 9 of joining. */
function conversation(isPrivate: boolean): ConversationState {
  const actor = createConversationActor(null);
  const [starter, ...people] = everyone;
  const steps: [PersonId, Wish][] = [
    [
      starter,
      {
        type: 'start',
        conversation: 'c',
        text: 'one',
        people,
        about: { kind: 'contact', id: 'ann' },
        private: isPrivate,
      },
    ],
    ['participant', { type: 'reply', text: 'two' }],
    ['leaver', { type: 'leave' }],
    ['left-deleter', { type: 'leave' }],
    ['left-deleter', { type: 'delete', upTo: 4 }],
    ['back', { type: 'leave' }],
    ['back-anew', { type: 'leave' }],
    ['back-anew', { type: 'delete', upTo: 6 }],
    [starter, { type: 'reply', text: 'seven' }],
    [starter, { type: 'invite', people: ['back', 'back-anew'] }],
    ['fired', { type: 'reply', text: 'ten' }],
    ['deleter', { type: 'delete', upTo: 10 }],
  ];
  for (const [by, wish] of steps) expect(ask(actor, by, wish), `${by} ${wish.type}`).toBe('done');
  return conversationOf(actor) as ConversationState;
}

const open = conversation(false);
const secret = conversation(true);

/** Where each standing asks, who it is, and whether they may view the record. */
const standings = {
  starter: { in: open, by: 'starter', views: true },
  participant: { in: open, by: 'participant', views: true },
  'participant without the record': { in: open, by: 'participant', views: false },
  'private participant': { in: secret, by: 'participant', views: true },
  deleted: { in: open, by: 'deleter', views: true },
  'deleted without the record': { in: open, by: 'deleter', views: false },
  left: { in: open, by: 'leaver', views: true },
  'left without the record': { in: open, by: 'leaver', views: false },
  'private left': { in: secret, by: 'leaver', views: true },
  'left and deleted, with tab': { in: open, by: 'left-deleter', views: true },
  'left and deleted, no tab': { in: open, by: 'left-deleter', views: false },
  'private left and deleted': { in: secret, by: 'left-deleter', views: true },
  'invited again after leaving': { in: open, by: 'back', views: true },
  'invited again after leaving and deleting': { in: open, by: 'back-anew', views: true },
  'stranger with tab': { in: open, by: 'stranger', views: true },
  'stranger without tab': { in: open, by: 'stranger', views: false },
  'private stranger': { in: secret, by: 'stranger', views: true },
  'deactivated participant': { in: open, by: 'fired', views: true },
  'deactivated stranger': { in: open, by: 'gone-for-good', views: false },
  'nobody’s conversation': { in: null, by: 'starter', views: true },
  'deactivated, nobody’s conversation': { in: null, by: 'fired', views: true },
} as const satisfies Record<string, { in: ConversationState | null; by: PersonId; views: boolean }>;
type Standing = keyof typeof standings;

const inactive = new Set(['fired', 'gone-for-good', 'fired-stranger']);

const unknowing: Standing[] = [
  'left and deleted, no tab',
  'private left and deleted',
  'stranger without tab',
  'private stranger',
  'nobody’s conversation',
];
const fired: Standing[] = ['deactivated participant', 'deactivated stranger', 'deactivated, nobody’s conversation'];
const invitees: Standing[] = ['invited again after leaving', 'invited again after leaving and deleting'];
const plain: Standing[] = ['participant', 'participant without the record', 'private participant'];
const members: Standing[] = ['starter', ...plain, ...invitees];
const deleted: Standing[] = ['deleted', 'deleted without the record'];
const left: Standing[] = ['left', 'left without the record', 'private left'];
const viewers: Standing[] = ['left and deleted, with tab', 'stranger with tab'];

type Row = { readonly wish: Wish; readonly answers: { readonly [A in Answer]?: readonly Standing[] } };
const always = { 'not-found': unknowing, 'person-deactivated': fired } as const;

const refusedReply = { 'left-reply': left, 'deleted-reply': deleted, 'reply-not-participant': viewers, ...always };
const refusedInvite = { 'left-invite': left, 'deleted-invite': deleted, 'invite-not-participant': viewers, ...always };
const others = (count: number) => Array.from({ length: count }, (_, nth) => `other${nth}`);
const longest = 'é'.repeat(limits.textMaxBytes / 2);

const table: Record<string, Row> = {
  '[REPLY-1] reply': { wish: { type: 'reply', text: 'hello' }, answers: { done: members, ...refusedReply } },
  '[REPLY-1] reply of the longest text': {
    wish: { type: 'reply', text: longest },
    answers: { done: members, ...refusedReply },
  },
  '[REPLY-1] reply too long': {
    wish: { type: 'reply', text: `${longest}x` },
    answers: { 'text-too-long': members, ...refusedReply },
  },
  '[REPLY-1] empty reply': { wish: { type: 'reply', text: '' }, answers: { 'text-blank': members, ...refusedReply } },
  '[REPLY-1] reply of nothing to see': {
    wish: { type: 'reply', text: ' \n\u00a0\u200b\u202e\u3164\ufe0f\u2800\u0000' },
    answers: { 'text-blank': members, ...refusedReply },
  },
  '[REPLY-1] reply with lone surrogates': {
    wish: { type: 'reply', text: '\ud800 \udc00' },
    answers: { done: members, ...refusedReply },
  },

  '[READ-1] read up to the newest entry': {
    wish: { type: 'read', upTo: 10 },
    answers: {
      done: members,
      'read-nothing-unread': deleted,
      'left-read-beyond': left,
      'read-not-participant': viewers,
      ...always,
    },
  },
  '[READ-2] read up to the leaver’s end': {
    wish: { type: 'read', upTo: 3 },
    answers: {
      done: left,
      'read-nothing-unread': [...members, ...deleted],
      'read-not-participant': viewers,
      ...always,
    },
  },
  '[READ-4] read up to one’s own or an earlier message': {
    wish: { type: 'read', upTo: 7 },
    answers: {
      done: plain,
      'read-nothing-unread': ['starter', ...invitees, ...deleted],
      'left-read-beyond': left,
      'read-not-participant': viewers,
      ...always,
    },
  },
  '[READ-1] read beyond the newest entry': {
    wish: { type: 'read', upTo: 11 },
    answers: {
      'read-beyond-shown': members,
      'read-nothing-unread': deleted,
      'left-read-beyond': left,
      'read-not-participant': viewers,
      ...always,
    },
  },

  '[INVITE-1] invite': {
    wish: { type: 'invite', people: ['new', 'newer'] },
    answers: { done: members, ...refusedInvite },
  },
  '[INVITE-4] invite someone who left': {
    wish: { type: 'invite', people: ['leaver', 'left-deleter'] },
    answers: { done: members, ...refusedInvite },
  },
  '[INVITE-1] invite nobody': {
    wish: { type: 'invite', people: [] },
    answers: { 'invite-people-missing': members, ...refusedInvite },
  },
  '[INVITE-1] invite a person twice': {
    wish: { type: 'invite', people: ['new', 'new'] },
    answers: { 'invite-people-repeated': members, ...refusedInvite },
  },
  '[INVITE-1] invite someone deactivated': {
    wish: { type: 'invite', people: ['new', 'fired-stranger'] },
    answers: { 'invite-person-inactive': members, ...refusedInvite },
  },
  '[INVITE-1] invite a current participant': {
    wish: { type: 'invite', people: ['new', 'participant'] },
    answers: { 'invite-already-participant': members, ...refusedInvite },
  },
  '[DELETE-2] invite a participant who deleted': {
    wish: { type: 'invite', people: ['deleter'] },
    answers: { 'invite-already-participant': members, ...refusedInvite },
  },
  '[INVITE-1] invite as many as there is room for': {
    wish: { type: 'invite', people: others(limits.participantsMax - open.current) },
    answers: { done: members, ...refusedInvite },
  },
  '[INVITE-1] invite one too many': {
    wish: { type: 'invite', people: others(limits.participantsMax - open.current + 1) },
    answers: { 'invite-too-many-people': members, ...refusedInvite },
  },

  '[LEAVE-1] leave': {
    wish: { type: 'leave' },
    answers: {
      done: [...plain, ...invitees, ...deleted],
      'leave-starter': ['starter'],
      'leave-not-participant': [...left, ...viewers],
      ...always,
    },
  },

  '[DELETE-1] delete': {
    wish: { type: 'delete', upTo: 10 },
    answers: {
      done: members,
      'delete-no-copy': deleted,
      'delete-beyond-shown': left,
      'delete-not-participant': viewers,
      ...always,
    },
  },
  '[DELETE-5] delete up to the leaver’s end': {
    wish: { type: 'delete', upTo: 3 },
    answers: { done: [...members, ...left], 'delete-no-copy': deleted, 'delete-not-participant': viewers, ...always },
  },
  '[DELETE-6] delete beyond the newest entry': {
    wish: { type: 'delete', upTo: 11 },
    answers: {
      'delete-beyond-shown': [...members, ...left],
      'delete-no-copy': deleted,
      'delete-not-participant': viewers,
      ...always,
    },
  },
};

describe('every command in every standing', () => {
  it('has exactly one expectation', () => {
    for (const [title, { answers }] of Object.entries(table)) {
      expect(Object.values(answers).flat().sort(), title).toEqual(Object.keys(standings).sort());
    }
  });

  for (const [title, { wish, answers }] of Object.entries(table)) {
    for (const [answer, who] of Object.entries(answers)) {
      const rule = answer === 'done' ? '' : ` (${refusals[answer as RefusalName]})`;
      it.each([...who])(`${title}: %s → ${answer}${rule}`, (standing) => {
        const { in: state, by, views } = standings[standing as Standing];
        const actor = createConversationActor(state);
        expect(ask(actor, by, wish, { inactive, viewsRecord: views && state !== null })).toBe(answer);
        if (answer !== 'done') expect(conversationOf(actor)).toBe(state);
        else expect(conversationOf(actor)?.v).toBeGreaterThan((state as ConversationState).v);
      });
    }
  }
});

const fitting = { type: 'start', conversation: 'c', text: 'hi', people: ['b'], about: null, private: false } as const;
const starts: Record<string, { wish: Partial<typeof fitting> | object; facts?: Partial<Facts>; answer: Answer }> = {
  '[START-1] to one person': { wish: {}, answer: 'done' },
  '[START-1] to several': { wish: { people: ['b', 'c', 'd'] }, answer: 'done' },
  '[START-1] to as many as allowed': { wish: { people: others(limits.peoplePerCommandMax) }, answer: 'done' },
  '[START-1] of the longest text': { wish: { text: longest }, answer: 'done' },
  '[START-2] about a record one may view': { wish: { about: { kind: 'contact', id: 'ann' } }, answer: 'done' },
  '[START-3] private': { wish: { private: true }, answer: 'done' },
  '[START-1] blank': { wish: { text: '\t\u2060' }, answer: 'start-text-blank' },
  '[START-1] too long': { wish: { text: `${longest}x` }, answer: 'start-text-too-long' },
  '[START-1] to nobody': { wish: { people: [] }, answer: 'start-people-missing' },
  '[START-1] to oneself': { wish: { people: ['a'] }, answer: 'start-people-repeated' },
  '[START-1] to a person twice': { wish: { people: ['b', 'b'] }, answer: 'start-people-repeated' },
  '[START-1] to too many': {
    wish: { people: others(limits.peoplePerCommandMax + 1) },
    answer: 'start-too-many-people',
  },
  '[START-1] to someone deactivated': {
    wish: { people: ['b', 'c'] },
    facts: { inactive: new Set(['c']) },
    answer: 'start-person-inactive',
  },
  '[START-2] about a record one may not view': {
    wish: { about: { kind: 'contact', id: 'ann' } },
    facts: { viewsRecord: false },
    answer: 'about-not-found',
  },
  '[CMD-4] by someone deactivated, however wrong': {
    wish: { text: '', people: [] },
    facts: { inactive: new Set(['a']) },
    answer: 'person-deactivated',
  },
};

describe('start', () => {
  it.each(Object.entries(starts))('%s', (_, { wish, facts, answer }) => {
    const actor = createConversationActor(null);
    expect(ask(actor, 'a', { ...fitting, ...wish }, { ...nobodyInactive, ...facts })).toBe(answer);
    expect(conversationOf(actor) === null).toBe(answer !== 'done');
  });

  it('of a conversation that exists throws, and so does everything after it', () => {
    const actor = createConversationActor(open);
    expect(() => ask(actor, 'starter', fitting)).toThrow(RulesBroken);
    expect(() => ask(actor, 'starter', { type: 'reply', text: 'x' })).toThrow(RulesBroken);
  });
});

describe('at the edges of leaving and of the limits', () => {
  const three = () => {
    const actor = createConversationActor(null);
    ask(actor, 'a', { ...fitting, people: ['b', 'c'] });
    return actor;
  };

  it('[LEAVE-3] of two who leave three at once the second is refused', () => {
    const actor = three();
    expect(ask(actor, 'b', { type: 'leave' })).toBe('done');
    expect(ask(actor, 'c', { type: 'leave' })).toBe('leave-too-few');
    expect(ask(actor, 'a', { type: 'leave' })).toBe('leave-starter');
  });

  it('[LEAVE-3] who deleted their copy counts', () => {
    const actor = three();
    expect(ask(actor, 'c', { type: 'delete', upTo: 1 })).toBe('done');
    expect(ask(actor, 'b', { type: 'leave' })).toBe('done');
  });

  it('[LEAVE-3] who is deactivated does not count', () => {
    expect(ask(three(), 'b', { type: 'leave' }, { inactive: new Set(['c']), viewsRecord: false })).toBe(
      'leave-too-few',
    );
  });

  it('[INVITE-1] nobody joins where no more notices fit, but one may leave', () => {
    const full = conversationOf(three()) as ConversationState;
    const head = limits.noticesPerConversationMax + 1;
    const notices = Array.from({ length: head - 1 }, (_, nth) => nth + 2);
    const actor = createConversationActor({ ...full, head, notices });
    expect(ask(actor, 'b', { type: 'invite', people: ['d'] })).toBe('invite-too-many-people');
    expect(ask(actor, 'b', { type: 'leave' })).toBe('done');
  });
});
