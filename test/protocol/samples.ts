/** One instance, or more, of every frame: the valid byte vectors, the documents' examples, and the fuzzer's seeds. */

import { errorFrame } from '../../src/wire/errors.ts';
import type {
  AlertPreferences,
  Card,
  ClientFrame,
  Person,
  RequestType,
  Results,
  ServerFrame,
} from '../../src/wire/frames.ts';

const conversation = 'q83vEjRWeJASNFZ4kKvN7w';
const other = 'AAECAwQFBgcICQoLDA0ODw';
const at = 1_790_000_000_000_000;
const ada: Person = { id: 'ada', first: 'Ada', last: 'Lovelace', active: true };
const grace: Person = { id: 'grace', first: 'Grace', last: 'Hopper', active: true };
const alan: Person = { id: 'u-1912', first: 'Alan', last: 'Turing', active: false };
const record = { kind: 'company', id: 'c-17' } as const;
const preferences: AlertPreferences = {
  email: { conversations: true, messages: false },
  popup: { conversations: true, messages: true },
};
const card: Card = {
  conversation,
  starter: 'ada',
  about: { ...record, name: 'Analytical Engines Ltd', restricted: false },
  private: false,
  participants: ['ada', 'grace'],
  standing: 'participant',
  order: at + 2_000_000,
  readUpTo: 1,
  unread: 1,
  visible: [[1, 4]],
  from: 2,
  entries: [
    { kind: 'joined', seq: 2, at: at + 1_000_000, by: 'ada', who: 'u-1912' },
    { kind: 'message', seq: 3, at: at + 2_000_000, by: 'grace', text: 'Naïve, 日本, 🙂' },
    { kind: 'left', seq: 4, at: at + 3_000_000, by: 'u-1912' },
  ],
  more: true,
};
const restricted: Card = {
  conversation: other,
  starter: 'grace',
  about: { kind: 'opportunity', restricted: true },
  private: true,
  participants: ['grace', 'ada', 'u-1912'],
  standing: 'left',
  order: at,
  readUpTo: 0,
  unread: 0,
  visible: [
    [1, 3],
    [7, 9],
  ],
  from: 9,
  entries: [{ kind: 'left', seq: 9, at, by: 'ada' }],
  more: true,
};

export interface Sample<Frame> {
  /** Name of its vector file: the frame's, and what is special about it. */
  readonly name: string;
  readonly frame: Frame;
}

export const clientSamples: readonly Sample<ClientFrame>[] = [
  { name: 'hello', frame: { t: 'hello', v: 1, token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln' } },
  {
    name: 'hello-resume',
    frame: {
      t: 'hello',
      v: 1,
      token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln',
      agent: 'example/1.0',
      resume: { epoch: 'f3Zk0p', at: [1041, 0, 77], directory: 12 },
    },
  },
  { name: 'ping', frame: { t: 'ping' } },
  { name: 'renew', frame: { t: 'renew', id: 'r1', token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln' } },
  { name: 'start', frame: { t: 'start', id: 'c-0001', text: 'Shall we call them?', people: ['grace'] } },
  {
    name: 'start-about-private',
    frame: { t: 'start', id: 'c-0002', text: 'Numbers ⚙', people: ['grace', 'u-1912'], about: record, private: true },
  },
  { name: 'start-nobody', frame: { t: 'start', id: 'c-0003', text: '', people: [] } },
  { name: 'reply', frame: { t: 'reply', id: 'c-0004', conversation, text: 'Naïve, 日本, 🙂' } },
  {
    name: 'reply-controls',
    frame: { t: 'reply', id: 'c-0005', conversation, text: '\u0000\t\n\u2028\u202e\ufeff\u{10ffff}' },
  },
  { name: 'read', frame: { t: 'read', id: 'c-0006', conversation, upTo: 4 } },
  { name: 'read-large', frame: { t: 'read', id: 'c-0007', conversation, upTo: 4_294_967_296 } },
  { name: 'readAll', frame: { t: 'readAll', id: 'c-0008', at: [1041, 0, 77] } },
  { name: 'invite', frame: { t: 'invite', id: 'c-0009', conversation, people: ['u-1912'] } },
  { name: 'leave', frame: { t: 'leave', id: 'c-0010', conversation } },
  { name: 'delete', frame: { t: 'delete', id: 'c-0011', conversation, upTo: 4 } },
  { name: 'setAlerts', frame: { t: 'setAlerts', id: 'c-0012', preferences } },
  { name: 'list', frame: { t: 'list', id: 'q1', limit: 20 } },
  {
    name: 'list-older-filtered',
    frame: { t: 'list', id: 'q2', limit: 50, before: { order: at, conversation: other }, with: 'grace' },
  },
  { name: 'get', frame: { t: 'get', id: 'q3', conversation } },
  { name: 'history', frame: { t: 'history', id: 'q4', conversation, before: 2, limit: 10 } },
  { name: 'history-tab', frame: { t: 'history', id: 'q5', conversation, before: 200, limit: 200, tab: true } },
  { name: 'openTab', frame: { t: 'openTab', id: 'q6', record, limit: 20 } },
  {
    name: 'openTab-older',
    frame: { t: 'openTab', id: 'q7', record, limit: 20, before: { order: at, conversation: other } },
  },
  { name: 'closeTab', frame: { t: 'closeTab', id: 'q8', record } },
  { name: 'people', frame: { t: 'people', id: 'q9', last: 'ho', conversation } },
  { name: 'people-all', frame: { t: 'people', id: 'q10', last: '' } },
  { name: 'correspondents', frame: { t: 'correspondents', id: 'q11', last: 'Ho' } },
  { name: 'records', frame: { t: 'records', id: 'q12', name: 'ana', kind: 'company' } },
  { name: 'alerts', frame: { t: 'alerts', id: 'q13' } },
];

/** What `ok` carries for each request. */
export const resultSamples: { readonly [T in RequestType]: Results[T] } = {
  renew: { expiresAt: at + 3_600_000_000 },
  start: { conversation, seq: 1, at },
  reply: { seq: 3, at: at + 2_000_000 },
  read: { readUpTo: 4 },
  readAll: { conversations: 2 },
  invite: { seqs: [2] },
  leave: { seq: 4 },
  delete: { deletedUpTo: 4 },
  setAlerts: {},
  list: {
    cards: [card, restricted],
    people: [ada, grace, alan],
    next: { order: at, conversation: other },
    badge: 1,
    at: [1041],
  },
  get: { card, people: [ada, grace, alan] },
  history: {
    entries: [
      { kind: 'message', seq: 1, at, by: 'ada', text: 'Hello' },
      { kind: 'message', seq: 2, at: at + 1_000_000, by: 'ada', text: '', erased: true },
    ],
    people: [ada],
    more: false,
  },
  openTab: {
    record: { ...record, name: 'Analytical Engines Ltd' },
    cards: [{ ...card, standing: 'viewer' }],
    people: [ada, grace, alan],
    next: null,
  },
  closeTab: {},
  people: { people: [grace] },
  correspondents: { people: [grace, alan] },
  records: {
    records: [
      { ...record, name: 'Analytical Engines Ltd' },
      { kind: 'household', id: 'h-2', name: null },
    ],
  },
  alerts: { preferences },
};

const okSamples = Object.entries(resultSamples).map(
  ([request, result]): Sample<ServerFrame> => ({
    name: `ok-${request}`,
    frame: { t: 'ok', id: 'c-0001', result: { ...result } },
  }),
);

export const serverSamples: readonly Sample<ServerFrame>[] = [
  {
    name: 'welcome',
    frame: {
      t: 'welcome',
      person: ada,
      epoch: 'f3Zk0p',
      at: [1041],
      directory: 12,
      resumed: false,
      badge: 1,
      expiresAt: at + 3_600_000_000,
      heartbeatMs: 20_000,
      textMaxBytes: 16_384,
    },
  },
  { name: 'live', frame: { t: 'live', at: [1042], directory: 12, badge: 0 } },
  { name: 'pong', frame: { t: 'pong' } },
  ...okSamples,
  { name: 'error-refusal', frame: errorFrame('leave-starter', { id: 'c-0010' }) },
  { name: 'error-busy', frame: errorFrame('rate-limited', { id: 'c-0010', retryAfterMs: 250 }) },
  { name: 'error-without-id', frame: errorFrame('frame-malformed') },
  { name: 'error-field', frame: errorFrame('frame-invalid', { id: 'c-0004', field: '/conversation' }) },
  {
    name: 'entries',
    frame: {
      t: 'entries',
      at: [0, 1042],
      conversation,
      entries: [{ kind: 'message', seq: 5, at: at + 4_000_000, by: 'grace', text: 'Monday, then.' }],
      people: [],
      popup: 'message',
    },
  },
  { name: 'card', frame: { t: 'card', at: [0, 1042], card, people: [ada, grace, alan], popup: 'conversation' } },
  { name: 'card-resume', frame: { t: 'card', card: { ...card, about: null }, people: [ada] } },
  { name: 'mark', frame: { t: 'mark', at: [0, 1043], conversation, readUpTo: 4, unread: 0 } },
  { name: 'erased', frame: { t: 'erased', at: [0, 1044], conversation, seqs: [1, 3] } },
  { name: 'erased-resume', frame: { t: 'erased', conversation, seqs: [3] } },
  { name: 'gone', frame: { t: 'gone', at: [0, 1044], conversation } },
  { name: 'badge', frame: { t: 'badge', badge: 0 } },
  {
    name: 'about',
    frame: { t: 'about', directory: 13, conversation, about: { kind: 'company', restricted: true } },
  },
  { name: 'person', frame: { t: 'person', directory: 14, person: alan } },
  { name: 'alerts', frame: { t: 'alerts', at: [0, 1045], preferences } },
  {
    name: 'tabEntries',
    frame: {
      t: 'tabEntries',
      record,
      conversation,
      entries: [{ kind: 'joined', seq: 6, at: at + 5_000_000, by: 'grace', who: 'u-1912' }],
      people: [alan],
    },
  },
  { name: 'tabCard', frame: { t: 'tabCard', record, card: { ...card, standing: 'deleted' }, people: [] } },
  { name: 'tabErased', frame: { t: 'tabErased', record, conversation, seqs: [2] } },
  { name: 'tabGone', frame: { t: 'tabGone', record, conversation } },
  { name: 'tabRecord', frame: { t: 'tabRecord', record: { ...record, name: null } } },
  { name: 'tabClosed', frame: { t: 'tabClosed', record } },
  { name: 'drain', frame: { t: 'drain', reconnectWithinMs: 5_000 } },
];
