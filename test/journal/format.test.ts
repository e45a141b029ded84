/**
 * The bytes of everything that is stored, field by field. A value written once must stay readable: where one of these
 * fails, the shape has changed and needs a version of its own beside the old one.
 */
import { describe, expect, it } from 'vitest';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import type { ConversationState, Member } from '../../src/conversation/state.ts';
import type { MailRecord, OutboxRow } from '../../src/journal/archive.ts';
import type { ArchivedEvent, JournalEntry } from '../../src/journal/entry.ts';
import { chain, formats, noHash, type Place, pack, seal, unseal } from '../../src/journal/format.ts';
import * as archive from '../../src/journal/format-archive.ts';
import { decodeBlock, encodeBlock, runningHash } from '../../src/journal/format-block.ts';
import type { KeyedCommand } from '../../src/journal/format-command.ts';
import * as commands from '../../src/journal/format-command.ts';
import { decodeFrame, decodePartition, encodeFrame, encodePartition } from '../../src/journal/format-entry.ts';
import { decodeEvent, encodeEvent } from '../../src/journal/format-event.ts';
import { Damaged, Incompatible } from '../../src/journal/journal.ts';
import * as keys from '../../src/journal/keys.ts';
import { randomHistory } from './random-history.ts';

type Labelled = readonly (readonly [label: string, hex: string])[];
const hexOf = (...parts: Labelled[]) => parts.flatMap((part) => part.map(([, hex]) => hex)).join('');
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const place = (key: Uint8Array): Place => ({ store: 'test', key });

const conversation = 'AAECAwQFBgcICQoLDA0ODw';
const conversationHex = '000102030405060708090a0b0c0d0e0f';
const conversationBytes = Buffer.from(conversationHex, 'hex');
const cyHex = '3d30f595070e858a9573e432377bea27';
const at = 1_700_000_000_000_001;
const atField = ['at, float64', 'cb4318289060790004'] as const;
const position = ['position 70000', 'ce00011170'] as const;

describe('keys', () => {
  it('are fixed layouts in big-endian order, with ids of people, records and commands hashed', () => {
    expect(hex(keys.frameKey(2, 1))).toBe(
      hexOf([
        ['partition', '0002'],
        ['first position', '0000000000000001'],
      ]),
    );
    expect(hex(keys.partitionKey(2))).toBe('0002');
    expect(hex(keys.numberPrefix(300))).toBe('ffffffff0000012c');
    expect(hex(keys.eventKey(keys.numberPrefix(300), 2))).toBe('ffffffff0000012c00000002');
    expect(hex(keys.eventKey(conversationBytes, 300))).toBe(`${conversationHex}0000012c`);
    expect(hex(keys.memberKey('cy', conversationBytes))).toBe(`${cyHex}${conversationHex}`);
    expect(hex(keys.recordKey({ kind: 'company', id: 'acme' }, conversationBytes))).toBe(
      hexOf([
        ['kind', '01'],
        ['id', '822b33ad87c148a0a20a5ba7cd5ebcaa'],
        ['conversation', conversationHex],
      ]),
    );
    expect(hex(keys.commandKey('cy', 'c1'))).toBe('20761bd11cc698919c9c81db68795312');
  });

  it('ids of conversations are 16 bytes in one spelling', () => {
    expect(hex(keys.conversationKey(conversation) as Buffer)).toBe(conversationHex);
    expect(keys.conversationOf(conversationBytes)).toBe(conversation);
    for (const other of ['', 'AAECAwQFBgcICQoLDA0ODx', 'AAECAwQFBgcICQoLDA0OD', `${conversation}A`, 'ä'.repeat(22)]) {
      expect(keys.conversationKey(other)).toBeNull();
    }
  });

  it('the end of a prefix is above all that begin with it', () => {
    expect(hex(keys.after(Buffer.from([1, 2])))).toBe('0103');
    expect(hex(keys.after(Buffer.from([1, 255])))).toBe('02');
    expect(hex(keys.after(Buffer.from([255, 255])))).toBe('ffffff');
  });
});

describe('the seal', () => {
  const key = Buffer.from('key');
  const sealed = seal(formats.command, key, pack(['x', 1]));

  it('is format byte, checksum, payload', () => {
    const fields: Labelled = [
      ['format: command, version 1', '51'],
      ['CRC32C of format byte, key, payload', '79991b6e'],
      ['payload', '92a17801'],
    ];
    expect(hex(sealed)).toBe(hexOf(fields));
    expect(hex(unseal(formats.command, place(key), sealed))).toBe('92a17801');
  });

  it('a flipped bit anywhere, another key or another kind is Damaged', () => {
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const flipped = Buffer.from(sealed);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => unseal(formats.command, place(key), flipped), `bit ${bit}`).toThrow(Damaged);
    }
    expect(() => unseal(formats.command, place(Buffer.from('kez')), sealed)).toThrow(Damaged);
    expect(() => unseal(formats.event, place(key), sealed)).toThrow(/another kind/);
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => unseal(formats.command, place(key), sealed.subarray(0, length))).toThrow(Damaged);
    }
  });

  it('a newer version of a kind, its checksum right, is Incompatible', () => {
    // The sealing code sets the lowest bit: version 3, from the bits of version 2.
    const newer = seal((formats.command | 2) as typeof formats.command, key, pack(['x', 1]));
    expect(newer[0]).toBe(0x53);
    expect(() => unseal(formats.command, place(key), newer)).toThrow(Incompatible);
  });

  it('errors name store and key, and no bytes of the value', () => {
    const broken = Buffer.from(sealed);
    broken[6] = 0;
    expect(() => unseal(formats.command, place(key), broken)).toThrow('test 6b6579: checksum differs');
  });
});

describe('events', () => {
  const head = (code: string, v: string, by: string): Labelled => [
    position,
    ['code', code],
    ['v', v],
    atField,
    ['by', by],
  ];
  const [ann, bob, cy] = ['a3616e6e', 'a3626f62', 'a26379'];
  const about = { kind: 'company', id: 'acme' } as const;
  const started = { v: 1, seq: 1, at, by: 'ann', conversation, text: 'Hi 🙂', people: ['bob'], about } as const;
  const samples: [ConversationEvent, Labelled][] = [
    [
      { type: 'started', ...started, private: true },
      [
        ['array of 10', '9a'],
        ...head('00', '01', ann),
        ['seq', '01'],
        ['text', 'a7486920f09f9982'],
        ['people', `91${bob}`],
        ['about: kind, id', '9201a461636d65'],
        ['private', 'c3'],
      ],
    ],
    [
      { type: 'replied', v: 2, seq: 2, at, by: 'bob', text: 'yes' },
      [['array of 7', '97'], ...head('01', '02', bob), ['seq', '02'], ['text', 'a3796573']],
    ],
    [
      { type: 'joined', v: 3, seq: 3, at, by: 'bob', who: 'cy' },
      [['array of 7', '97'], ...head('02', '03', bob), ['seq', '03'], ['who', cy]],
    ],
    [{ type: 'left', v: 4, seq: 4, at, by: 'cy' }, [['array of 6', '96'], ...head('03', '04', cy), ['seq', '04']]],
    [{ type: 'read', v: 5, at, by: 'ann', upTo: 2 }, [['array of 6', '96'], ...head('04', '05', ann), ['upTo', '02']]],
    [
      { type: 'deleted', v: 6, at, by: 'bob', upTo: 300 },
      [['array of 6', '96'], ...head('05', '06', bob), ['upTo', 'cd012c']],
    ],
    [
      { type: 'replied', v: 7, seq: 5, at, by: 'bob', text: null },
      [['array of 7', '97'], ...head('01', '07', bob), ['seq', '05'], ['text: erased', 'c0']],
    ],
    [
      { type: 'erased', v: 8, at, by: '', seqs: [1, 300] },
      [['array of 6', '96'], ...head('06', '08', 'a0'), ['seqs', '9201cd012c']],
    ],
  ];
  const key = keys.eventKey(conversationBytes, 1);

  for (const [event, fields] of samples) {
    it(`${event.type}: running hash, then position and members`, () => {
      const previous = new Uint8Array(8).fill(5);
      const { value, hash } = encodeEvent(key, previous, { position: 70_000, event });
      const members = Buffer.from(hexOf(fields), 'hex');
      expect(hex(value.subarray(5))).toBe(hex(hash) + hexOf(fields));
      expect(hash).toEqual(chain(previous, members));
      expect(decodeEvent(place(key), conversation, value)).toEqual({ archived: { position: 70_000, event }, hash });
    });
  }

  it('the whole record of a first message', () => {
    const event = { type: 'started', ...started, private: true } as const;
    const { value } = encodeEvent(key, noHash, { position: 70_000, event });
    const record: Labelled = [
      ['format: event, version 1', '31'],
      ['CRC32C', '4b092f1c'],
      ['head of SHA-256 of eight zeros and what follows', '675426e60dc0f020'],
    ];
    expect(hex(value)).toBe(hexOf(record, samples[0]?.[1] ?? []));
  });

  it('members that mean nothing are Damaged, with the checksum right', () => {
    const forged: unknown[] = [
      7,
      {},
      [],
      [1, 9, 1, 1, 'ann', 1],
      [1, 3, 1, 1, 'ann', -1],
      [1, 3, 1, 1, 'ann', 1.5],
      [1, 3, 1, 1, 'ann', '1'],
      [1, 3, 1, 1, 5, 1],
      [1, 3, 1, 1, 'ann'],
      [1, 3, 1, 1, 'ann', 1, 1],
      [1, 0, 1, 1, 'ann', 1, 'x', 'bob', null, true],
      [1, 0, 1, 1, 'ann', 1, 'x', ['bob'], [4, 'r'], true],
      [1, 0, 1, 1, 'ann', 1, 'x', ['bob'], null, 1],
    ];
    for (const members of forged) {
      const value = seal(formats.event, key, Buffer.concat([noHash, pack(members)]));
      expect(() => decodeEvent(place(key), conversation, value), JSON.stringify(members)).toThrow(Damaged);
    }
    const notMessagePack = seal(formats.event, key, Buffer.concat([noHash, Buffer.from('c1', 'hex')]));
    expect(() => decodeEvent(place(key), conversation, notMessagePack)).toThrow(Damaged);
  });
});

describe('blocks of events', () => {
  const about = { kind: 'company', id: 'acme' } as const;
  const started = {
    type: 'started',
    v: 1,
    seq: 1,
    at,
    by: 'ann',
    conversation,
    text: 'Hi 🙂',
    people: ['bob'],
    about,
  } as const;
  const entries: ArchivedEvent[] = [
    { position: 70_000, event: { ...started, private: true } },
    { position: 70_001, event: { type: 'replied', v: 2, seq: 2, at: at + 5, by: 'bob', text: 'yes' } },
    { position: 70_010, event: { type: 'joined', v: 4, seq: 3, at: at + 7, by: 'bob', who: 'cy' } },
    { position: 70_010, event: { type: 'left', v: 5, seq: 4, at: at + 8, by: 'cy' } },
  ];
  const marks: ArchivedEvent[] = [
    { position: 70_002, event: { type: 'read', v: 3, at: at + 6, by: 'ann', upTo: 2 } },
    { position: 70_020, event: { type: 'deleted', v: 6, at: at + 9, by: 'bob', upTo: 300 } },
  ];
  const hash = new Uint8Array(8).fill(9);

  it('of the timeline: people once, everything else as a distance, and seqs from the key', () => {
    const key = keys.eventKey(keys.numberPrefix(5), 1);
    const value = encodeBlock(key, { events: entries, hash });
    const fields: Labelled = [
      ['format: event, version 2', '32'],
      ['CRC32C', 'e6aa96c5'],
      ['running hash', '09'.repeat(8)],
      ['array of 30', 'dc001e'],
      ['people', '93a3616e6ea3626f62a26379'],
      position,
      atField,
      ['v', '01'],
      ['started: v, at, by, position', '0000000000'],
      ['text', 'a7486920f09f9982'],
      ['people', '9101'],
      ['about: kind, id', '9201a461636d65'],
      ['private', 'c3'],
      ['replied: v, at, by, position', '0101050101'],
      ['text', 'a3796573'],
      ['joined: v, at, by, position', '0202020109'],
      ['who', '02'],
      ['left: v, at, by, position', '0301010200'],
    ];
    expect(hex(value)).toBe(hexOf(fields));
    expect(decodeBlock(place(key), conversation, value)).toEqual({ events: entries, hash });
  });

  it('of marks', () => {
    const key = keys.eventKey(keys.numberPrefix(5), 3);
    const value = encodeBlock(key, { events: marks, hash });
    const fields: Labelled = [
      ['format: event, version 2', '32'],
      ['CRC32C', 'daf0d589'],
      ['running hash', '09'.repeat(8)],
      ['array of 16', 'dc0010'],
      ['people', '92a3616e6ea3626f62'],
      ['position', 'ce00011172'],
      ['at, float64', 'cb431828906079001c'],
      ['v', '03'],
      ['read: v, at, by, position, up to', '040000000002'],
      ['deleted: v, at, by, position, up to', '0503030112cd012c'],
    ];
    expect(hex(value)).toBe(hexOf(fields));
    expect(decodeBlock(place(key), conversation, value)).toEqual({ events: marks, hash });
  });

  it('the running hash goes over everything but texts', () => {
    const [first, second] = entries as [ArchivedEvent, ArchivedEvent];
    const erased = { ...second, event: { ...second.event, text: null } as ArchivedEvent['event'] };
    expect(runningHash(hash, erased)).toEqual(runningHash(hash, second));
    expect(hex(runningHash(hash, second))).toBe(
      hex(chain(hash, Buffer.from('97ce000111710102cb4318289060790018a3626f6202a0', 'hex'))),
    );
    for (const other of [
      { ...second, position: 70_002 },
      { ...second, event: { ...second.event, by: 'cy' } },
      { ...second, event: { ...second.event, at: at + 4 } },
      first,
    ]) {
      expect(runningHash(hash, other)).not.toEqual(runningHash(hash, second));
    }
  });

  it('members that mean nothing are Damaged, with the checksum right', () => {
    const key = keys.eventKey(keys.numberPrefix(5), 1);
    const head = [['ann'], 1, 1, 1];
    const forged: unknown[] = [
      7,
      [],
      head,
      [...head, 9, 0, 0, 0, 0],
      [...head, 3, 0, 0, 1, 0],
      [...head, 3, 0, -1, 0, 0],
      [...head, 3, 0, 0, 0],
      [...head, 1, 0, 0, 0, 0],
      [...head, 1, 0, 0, 0, 0, 'x', 3],
      [...head, 2, 0, 0, 0, 0, 'ann'],
      [...head, 0, 0, 0, 0, 0, 'x', [1], null, true],
    ];
    for (const members of forged) {
      const value = seal(formats.event, key, Buffer.concat([hash, pack(members)]), 2);
      expect(() => decodeBlock(place(key), conversation, value), JSON.stringify(members)).toThrow(Damaged);
    }
    const short = seal(formats.event, key, hash, 2);
    expect(() => decodeBlock(place(key), conversation, short)).toThrow(/cut short/);
  });
});

describe('journal', () => {
  const boxes = {
    email: { conversations: true, messages: false },
    popup: { conversations: false, messages: true },
  };
  const bodyHash = (byte: number) => new Uint8Array(16).fill(byte);
  const entries: JournalEntry[] = [
    {
      position: 1,
      at,
      conversation,
      events: [{ type: 'left', v: 4, seq: 4, at, by: 'cy' }],
      preferences: null,
      command: { person: 'cy', id: 'c1', bodyHash: bodyHash(7), answer: { ok: { seq: 4 } } },
    },
    { position: 2, at: at + 1, conversation: null, events: [], preferences: { person: 'cy', boxes }, command: null },
    {
      position: 3,
      at: at + 2,
      conversation,
      events: [],
      preferences: null,
      command: { person: 'ann', id: 'c2', bodyHash: bodyHash(8), answer: { refused: 'leave-starter' } },
    },
  ];

  it('a frame', () => {
    const frame = { partition: 2, first: 1, epoch: 3, previous: noHash, entries };
    const { key, value, hash } = encodeFrame(frame);
    const head: Labelled = [
      ['format: frame, version 1', '11'],
      ['CRC32C', 'd22c67ab'],
      ['array of 4', '94'],
      ['first position', '01'],
      ['epoch', '03'],
      ['hash of the frame before', 'c4080000000000000000'],
      ['3 entries', '93'],
    ];
    const left: Labelled = [
      ['array of 6', '96'],
      ['position', '01'],
      atField,
      ['conversation', `c410${conversationHex}`],
      ['1 event', '91'],
      ['code, v', '950304'],
      atField,
      ['by', 'a26379'],
      ['seq', '04'],
      ['no preferences', 'c0'],
      ['command: person, id', '94a26379a26331'],
      ['hash of its body', `c410${'07'.repeat(16)}`],
      ['answer: seq 4', '81a373657104'],
    ];
    const alerts: Labelled = [
      ['array of 6', '96'],
      ['position', '02'],
      ['at', 'cb4318289060790008'],
      ['no conversation, no events', 'c090'],
      ['preferences: person, boxes as bits', '92a2637909'],
      ['no command', 'c0'],
    ];
    const refused: Labelled = [
      ['array of 6', '96'],
      ['position', '03'],
      ['at', 'cb431828906079000c'],
      ['conversation', `c410${conversationHex}`],
      ['no events, no preferences', '90c0'],
      ['command: person, id', '94a3616e6ea26332'],
      ['hash of its body', `c410${'08'.repeat(16)}`],
      ['refused: leave-starter', 'ad6c656176652d73746172746572'],
    ];
    expect(hex(value)).toBe(hexOf(head, left, alerts, refused));
    expect(hex(hash)).toBe('329e2cceefa88721');
    expect(decodeFrame(place(key), 2, value)).toEqual({ ...frame, hash });
  });

  it('what a partition remembers of itself', () => {
    const record = { epoch: 3, held: true, checkpoint: 70_000, base: { position: 69_990, hash: bodyHash(9).slice(8) } };
    const value = encodePartition(2, record);
    expect(hex(value)).toBe(
      hexOf([
        ['format: partition, version 1', '21'],
        ['CRC32C', '947c3059'],
        ['array of 5', '95'],
        ['epoch', '03'],
        ['held', 'c3'],
        ['checkpoint', 'ce00011170'],
        ['base: position', 'ce00011166'],
        ['base: hash', `c408${'09'.repeat(8)}`],
      ]),
    );
    expect(decodePartition(place(keys.partitionKey(2)), value)).toEqual(record);
  });

  it('random entries come back as they were', () => {
    for (const seed of [1, 2, 3]) {
      const random = randomHistory(seed, { entries: 200 }).map(({ entry }) => entry);
      const { key, value } = encodeFrame({ partition: 0, first: 1, epoch: 1, previous: noHash, entries: random });
      expect(decodeFrame(place(key), 0, value).entries, `seed ${seed}`).toEqual(random);
    }
  });

  it('entries with a gap, without entries, of an unknown refusal are Damaged', () => {
    const frame = { partition: 0, first: 1, epoch: 1, previous: noHash };
    const [first, second, third] = entries as [JournalEntry, JournalEntry, JournalEntry];
    const unknown = { refused: 'no-such-rule' } as never;
    const refused = {
      ...third,
      position: 1,
      command: { person: 'a', id: 'b', bodyHash: bodyHash(1), answer: unknown },
    };
    for (const broken of [[first, third], [second], [], [refused]]) {
      const { key, value } = encodeFrame({ ...frame, entries: broken });
      expect(() => decodeFrame(place(key), 0, value)).toThrow(Damaged);
    }
  });
});

describe('archive', () => {
  const hash = new Uint8Array(8).fill(9);

  it('a state', () => {
    const common = { joinedAt: at, deletedUpTo: 0, copy: true, lastSeen: null };
    const ann: Member = { ...common, stints: [{ from: 1, to: null }], readUpTo: 1 };
    const stints = [
      { from: 1, to: 4 },
      { from: 6, to: null },
    ];
    const cy: Member = { ...common, stints, readUpTo: 2, deletedUpTo: 1, copy: false, lastSeen: { seq: 2, at } };
    const state: ConversationState = {
      id: conversation,
      starter: 'ann',
      about: { kind: 'company', id: 'acme' },
      private: true,
      v: 9,
      head: 300,
      lastMessage: { seq: 299, at },
      members: new Map([
        ['ann', ann],
        ['cy', cy],
      ]),
      current: 2,
      hidden: 1,
      notices: [4, 6, 300],
    };
    const record = { stored: { state, position: 70_000 }, partition: 2, hash };
    const prefix = keys.numberPrefix(5);
    const value = archive.encodeState(prefix, record);
    const head: Labelled = [
      ['format: state, version 2', '42'],
      ['CRC32C', '780f0100'],
      ['id', conversationHex],
      ['array of 13', '9d'],
      ['partition', '02'],
      position,
      ['running hash', `c408${'09'.repeat(8)}`],
      ['about: kind, id', '9201a461636d65'],
      ['private', 'c3'],
      ['v', '09'],
      ['head', 'cd012c'],
      ['earliest time', 'cb4318289060790004'],
      ['last message: seq, time behind the earliest', 'cd012b00'],
    ];
    const members: Labelled = [
      ['2 members of 7', '9e'],
      ['person', 'a3616e6e'],
      ['stints', '9201c0'],
      ['joined behind the earliest', '00'],
      ['read up to, deleted up to, copy, last seen', '0100c3c0'],
      ['person', 'a26379'],
      ['stints', '94010406c0'],
      ['joined behind the earliest', '00'],
      ['read up to, deleted up to, copy', '0201c2'],
      ['last seen: seq, time behind the earliest', '920200'],
    ];
    const rest: Labelled = [
      ['starter, the first member', '00'],
      ['notices, each less the one before', '930402cd0126'],
    ];
    expect(hex(value)).toBe(hexOf(head, members, rest));
    expect(archive.decodeState(place(prefix), value)).toEqual(record);
    expect(archive.idInState(place(prefix), value)).toBe(conversation);

    const first: Labelled = [
      ['format: state, version 1', '41'],
      ['CRC32C', 'fad9c990'],
      ['array of 11', '9b'],
      ['partition', '02'],
      position,
      ['running hash', `c408${'09'.repeat(8)}`],
      ['starter', 'a3616e6e'],
      ['about: kind, id', '9201a461636d65'],
      ['private', 'c3'],
      ['v', '09'],
      ['head', 'cd012c'],
      ['last message: seq, at', '92cd012bcb4318289060790004'],
    ];
    const firstMembers: Labelled = [
      ['2 members of 7', '9297'],
      ['person', 'a3616e6e'],
      ['stints', '9201c0'],
      ['joined at', 'cb4318289060790004'],
      ['read up to, deleted up to, copy, last seen', '0100c3c0'],
      ['array of 7', '97'],
      ['person', 'a26379'],
      ['stints', '94010406c0'],
      ['joined at', 'cb4318289060790004'],
      ['read up to, deleted up to, copy', '0201c2'],
      ['last seen: seq, at', '9202cb4318289060790004'],
      ['notices, each less the one before', '930402cd0126'],
    ];
    const firstValue = Buffer.from(hexOf(first, firstMembers), 'hex');
    expect(archive.decodeState(place(conversationBytes), firstValue)).toEqual(record);
    expect(archive.idInState(place(conversationBytes), firstValue)).toBe(conversation);
  });

  it('the number of a conversation, under its id', () => {
    const value = archive.encodeNumber(conversationBytes, 70_000);
    const fields: Labelled = [
      ['format: index, version 2', '82'],
      ['CRC32C', '555f6956'],
      ['array of 1', '91'],
      ['number', 'ce00011170'],
    ];
    expect(hex(value)).toBe(hexOf(fields));
    expect(archive.decodeNumber(place(conversationBytes), value)).toBe(70_000);
    expect(archive.isNumber(value)).toBe(true);
    expect(archive.isNumber(archive.encodeIndex(conversationBytes))).toBe(false);
  });

  it('the memory of a command', () => {
    const key = keys.commandKey('cy', 'c1');
    const bodyHash = new Uint8Array(16).fill(7);
    const record = { bodyHash, answer: { ok: { seq: 4 } }, at, partition: 2, position: 70_000 };
    const value = commands.encodeCommand(key, record);
    expect(hex(value)).toBe(
      hexOf([
        ['format: command, version 1', '51'],
        ['CRC32C', 'e32eb912'],
        ['array of 5', '95'],
        ['hash of its body', `c410${'07'.repeat(16)}`],
        ['answer', '81a373657104'],
        atField,
        ['partition', '02'],
        position,
      ]),
    );
    expect(commands.decodeCommand(place(key), value)).toEqual(record);
  });

  it('a row of the log of commands', () => {
    const key = keys.logKey(300);
    const [bodyHash, other] = [new Uint8Array(16).fill(7), new Uint8Array(16).fill(8)];
    const head = { at, partition: 2, position: 70_000 };
    const started = { ok: { conversation, seq: 1, at: at + 5 } };
    const answers: KeyedCommand['record'][] = [
      { ...head, bodyHash, answer: { ok: { seq: 4, at } } },
      { ...head, bodyHash: other, position: 70_001, at: at + 5, answer: started },
      { ...head, bodyHash, position: 70_002, answer: { refused: 'leave-starter' } },
      { ...head, bodyHash, position: 70_003, answer: { ok: { seqs: [4, 5] } } },
      { ...head, bodyHash, position: 70_004, answer: { ok: { seq: 4 } } },
    ];
    const rows = answers.map((record, nth) => ({ key: new Uint8Array(16).fill(nth + 1), record }));
    const value = commands.encodeLogRow(key, rows);
    const fields: Labelled = [
      ['format: command, version 2', '52'],
      ['CRC32C', '264edc97'],
      ['commands', '0005'],
      ['key and hash of the body', '01'.repeat(16) + '07'.repeat(16)],
      ['key and hash of the body', '02'.repeat(16) + '08'.repeat(16)],
      ['key and hash of the body', '03'.repeat(16) + '07'.repeat(16)],
      ['key and hash of the body', '04'.repeat(16) + '07'.repeat(16)],
      ['key and hash of the body', '05'.repeat(16) + '07'.repeat(16)],
      ['array of 22', 'dc0016'],
      ['least time', 'cb4318289060790004'],
      ['least position', 'ce00011170'],
      ['partition, time, position', '020000'],
      ['answer: seq', '04'],
      ['partition, time, position', '020501'],
      ['answer: seq, conversation', `9201c410${conversationHex}`],
      ['partition, time, position', '020002'],
      ['answer: refusal', 'ad6c656176652d73746172746572'],
      ['partition, time, position', '020003'],
      ['answer: seqs', '81a473657173920405'],
      ['partition, time, position', '020004'],
      ['answer: seq without its time', '81a373657104'],
    ];
    expect(hex(keys.logKey(300))).toBe('ffffffff0000012c');
    expect(hex(value)).toBe(hexOf(fields));
    expect(commands.decodeLogRow(place(key), value)).toEqual(rows);
    for (const payload of ['', '0001', `0001${'01'.repeat(32)}`, `0000${'80'}`, `0001${'01'.repeat(32)}920000`]) {
      const forged = seal(formats.command, key, Buffer.from(payload, 'hex'), 2);
      expect(() => commands.decodeLogRow(place(key), forged), payload).toThrow(Damaged);
    }
  });

  it('a bucket of the index of commands', () => {
    const bits = keys.firstBits(Buffer.from('abcdef01ff', 'hex'));
    expect(bits).toBe(0xabcdef01);
    expect(hex(keys.bucketKey(0, bits))).toBe('fffffffe0000000000');
    expect(hex(keys.bucketKey(5, bits))).toBe('fffffffe05a8000000');
    expect(hex(keys.bucketKey(32, bits))).toBe('fffffffe20abcdef01');
    const key = keys.bucketKey(5, bits);
    const entries = [
      { bits, row: 70_000 },
      { bits: 0xa8000000, row: 1 },
    ];
    const value = commands.encodeBucket(key, entries);
    const fields: Labelled = [
      ['format: index, version 3', '83'],
      ['CRC32C', '02a4ed61'],
      ['bits, row', 'abcdef0100011170'],
      ['bits, row', 'a800000000000001'],
    ];
    expect(hex(value)).toBe(hexOf(fields));
    expect(commands.decodeBucket(place(key), value)).toEqual(entries);
    const short = seal(formats.index, key, Buffer.from('abcdef01000111', 'hex'), 3);
    expect(() => commands.decodeBucket(place(key), short)).toThrow(Damaged);
  });

  it('preferences', () => {
    const key = keys.hashOf('cy');
    for (let bits = 0; bits < 16; bits += 1) {
      const boxes = {
        email: { conversations: (bits & 1) > 0, messages: (bits & 2) > 0 },
        popup: { conversations: (bits & 4) > 0, messages: (bits & 8) > 0 },
      };
      const value = archive.encodePreferences(key, 'cy', boxes);
      expect(hex(value.subarray(5))).toBe(`92a263790${bits.toString(16)}`);
      expect(value[0]).toBe(0x61);
      expect(archive.decodePreferences(place(key), value)).toEqual({ person: 'cy', boxes });
    }
  });

  it('what became of e-mails', () => {
    const key = keys.memberKey('cy', conversationBytes);
    const boxes = { conversations: true, messages: false };
    const sent: MailRecord = { from: 1, to: 300, kind: 'message', at, v: 7, outcome: 'sent', code: null, boxes };
    const refused: MailRecord = { ...sent, kind: 'conversation', outcome: 'refused', code: '550' };
    const value = archive.encodeMails(key, [sent, refused]);
    expect(hex(value)).toBe(
      hexOf([
        ['format: mails, version 1', 'c1'],
        ['CRC32C', '3d0da9b3'],
        ['array of an array of 2', '9192'],
        ['array of 9, from, to, kind', '9901cd012c01'],
        atField,
        ['v, outcome, no code, boxes', '0700c0c3c2'],
        ['array of 9, from, to, kind', '9901cd012c00'],
        atField,
        ['v, outcome, code, boxes', '0705a3353530c3c2'],
      ]),
    );
    expect(archive.decodeMails(place(key), value)).toEqual([sent, refused]);
  });

  it('a row of the outbox, and an index entry', () => {
    const key = keys.memberKey('cy', conversationBytes);
    const row: OutboxRow = { person: 'cy', conversation, from: 1, to: 300, kind: 'message', dueAt: at };
    const value = archive.encodeOutbox(key, row);
    expect(hex(value)).toBe(
      hexOf([
        ['format: outbox, version 1', '71'],
        ['CRC32C', 'dbb489b6'],
        ['array of 5', '95'],
        ['person', 'a26379'],
        ['from', '01'],
        ['to', 'cd012c'],
        ['kind', '01'],
        ['due at', 'cb4318289060790004'],
      ]),
    );
    expect(archive.decodeOutbox(place(key), value)).toEqual(row);
    expect(hex(archive.encodeIndex(key))).toBe('8176747ec9');
    expect(() => archive.checkIndex(place(key), seal(formats.index, key, Buffer.from([1])))).toThrow(Damaged);
  });
});
