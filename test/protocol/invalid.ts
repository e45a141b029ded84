/** Bytes that are no frame, each with the answer they get: the invalid vectors. */
import { limits } from '../../src/limits.ts';
import type { ErrorName } from '../../src/wire/errors.ts';
import { array, concat, map, type Piece, piece, raw } from './bytes.ts';

export interface Invalid {
  readonly name: string;
  readonly why: string;
  readonly bytes: Uint8Array;
  readonly error: ErrorName;
  readonly id?: string;
  readonly field?: string;
}

const conversation = 'q83vEjRWeJASNFZ4kKvN7w';
const read = (upTo: Piece) => map(['t', 'read'], ['id', 'c1'], ['conversation', conversation], ['upTo', upTo]);
const reply = (text: Piece) => map(['t', 'reply'], ['id', 'c1'], ['conversation', conversation], ['text', text]);
const ping = map(['t', 'ping']);
/** `depth` arrays, each the only element of the one before. */
const nested = (depth: number) => concat(new Uint8Array(depth - 1).fill(0x91), raw('90'));

const malformed = (name: string, why: string, bytes: Uint8Array, id?: string): Invalid => ({
  name: `malformed-${name}`,
  why,
  bytes,
  error: 'frame-malformed',
  ...(id === undefined ? {} : { id }),
});
const unknown = (name: string, why: string, bytes: Uint8Array, id?: string): Invalid => ({
  name: `unknown-${name}`,
  why,
  bytes,
  error: 'frame-unknown',
  ...(id === undefined ? {} : { id }),
});
const invalid = (name: string, why: string, field: string, bytes: Uint8Array, id: string | null = 'c1'): Invalid => ({
  name: `invalid-${name}`,
  why,
  bytes,
  error: 'frame-invalid',
  ...(id === null ? {} : { id }),
  field,
});

const structure: readonly Invalid[] = [
  malformed('empty', 'no bytes at all', raw('')),
  malformed('nil', 'a value, but no map', raw('c0')),
  malformed('string', 'a value, but no map', piece('ping')),
  malformed('array', 'an array instead of a map', array('ping')),
  malformed('two-values', 'a whole frame with another one behind it', concat(ping, ping)),
  malformed('trailing-byte', 'a whole frame with one byte behind it', concat(ping, raw('c0'))),
  malformed('truncated-map', 'a map of two whose second pair is missing', raw('82 a174 a470696e67')),
  malformed('truncated-value', 'a key without its value', raw('81 a174')),
  malformed('truncated-string', 'a string of 4 with 3 bytes left', raw('81 a174 a470696e')),
  malformed('truncated-number', 'a float 64 with 7 bytes left', concat(read(raw('')), raw('cb 00000000000000')), 'c1'),
  malformed('string-length', 'a string that claims 4 GiB', raw('81 a174 db ffffffff 70')),
  malformed('array-length', 'an array that claims 4,294,967,295 elements', raw('81 a174 dd ffffffff')),
  malformed('map-length', 'a map that claims 4,294,967,295 pairs', raw('df ffffffff a174')),
  malformed('never-used', 'the byte c1', raw('81 a174 c1')),
  malformed('bin', 'a binary value', reply(raw('c4 02 6869')), 'c1'),
  malformed('ext-undefined', 'extension type 0, which some encoders write for undefined', reply(raw('d4 00 00')), 'c1'),
  malformed('ext-timestamp', 'extension type -1', read(raw('d6 ff 00000001')), 'c1'),
  malformed('ext-record', 'extension type 0x72, records of msgpackr', reply(raw('d4 72 40 91 a161 01')), 'c1'),
  malformed('ext8', 'an extension of 8-bit length', reply(raw('c7 01 05 00')), 'c1'),
  malformed('key-integer', 'a key that is a number', map(['t', 'ping'], [1, 1])),
  malformed('key-nil', 'a key that is nil', map(['t', 'ping'], [raw('c0'), 1])),
  malformed('key-array', 'a key that is an array', map(['t', 'ping'], [array(), 1])),
  malformed('key-twice', 'a key twice in one map', map(['t', 'ping'], ['t', 'ping'])),
  malformed(
    'key-twice-nested',
    'a key twice in a map inside',
    map(['t', 'x'], ['record', map(['id', 'a'], ['id', 'b'])]),
  ),
  malformed(
    'key-twice-long',
    'the second time in a longer encoding',
    concat(raw('82'), piece('t'), piece('ping'), raw('d901 74'), piece('ping')),
  ),
  malformed('key-proto', 'the key __proto__', map(['t', 'ping'], ['__proto__', map()])),
  malformed('key-proto-nested', 'the key __proto__ further in', map(['t', 'x'], ['record', map(['__proto__', map()])])),
  malformed('id-before-fault', 'the id can be read before the fault', map(['id', 'c1'], ['t', raw('c1')]), 'c1'),
  malformed('id-unreadable', 'an id that is none is not repeated', map(['id', 'c 1'], ['t', raw('c1')])),
  malformed(
    'keys',
    `a map of ${limits.frameMapKeysMax + 1} keys`,
    map(...Array.from({ length: limits.frameMapKeysMax + 1 }, (_, i) => [`k${i}`, 0] as const)),
  ),
  malformed(
    'depth',
    `containers ${limits.frameMaxDepth + 1} deep`,
    map(['t', 'ping'], ['x', nested(limits.frameMaxDepth)]),
  ),
  malformed('depth-bomb', '16 KiB of array heads', map(['t', 'ping'], ['x', nested(16_384)])),
  malformed(
    'depth-bomb-maps',
    '16 KiB of map heads',
    concat(raw('81 a178'), concat(...Array.from({ length: 5_461 }, () => raw('81 a178'))), raw('80')),
  ),
  malformed(
    'elements',
    `more than ${limits.frameMaxElements} elements`,
    map(['t', 'ping'], ['x', array(...Array<Piece>(limits.frameMaxElements).fill(0))]),
  ),
];

const utf8: readonly Invalid[] = [
  malformed('utf8-byte', 'a string with the byte ff', reply(raw('a3 61 ff 62')), 'c1'),
  malformed('utf8-continuation', 'a string that begins with a continuation byte', reply(raw('a2 80 61')), 'c1'),
  malformed('utf8-overlong', 'U+0000 in two bytes', reply(raw('a2 c0 80')), 'c1'),
  malformed('utf8-overlong-slash', 'a slash in three bytes', reply(raw('a3 e0 80 af')), 'c1'),
  malformed('utf8-surrogate', 'the lone surrogate U+D800', reply(raw('a3 ed a0 80')), 'c1'),
  malformed('utf8-surrogate-pair', 'a surrogate pair, three bytes each', reply(raw('a6 ed a0 bd ed b9 82')), 'c1'),
  malformed('utf8-too-high', 'U+110000', reply(raw('a4 f4 90 80 80')), 'c1'),
  malformed('utf8-cut', 'a character cut off by the end of its string', reply(raw('a2 e6 97')), 'c1'),
  malformed('utf8-key', 'a key that is no UTF-8', map(['t', 'ping'], [raw('a1 ff'), 1])),
];

const unknowns: readonly Invalid[] = [
  unknown('empty-map', 'a map without a name', map()),
  unknown('no-name', 'a request without a name', map(['id', 'c1']), 'c1'),
  unknown('name', 'a name that no frame has', map(['t', 'shout'], ['id', 'c1']), 'c1'),
  unknown('name-case', 'names are case-sensitive', map(['t', 'Ping'])),
  unknown('name-number', 'a name that is a number', map(['t', 1])),
  unknown('name-inherited', 'a name that only objects of JavaScript have', map(['t', 'constructor'])),
  unknown('server-frame', 'a frame that only servers send', map(['t', 'pong'])),
];

/** A map of three pairs whose last value, a string, fills the frame to one byte above the limit. */
function tooLarge(): Uint8Array {
  const head = concat(raw('83'), map(['t', 'ping'], ['id', 'c1']).subarray(1), piece('x'));
  const length = limits.frameInMaxBytes + 1 - head.length - 5;
  const size = [length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff];
  return concat(head, Uint8Array.of(0xdb, ...size), new Uint8Array(length).fill(0x61));
}
const large: Invalid = {
  name: 'too-large',
  why: `${limits.frameInMaxBytes + 1} bytes`,
  bytes: tooLarge(),
  error: 'frame-too-large',
  id: 'c1',
};

const big64 = raw('cf ffffffffffffffff');
const schema: readonly Invalid[] = [
  invalid('no-id', 'a request without an id', '/id', map(['t', 'alerts']), null),
  invalid('id-empty', 'an empty id', '/id', map(['t', 'alerts'], ['id', '']), null),
  invalid('id-space', 'an id with a space', '/id', map(['t', 'alerts'], ['id', 'a b']), null),
  invalid('id-non-ascii', 'an id that is not ASCII', '/id', map(['t', 'alerts'], ['id', 'é']), null),
  invalid('id-newline', 'an id with a line feed at its end', '/id', map(['t', 'alerts'], ['id', 'a\n']), null),
  invalid(
    'id-long',
    `an id of ${limits.commandIdMaxChars + 1} characters`,
    '/id',
    map(['t', 'alerts'], ['id', 'x'.repeat(limits.commandIdMaxChars + 1)]),
    null,
  ),
  invalid('id-number', 'an id that is a number', '/id', map(['t', 'alerts'], ['id', 7]), null),
  invalid('needless', 'a property that the frame has not', '/loud', map(['t', 'alerts'], ['id', 'c1'], ['loud', true])),
  invalid(
    'needless-escaped',
    'its name escaped as in JSON pointers',
    '/a~1b~0c',
    map(['t', 'ping'], ['a/b~c', true]),
    null,
  ),
  invalid(
    'needless-nested',
    'in a map inside',
    '/record/name',
    map(['t', 'closeTab'], ['id', 'c1'], ['record', map(['kind', 'contact'], ['id', 'x'], ['name', 'y'])]),
  ),
  invalid(
    'missing',
    'a reply without a text',
    '/text',
    map(['t', 'reply'], ['id', 'c1'], ['conversation', conversation]),
  ),
  invalid('text-number', 'a text that is a number', '/text', reply(7)),
  invalid('text-nil', 'a text that is nil', '/text', reply(raw('c0'))),
  invalid(
    'optional-nil',
    'an optional property is left out, never nil',
    '/about',
    map(['t', 'start'], ['id', 'c1'], ['text', 'x'], ['people', array('a')], ['about', raw('c0')]),
  ),
  invalid(
    'conversation-short',
    'a conversation id of 21 characters',
    '/conversation',
    map(['t', 'leave'], ['id', 'c1'], ['conversation', conversation.slice(1)]),
  ),
  invalid(
    'conversation-alphabet',
    'a conversation id that is not base64url',
    '/conversation',
    map(['t', 'leave'], ['id', 'c1'], ['conversation', `+${conversation.slice(1)}`]),
  ),
  invalid('seq-zero', 'seqs begin at 1', '/upTo', read(0)),
  invalid('seq-negative', 'a negative seq', '/upTo', read(raw('ff'))),
  invalid('seq-fraction', 'a seq of 1.5', '/upTo', read(raw('cb 3ff8000000000000'))),
  invalid('seq-nan', 'a seq that is no number', '/upTo', read(raw('cb 7ff8000000000000'))),
  invalid('seq-infinity', 'an infinite seq', '/upTo', read(raw('cb 7ff0000000000000'))),
  invalid('seq-2-53', 'integers end at 2^53 - 1: 2^53 as uint 64', '/upTo', read(raw('cf 0020000000000000'))),
  invalid('seq-2-53-float', '2^53 as float 64', '/upTo', read(raw('cb 4340000000000000'))),
  invalid('seq-uint64', 'the largest uint 64', '/upTo', read(big64)),
  invalid('seq-string', 'a seq that is a string', '/upTo', read('4')),
  invalid('hello-version', 'a version that is not 1', '/v', map(['t', 'hello'], ['v', 2], ['token', 'x']), null),
  invalid('token-empty', 'an empty token', '/token', map(['t', 'hello'], ['v', 1], ['token', '']), null),
  invalid(
    'token-long',
    'a token above tokenMaxBytes',
    '/token',
    map(['t', 'renew'], ['id', 'c1'], ['token', 'x'.repeat(limits.tokenMaxBytes + 1)]),
  ),
  invalid(
    'resume-missing',
    'a resume without positions',
    '/resume/at',
    map(['t', 'hello'], ['v', 1], ['token', 'x'], ['resume', map(['epoch', 'e'], ['directory', 1])]),
    null,
  ),
  invalid('positions-empty', 'positions of no partition', '/at', map(['t', 'readAll'], ['id', 'c1'], ['at', array()])),
  invalid(
    'positions-element',
    'the second position is negative',
    '/at/1',
    map(['t', 'readAll'], ['id', 'c1'], ['at', array(1, raw('ff'))]),
  ),
  invalid('limit-zero', 'a page of nothing', '/limit', map(['t', 'list'], ['id', 'c1'], ['limit', 0])),
  invalid(
    'limit-large',
    `a page above ${limits.pageConversationsMax}`,
    '/limit',
    map(['t', 'list'], ['id', 'c1'], ['limit', limits.pageConversationsMax + 1]),
  ),
  invalid(
    'cursor',
    'a cursor without its conversation',
    '/before/conversation',
    map(['t', 'list'], ['id', 'c1'], ['limit', 1], ['before', map(['order', 1])]),
  ),
  invalid(
    'kind',
    'a kind of record that there is not',
    '/record/kind',
    map(['t', 'closeTab'], ['id', 'c1'], ['record', map(['kind', 'vendor'], ['id', 'x'])]),
  ),
  invalid(
    'people-string',
    'people that are no array',
    '/people',
    map(['t', 'invite'], ['id', 'c1'], ['conversation', conversation], ['people', 'grace']),
  ),
  invalid(
    'people-element',
    'the second person is no id',
    '/people/1',
    map(['t', 'invite'], ['id', 'c1'], ['conversation', conversation], ['people', array('grace', '')]),
  ),
  invalid(
    'person-long',
    `a person's id of ${limits.idMaxChars + 1} characters`,
    '/with',
    map(['t', 'list'], ['id', 'c1'], ['limit', 1], ['with', 'x'.repeat(limits.idMaxChars + 1)]),
  ),
  invalid(
    'search-long',
    'a search of 65 characters',
    '/last',
    map(['t', 'people'], ['id', 'c1'], ['last', 'x'.repeat(65)]),
  ),
  invalid(
    'boolean-number',
    'a number for a flag',
    '/preferences/popup/messages',
    map(
      ['t', 'setAlerts'],
      ['id', 'c1'],
      [
        'preferences',
        map(
          ['email', map(['conversations', true], ['messages', true])],
          ['popup', map(['conversations', true], ['messages', 1])],
        ),
      ],
    ),
  ),
  invalid(
    'boxes-missing',
    'one box of four is missing',
    '/preferences/popup',
    map(
      ['t', 'setAlerts'],
      ['id', 'c1'],
      ['preferences', map(['email', map(['conversations', true], ['messages', true])])],
    ),
  ),
];

export const invalidSamples: readonly Invalid[] = [...structure, ...utf8, ...unknowns, large, ...schema];
