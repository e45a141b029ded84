import { describe, expect, it } from 'vitest';
import { limits } from '../../src/limits.ts';
import { decodeServerFrame, encode } from '../../src/wire/codec.ts';
import { decodeClientFrame } from '../../src/wire/decode-client-frame.ts';
import type { ClientFrame } from '../../src/wire/frames.ts';
import { clientFrames, results, serverFrames } from '../../src/wire/frames.ts';
import { UnreadableFrame } from '../../src/wire/server-frame.ts';
import { array, concat, hexOf, map, raw } from '../protocol/bytes.ts';
import { invalidSamples } from '../protocol/invalid.ts';
import { clientSamples, resultSamples, serverSamples } from '../protocol/samples.ts';

const conversation = 'q83vEjRWeJASNFZ4kKvN7w';

describe('frames there and back', () => {
  it.each(clientSamples)('client frame $name', ({ frame }) => {
    expect(decodeClientFrame(encode(frame))).toEqual({ ok: true, frame });
  });
  it.each(serverSamples)('server frame $name', ({ frame }) => {
    expect(decodeServerFrame(encode(frame))).toEqual(frame);
  });
  it('the samples hold every frame and every result', () => {
    expect(new Set(clientSamples.map(({ frame }) => frame.t))).toEqual(new Set(Object.keys(clientFrames)));
    expect(new Set(serverSamples.map(({ frame }) => frame.t))).toEqual(new Set(Object.keys(serverFrames)));
    expect(Object.keys(resultSamples)).toEqual(Object.keys(results));
  });
});

describe('bytes that are no frame', () => {
  it.each(invalidSamples)('$name: $why', ({ bytes, error, id, field }) => {
    expect(decodeClientFrame(bytes)).toEqual({
      ok: false,
      error,
      ...(id === undefined ? {} : { id }),
      ...(field === undefined ? {} : { field }),
    });
  });
  it('a fault does not hand back more than a little of what came', () => {
    const answer = decodeClientFrame(map(['t', 'ping'], ['k'.repeat(60_000), true]));
    expect(answer).toEqual({ ok: false, error: 'frame-invalid', field: '' });
  });
});

describe('what rules refuse is no fault of the frame', () => {
  const fitting = (frame: ClientFrame) => decodeClientFrame(encode(frame)).ok;
  it('[REPLY-1] a text longer than allowed, and a blank one', () => {
    expect(fitting({ t: 'reply', id: 'c', conversation, text: 'x'.repeat(limits.textMaxBytes + 1) })).toBe(true);
    expect(fitting({ t: 'reply', id: 'c', conversation, text: '  ' })).toBe(true);
  });
  it('[START-1] nobody, the same person twice, and more people than one command may name', () => {
    const many = Array.from({ length: limits.peoplePerCommandMax + 1 }, (_, i) => `person-${i}`);
    for (const people of [[], ['a', 'a'], many]) {
      expect(fitting({ t: 'start', id: 'c', text: 'x', people })).toBe(true);
      expect(fitting({ t: 'invite', id: 'c', conversation, people })).toBe(true);
    }
  });
  it('as many people as one command may name fit with the longest ids', () => {
    const people = Array.from({ length: limits.peoplePerCommandMax }, (_, i) =>
      `${i}`.padStart(limits.idMaxChars, 'x'),
    );
    expect(fitting({ t: 'start', id: 'c', text: 'x'.repeat(limits.textMaxBytes), people })).toBe(true);
  });
});

describe('one value, several encodings', () => {
  const read = (upTo: Uint8Array) => map(['t', 'read'], ['id', 'c1'], ['conversation', conversation], ['upTo', upTo]);
  it.each([
    ['fixint', '07'],
    ['uint 8', 'cc07'],
    ['uint 16', 'cd0007'],
    ['uint 32', 'ce00000007'],
    ['uint 64', 'cf0000000000000007'],
    ['int 8', 'd007'],
    ['int 64', 'd30000000000000007'],
    ['float 32', 'ca40e00000'],
    ['float 64', 'cb401c000000000000'],
  ])('an integer as %s', (_, hex) => {
    expect(decodeClientFrame(read(raw(hex)))).toEqual({
      ok: true,
      frame: { t: 'read', id: 'c1', conversation, upTo: 7 },
    });
  });
  it('the largest integer, as uint 64 and as float 64', () => {
    const largest = { ok: true, frame: { t: 'read', id: 'c1', conversation, upTo: Number.MAX_SAFE_INTEGER } };
    expect(decodeClientFrame(read(raw('cf001fffffffffffff')))).toEqual(largest);
    expect(decodeClientFrame(read(raw('cb433fffffffffffff')))).toEqual(largest);
  });
  it('strings, arrays and maps with longer heads than they need', () => {
    const long = concat(raw('df00000001'), raw('da0001'), raw('74'), raw('db00000004'), raw('70696e67'));
    expect(decodeClientFrame(long)).toEqual({ ok: true, frame: { t: 'ping' } });
    const at = map(['t', 'readAll'], ['id', 'c1'], ['at', concat(raw('dd00000002'), raw('0102'))]);
    expect(decodeClientFrame(at)).toEqual({ ok: true, frame: { t: 'readAll', id: 'c1', at: [1, 2] } });
  });
  it('keys in any order', () => {
    expect(decodeClientFrame(map(['id', 'c1'], ['t', 'alerts']))).toEqual({
      ok: true,
      frame: { t: 'alerts', id: 'c1' },
    });
  });
});

describe('whose bytes', () => {
  it('encoded bytes stay as they are when more is encoded', () => {
    const kept = serverSamples.map(({ frame }) => ({ bytes: encode(frame), hex: hexOf(encode(frame)) }));
    for (let round = 0; round < 200; round++) for (const { frame } of serverSamples) encode(frame);
    for (const { bytes, hex } of kept) expect(hexOf(bytes)).toBe(hex);
  });
  it('a decoded frame does not change with the bytes it came from', () => {
    for (const text of ['short', 'x'.repeat(5_000), '日本🙂'.repeat(500)]) {
      const bytes = Uint8Array.from(encode({ t: 'reply', id: 'c1', conversation, text }));
      const decoded = decodeClientFrame(bytes);
      bytes.fill(0x41);
      structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
      expect(decoded).toEqual({ ok: true, frame: { t: 'reply', id: 'c1', conversation, text } });
    }
  });
  it('decodes from the middle of a buffer', () => {
    const inner = encode({ t: 'ping' });
    const around = concat(raw('ffff'), inner, raw('ffff'));
    expect(decodeClientFrame(around.subarray(2, 2 + inner.length))).toEqual({ ok: true, frame: { t: 'ping' } });
  });
});

describe('encoding', () => {
  it('leaves out what is undefined', () => {
    const frame = { t: 'list', id: 'q', limit: 1, before: undefined } as unknown as ClientFrame;
    expect(decodeClientFrame(encode(frame))).toEqual({ ok: true, frame: { t: 'list', id: 'q', limit: 1 } });
  });
  it('never writes what is no UTF-8: a lone surrogate becomes U+FFFD, in texts of any length', () => {
    for (const pad of [0, 10, 40, 300, 70_000]) {
      const text = `${'x'.repeat(pad)}a\ud800b\udc00\ud83d`;
      const decoded = decodeClientFrame(encode({ t: 'reply', id: 'c1', conversation, text }));
      const mended = `${'x'.repeat(pad)}a\ufffdb\ufffd\ufffd`;
      expect(decoded).toEqual({ ok: true, frame: { t: 'reply', id: 'c1', conversation, text: mended } });
    }
    // Hangul begins with the same byte, and a number may hold it.
    for (const text of ['퀀한글', '🙂', 'í']) {
      const frame: ClientFrame = { t: 'reply', id: 'c1', conversation, text };
      expect(decodeClientFrame(encode(frame))).toEqual({ ok: true, frame });
    }
    const frame: ClientFrame = { t: 'read', id: 'c1', conversation, upTo: 0xedbf };
    expect(decodeClientFrame(encode(frame))).toEqual({ ok: true, frame });
  });
  it('writes nothing but plain MessagePack, as short as it can', () => {
    expect(hexOf(encode({ t: 'ping' }))).toBe('81a174a470696e67');
    expect(hexOf(encode({ t: 'readAll', id: 'c', at: [1, 300] }))).toBe(
      hexOf(map(['t', 'readAll'], ['id', 'c'], ['at', array(1, raw('cd012c'))])),
    );
  });
});

describe('what a client makes of garbage', () => {
  it.each(['', 'c1', 'c0', '93010203', 'a470696e67', '80', '81a17407', 'd90570', 'dfffffffff'])('%s', (hex) => {
    expect(() => decodeServerFrame(raw(hex))).toThrow(UnreadableFrame);
  });
  it('passes on a frame whose name it does not know', () => {
    expect(decodeServerFrame(map(['t', 'later']))).toEqual({ t: 'later' });
  });
});
