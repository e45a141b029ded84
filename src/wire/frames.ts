/**
 * The one source of the protocol: every frame as a TypeBox schema, which is JSON Schema. Validators, the types below,
 * `protocol/schema.json`, the AsyncAPI document and PROTOCOL.md's tables are generated from it. A frame is one binary
 * WebSocket message: one MessagePack map with string keys; `t` names the frame. Times are microseconds since 1970.
 */
import Type, { type Static, type TSchema } from 'typebox';
import { limits } from '../limits.ts';
import { ascii, ConversationId, closed, Id, PersonId, RecordKind, RecordRef, seq, uint } from './atoms.ts';

export { ConversationId, Id, PersonId, RecordKind, RecordRef };

/** What a rule refuses by name (blank or too long a text, nobody, too many, somebody twice) is no fault of the frame. */
const Text = Type.String({
  maxLength: limits.frameInMaxBytes,
  description: `At most ${limits.textMaxBytes} bytes of UTF-8, not blank; otherwise the rule refuses.`,
});
const People = Type.Array(PersonId, {
  maxItems: limits.frameMaxElements,
  description: `1 to ${limits.peoplePerCommandMax} distinct people; otherwise the rule refuses.`,
});
const Positions = Type.Array(uint('Position in one partition.'), {
  minItems: 1,
  maxItems: 1024,
  description: 'Up to where everything has been seen: one position for each partition, by its number.',
});
const Search = Type.String({ maxLength: 64, description: 'Beginning of the name; case and accents do not matter.' });
const PageLimit = Type.Integer({ minimum: 1, maximum: limits.pageConversationsMax, description: 'At most so many.' });

export const ListCursor = Type.Object(
  { order: uint('`order` of the last card of the page before.'), conversation: ConversationId },
  closed,
);
export const Resume = Type.Object(
  {
    epoch: Type.String({
      maxLength: 64,
      description: 'From `welcome`: names one history; another one cannot be resumed.',
    }),
    at: Positions,
    directory: uint('`directory` of the last frame that carried it.'),
  },
  { ...closed, description: 'Where the client was (CMD-3).' },
);
export const AlertBoxes = Type.Object(
  {
    conversations: Type.Boolean({ description: 'For new conversations.' }),
    messages: Type.Boolean({ description: 'For new messages, and for people joining and leaving.' }),
  },
  closed,
);
export const AlertPreferences = Type.Object(
  { email: AlertBoxes, popup: AlertBoxes },
  { ...closed, description: 'The four boxes of ALERT-1.' },
);

// ---- from the client ------------------------------------------------------------------------------------------------

const request = <T extends string, P extends Record<string, TSchema>>(t: T, description: string, properties: P) =>
  Type.Object({ t: Type.Literal(t), id: Id, ...properties }, { ...closed, description });

export const clientFrames = {
  hello: Type.Object(
    {
      t: Type.Literal('hello'),
      v: Type.Literal(1),
      token: Type.String({ minLength: 1, maxLength: limits.tokenMaxBytes }),
      agent: Type.Optional(Type.String({ maxLength: 64, description: 'Name and version of the client, for the log.' })),
      resume: Type.Optional(Resume),
    },
    { ...closed, description: 'First frame of every connection.' },
  ),
  ping: Type.Object({ t: Type.Literal('ping') }, { ...closed, description: 'Heartbeat; answered by `pong`.' }),
  renew: request('renew', 'A new token for the same person, before the old one expires.', {
    token: Type.String({ minLength: 1, maxLength: limits.tokenMaxBytes }),
  }),

  start: request('start', 'Starts a conversation (START-1 to START-5).', {
    text: Text,
    people: People,
    about: Type.Optional(RecordRef),
    private: Type.Optional(Type.Boolean()),
  }),
  reply: request('reply', 'Replies (REPLY-1 to REPLY-4).', { conversation: ConversationId, text: Text }),
  read: request('read', 'Marks as read up to a seq that the person has been shown (READ-1).', {
    conversation: ConversationId,
    upTo: seq('Up to and including.'),
  }),
  readAll: request('readAll', 'Mark All Read (READ-3): each conversation up to what stands at these positions.', {
    at: Positions,
  }),
  invite: request('invite', 'Invites people (INVITE-1 to INVITE-4).', { conversation: ConversationId, people: People }),
  leave: request('leave', 'Leaves (LEAVE-1 to LEAVE-5).', { conversation: ConversationId }),
  delete: request('delete', 'Deletes one’s own copy up to a seq (DELETE-1 to DELETE-6).', {
    conversation: ConversationId,
    upTo: seq('Up to and including.'),
  }),
  setAlerts: request('setAlerts', 'Sets one’s alert boxes (ALERT-1).', { preferences: AlertPreferences }),

  list: request('list', 'A page of the sidebar (LIST-1 to LIST-4).', {
    limit: PageLimit,
    before: Type.Optional(ListCursor),
    with: Type.Optional(PersonId),
  }),
  get: request('get', 'One conversation of the sidebar, as its card.', { conversation: ConversationId }),
  history: request('history', 'Older entries (More, LIST-3), newest last.', {
    conversation: ConversationId,
    before: seq('Entries below this seq.'),
    limit: Type.Integer({ minimum: 1, maximum: limits.pageEntriesMax, description: 'Messages and notices.' }),
    tab: Type.Optional(
      Type.Boolean({ description: 'As the record’s tab shows it; otherwise as the person’s copy does.' }),
    ),
  }),
  openTab: request('openTab', 'A page of a record’s tab (SEE-2, SEE-3); the first page subscribes to its changes.', {
    record: RecordRef,
    limit: PageLimit,
    before: Type.Optional(ListCursor),
  }),
  closeTab: request('closeTab', 'No more changes of this tab.', { record: RecordRef }),
  people: request(
    'people',
    'Active people by last name, to start with or to invite; current participants are left out (INVITE-1).',
    {
      last: Search,
      conversation: Type.Optional(ConversationId),
    },
  ),
  correspondents: request(
    'correspondents',
    'People visible in one’s own copies, by last name: for the filter (LIST-4).',
    { last: Search },
  ),
  records: request('records', 'CRM records one may view, by name (START-2).', {
    name: Search,
    kind: Type.Optional(RecordKind),
  }),
  alerts: request('alerts', 'One’s alert boxes.', {}),
};

// ---- shapes inside server frames --------------------------------------------------------------------------------------

export const Person = Type.Object(
  { id: PersonId, first: Type.String(), last: Type.String(), active: Type.Boolean() },
  { ...closed, description: 'A person’s name; — is the last name of someone who was erased (ERASE-2).' },
);
const Persons = Type.Array(Person, {
  description: 'Names of the people this frame mentions and the client may not know.',
});
export const Entry = Type.Union(
  [
    Type.Object(
      {
        kind: Type.Literal('message'),
        seq: seq('Place in the timeline.'),
        at: uint('When.'),
        by: PersonId,
        text: Type.String(),
        erased: Type.Optional(
          Type.Literal(true, { description: 'The text is gone for ever (ERASE-1); `text` is empty.' }),
        ),
      },
      closed,
    ),
    Type.Object(
      {
        kind: Type.Literal('joined'),
        seq: seq('Place in the timeline.'),
        at: uint('When.'),
        by: PersonId,
        who: PersonId,
      },
      closed,
    ),
    Type.Object(
      { kind: Type.Literal('left'), seq: seq('Place in the timeline.'), at: uint('When.'), by: PersonId },
      closed,
    ),
  ],
  { description: 'A message or a notice. In `joined`, `by` invited `who`.' },
);
export const About = Type.Union(
  [
    Type.Object(
      {
        kind: RecordKind,
        id: ascii(limits.idMaxChars, 'Id in the CRM.'),
        name: Type.String(),
        restricted: Type.Literal(false),
      },
      closed,
    ),
    Type.Object({ kind: RecordKind, restricted: Type.Literal(true) }, closed),
  ],
  { description: 'The CRM record; restricted = this viewer may not see its name (SEE-4).' },
);
export const Card = Type.Object(
  {
    conversation: ConversationId,
    starter: PersonId,
    about: Type.Union([About, Type.Null()]),
    private: Type.Boolean(),
    participants: Type.Array(PersonId, { description: 'Current ones; for someone who left, those of that moment.' }),
    standing: Type.Union(
      [Type.Literal('participant'), Type.Literal('left'), Type.Literal('deleted'), Type.Literal('viewer')],
      {
        description:
          '`deleted`: participant whose copy is gone until the next message; `viewer`: sees it in a tab only. Both occur in tabs only.',
      },
    ),
    order: uint('Sorts lists: highest first, then by conversation id, highest first.'),
    readUpTo: uint('The reader’s read mark.'),
    unread: uint('Unread messages of the reader’s copy.'),
    visible: Type.Array(Type.Tuple([seq('From.'), seq('To; an open stint ends at the newest entry.')]), {
      description: 'The seqs this reader may see, ascending. A client drops every entry outside.',
    }),
    from: seq('`entries` holds everything visible from this seq on.'),
    entries: Type.Array(Entry),
    more: Type.Boolean({ description: 'There are visible entries before `from`.' }),
  },
  { ...closed, description: 'A conversation as one reader sees it, with its newest entries.' },
);
export const CrmRecord = Type.Object(
  {
    kind: RecordKind,
    id: ascii(limits.idMaxChars, 'Id in the CRM.'),
    name: Type.Union([Type.String(), Type.Null()], { description: 'null = restricted (SEE-4).' }),
  },
  closed,
);
const At = Type.Tuple([uint('Partition.'), uint('Position.')], {
  description: 'With this frame everything up to this position of this partition has been seen.',
});
const Seqs = Type.Array(seq('Of a message the reader may see.'), { minItems: 1 });
const Popup = Type.Optional(
  Type.Union([Type.Literal('conversation'), Type.Literal('message')], {
    description: 'Present where the reader wants a pop-up for it (ALERT-1): once for every device (ALERT-2).',
  }),
);
const Cursor = Type.Union([ListCursor, Type.Null()], {
  description: '`before` of the next page; null = this was the last.',
});

// ---- from the server --------------------------------------------------------------------------------------------------

const push = <T extends string, P extends Record<string, TSchema>>(t: T, description: string, properties: P) =>
  Type.Object({ t: Type.Literal(t), ...properties }, { ...closed, description });

export const serverFrames = {
  welcome: push('welcome', 'Answer to `hello`.', {
    person: Person,
    epoch: Type.String(),
    at: Positions,
    directory: uint('Version of the directory.'),
    resumed: Type.Boolean({
      description: 'true: everything missed follows as `card` and `gone`, then `live`. false: load afresh.',
    }),
    badge: uint('Conversations with unread messages (LIST-6).'),
    expiresAt: uint('When the token ends the session.'),
    heartbeatMs: uint('Say `ping` when nothing else was sent for so long.'),
    textMaxBytes: uint('REPLY-1.'),
  }),
  live: push('live', 'The end of what a resume had to catch up with.', {
    at: Positions,
    directory: uint('Version of the directory.'),
    badge: uint('LIST-6.'),
  }),
  pong: push('pong', 'Answer to `ping`.', {}),
  ok: Type.Object(
    { t: Type.Literal('ok'), id: Id, result: Type.Record(Type.String(), Type.Unknown()) },
    { ...closed, description: 'Answer to a request; `result` is the shape in `results` under the request’s name.' },
  ),
  error: Type.Object(
    {
      t: Type.Literal('error'),
      id: Type.Optional(Id),
      code: uint('Stable number, see errors.json.'),
      name: Type.String({ description: 'Stable name.' }),
      rule: Type.Optional(Type.String({ description: 'The rule that refused, as in RULES.md.' })),
      message: Type.String({ description: 'For people; may change.' }),
      retryable: Type.Boolean({ description: 'The same request, with the same id, may succeed later.' }),
      field: Type.Optional(Type.String({ description: 'Where in the frame the fault is, as a JSON pointer.' })),
      retryAfterMs: Type.Optional(uint('Not before.')),
    },
    { ...closed, description: 'A refusal or a fault; without `id` where the frame had none that could be read.' },
  ),
  entries: push(
    'entries',
    'New entries of a conversation in the sidebar. A client that does not hold it asks with `get`.',
    {
      at: At,
      conversation: ConversationId,
      entries: Type.Array(Entry, { minItems: 1 }),
      people: Persons,
      popup: Popup,
    },
  ),
  card: push('card', 'A conversation came into the sidebar, came back, or has to be brought up to date.', {
    at: Type.Optional(At),
    card: Card,
    people: Persons,
    popup: Popup,
  }),
  mark: push('mark', 'The person’s read mark moved, on whichever device.', {
    at: At,
    conversation: ConversationId,
    readUpTo: uint('New mark.'),
    unread: uint('Unread messages.'),
  }),
  erased: push(
    'erased',
    'The text of these messages is gone for ever (ERASE-1): show none, forget what was kept of it.',
    {
      at: Type.Optional(At),
      conversation: ConversationId,
      seqs: Seqs,
    },
  ),
  gone: push('gone', 'The conversation left the sidebar.', { at: Type.Optional(At), conversation: ConversationId }),
  badge: push('badge', 'Conversations with unread messages (LIST-6).', { badge: uint('The count.') }),
  about: push('about', 'What the person sees of the record changed: renamed, or rights changed (SEE-4, SEE-6).', {
    directory: uint('Version of the directory.'),
    conversation: ConversationId,
    about: About,
  }),
  person: push('person', 'A person’s name or activity changed.', {
    directory: uint('Version of the directory.'),
    person: Person,
  }),
  alerts: push('alerts', 'The person’s alert boxes changed.', { at: At, preferences: AlertPreferences }),
  tabEntries: push('tabEntries', 'New entries of a conversation in an open tab.', {
    record: RecordRef,
    conversation: ConversationId,
    entries: Type.Array(Entry, { minItems: 1 }),
    people: Persons,
  }),
  tabCard: push('tabCard', 'A conversation came into an open tab or has to be replaced there.', {
    record: RecordRef,
    card: Card,
    people: Persons,
  }),
  tabErased: push('tabErased', 'As `erased`, in an open tab.', {
    record: RecordRef,
    conversation: ConversationId,
    seqs: Seqs,
  }),
  tabGone: push('tabGone', 'A conversation left an open tab.', { record: RecordRef, conversation: ConversationId }),
  tabRecord: push('tabRecord', 'What the reader sees of an open tab’s record changed (SEE-4, SEE-6).', {
    record: CrmRecord,
  }),
  tabClosed: push('tabClosed', 'The record may no longer be viewed, or is no more (SEE-5, SEE-6).', {
    record: RecordRef,
  }),
  drain: push('drain', 'The server goes down: connect again after a random part of this time.', {
    reconnectWithinMs: uint('Upper bound of the wait.'),
  }),
};

const page = { cards: Type.Array(Card), people: Persons, next: Cursor };
const unavailable = Type.Optional(
  uint('So many of the person’s conversations are damaged, and neither listed nor counted.'),
);

/** The `result` of `ok` for each request. */
export const results = {
  renew: Type.Object({ expiresAt: uint('When the new token ends the session.') }, closed),
  start: Type.Object({ conversation: ConversationId, seq: seq('Of the first message.'), at: uint('When.') }, closed),
  reply: Type.Object({ seq: seq('Of the message.'), at: uint('When.') }, closed),
  read: Type.Object({ readUpTo: seq('New mark.') }, closed),
  readAll: Type.Object({ conversations: uint('How many were marked.') }, closed),
  invite: Type.Object({ seqs: Type.Array(seq('Notice of each invitee, in order.')) }, closed),
  leave: Type.Object({ seq: seq('Of the notice.') }, closed),
  delete: Type.Object({ deletedUpTo: seq('New mark.') }, closed),
  setAlerts: Type.Object({}, closed),
  list: Type.Object({ ...page, badge: uint('LIST-6.'), at: Positions, unavailable }, closed),
  get: Type.Object({ card: Card, people: Persons }, closed),
  history: Type.Object({ entries: Type.Array(Entry), people: Persons, more: Type.Boolean() }, closed),
  openTab: Type.Object({ record: CrmRecord, ...page }, closed),
  closeTab: Type.Object({}, closed),
  people: Type.Object({ people: Persons }, closed),
  correspondents: Type.Object({ people: Persons }, closed),
  records: Type.Object({ records: Type.Array(CrmRecord) }, closed),
  alerts: Type.Object({ preferences: AlertPreferences }, closed),
};

export type ClientFrames = { [T in keyof typeof clientFrames]: Static<(typeof clientFrames)[T]> };
export type ClientFrame = ClientFrames[keyof ClientFrames];
export type ServerFrames = { [T in keyof typeof serverFrames]: Static<(typeof serverFrames)[T]> };
export type ServerFrame = ServerFrames[keyof ServerFrames];
export type Results = { [T in keyof typeof results]: Static<(typeof results)[T]> };
export type RequestType = keyof Results;
export const commandTypes = ['start', 'reply', 'read', 'readAll', 'invite', 'leave', 'delete', 'setAlerts'] as const;
export type CommandType = (typeof commandTypes)[number];
export type CommandFrame = ClientFrames[CommandType];
export type Person = Static<typeof Person>;
export type Entry = Static<typeof Entry>;
export type About = Static<typeof About>;
export type Card = Static<typeof Card>;
export type CrmRecord = Static<typeof CrmRecord>;
export type AlertPreferences = Static<typeof AlertPreferences>;
export type ListCursor = Static<typeof ListCursor>;
export type Resume = Static<typeof Resume>;
