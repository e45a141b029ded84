import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { base64url, CompactEncrypt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/limits.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import type { Authenticator } from '../../src/session/authenticator.ts';
import { createJwtAuthenticator } from '../../src/session/authenticator-jwt.ts';
import { issueToken } from '../../src/session/token-issuer.ts';
import { BadKeys } from '../../src/session/token-keys.ts';
import { recordedLog } from '../support/recorded-log.ts';

const nowSeconds = 1_800_000_000;
const secret = 'a secret of the tests, 32 bytes and more';
const other = 'another secret of the tests, just as long';
const who = { audience: 'parley', issuer: 'https://crm.example' };

/** A clock that stands at `nowSeconds` until it is moved. */
function standingClock(): Clock & { pass(ms: number): void } {
  let passedMs = 0;
  return {
    ...systemClock(),
    now: () => (nowSeconds * 1000 + passedMs) * 1000,
    monotonicMs: () => passedMs,
    pass(ms) {
      passedMs += ms;
    },
  };
}

const claims = (change: Record<string, unknown> = {}): JWTPayload => ({
  sub: 'ann',
  aud: who.audience,
  iss: who.issuer,
  exp: nowSeconds + 600,
  ...change,
});

const json = (value: unknown) => base64url.encode(JSON.stringify(value));
/** A token by hand, signed rightly with HMAC, whatever header and payload say. */
function raw(header: unknown, payload: unknown, key: string | Uint8Array = secret, hash = 'sha256'): string {
  const signed = `${typeof header === 'string' ? header : json(header)}.${typeof payload === 'string' ? payload : json(payload)}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
}
const hs256 = (payload: JWTPayload, key = secret) => raw({ alg: 'HS256' }, payload, key);

const folder = mkdtempSync(join(tmpdir(), 'parley-jwt-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('tokens with a shared secret', () => {
  let ours: Authenticator;
  const good = hs256(claims());
  const [head, body, signature] = good.split('.') as [string, string, string];
  beforeAll(async () => {
    ours = await createJwtAuthenticator({ keys: { secret }, ...who }, standingClock());
  });

  it('are the person and the moment they name', async () => {
    const expected = { person: 'ann', expiresAt: (nowSeconds + 600) * 1_000_000 };
    expect(await ours.verify(good)).toEqual(expected);
    expect(
      await ours.verify(hs256(claims({ aud: ['other', 'parley'], iat: nowSeconds + 3, nbf: nowSeconds + 3 }))),
    ).toEqual(expected);
  });

  it('are told from good ones that have expired', async () => {
    expect(await ours.verify(hs256(claims({ exp: nowSeconds })))).toBe('token-expired');
    expect(await ours.verify(hs256(claims({ exp: nowSeconds - 1 })))).toBe('token-expired');
    expect(await ours.verify(hs256(claims({ exp: -5 })))).toBe('token-expired');
    // What was never good has not expired: whose it is must not be guessed at.
    expect(await ours.verify(hs256(claims({ exp: nowSeconds - 1 }), other))).toBe('token-invalid');
    expect(await ours.verify(hs256(claims({ exp: nowSeconds - 1, aud: 'x' })))).toBe('token-invalid');
  });

  it('that never end are bounded to what can be counted', async () => {
    const identity = await ours.verify(hs256(claims({ exp: 1e300 })));
    expect(identity).toEqual({ person: 'ann', expiresAt: Number.MAX_SAFE_INTEGER });
  });

  const bad: [string, string][] = [
    ['nothing', ''],
    ['a word', 'token'],
    ['two parts', `${head}.${body}`],
    ['four parts', `${good}.${signature}`],
    ['five empty parts', '....'],
    ['no signature', `${head}.${body}.`],
    ['no payload', `${head}..${signature}`],
    ['no header', `.${body}.${signature}`],
    ['a signature cut short', good.slice(0, -4)],
    ['a signature with more behind it', `${good}AAAA`],
    ['a signature of zeros', `${head}.${body}.${base64url.encode(new Uint8Array(32))}`],
    ['another payload', `${head}.${json(claims({ sub: 'bob' }))}.${signature}`],
    ['another header', `${json({ alg: 'HS256', typ: 'JWT' })}.${body}.${signature}`],
    ['white space around it', ` ${good} `],
    ['a line break in it', `${head}\n.${body}.${signature}`],
    ['a Bearer before it', `Bearer ${good}`],
    ['padding', `${head}=.${body}.${signature}`],
    ['a character outside base64url', `${head}.${body}.${signature.slice(0, -1)}*`],
    ['a null byte', `${good}\u0000`],
    ['non-ASCII', `${good}é`],
    ['a header that is no JSON', raw(base64url.encode('{alg'), claims())],
    ['a header that is a list', raw([], claims())],
    ['a header that is null', raw(null, claims())],
    ['a payload that is no JSON', raw({ alg: 'HS256' }, base64url.encode('nope'))],
    ['a payload that is a list', raw({ alg: 'HS256' }, [claims()])],
    ['a payload that is null', raw({ alg: 'HS256' }, null)],
    ['alg none', `${json({ alg: 'none' })}.${body}.`],
    ['alg None', `${json({ alg: 'None' })}.${body}.`],
    ['alg none with a signature', raw({ alg: 'none' }, claims())],
    ['no alg', raw({ typ: 'JWT' }, claims())],
    ['alg null', raw({ alg: null }, claims())],
    ['alg in a list', raw({ alg: ['HS256'] }, claims())],
    ['alg hs256', raw({ alg: 'hs256' }, claims())],
    ['HS512', raw({ alg: 'HS512' }, claims(), secret, 'sha512')],
    ['HS384', raw({ alg: 'HS384' }, claims(), secret, 'sha384')],
    ['RS256 signed with the secret', raw({ alg: 'RS256' }, claims())],
    ['an unknown critical extension', raw({ alg: 'HS256', crit: ['x'], x: 1 }, claims())],
    ['an empty crit', raw({ alg: 'HS256', crit: [] }, claims())],
    ['an unencoded payload', raw({ alg: 'HS256', crit: ['b64'], b64: false }, claims())],
    ['a key of its own', raw({ alg: 'HS256', jwk: { kty: 'oct', k: base64url.encode(other) } }, claims(), other)],
    ['a key URL of its own', raw({ alg: 'HS256', jku: 'http://127.0.0.1/keys' }, claims(), other)],
    ['another secret', hs256(claims(), other)],
    ['the empty secret', hs256(claims(), '')],
    ['no audience', hs256(claims({ aud: undefined }))],
    ['another audience', hs256(claims({ aud: 'other' }))],
    ['an empty list of audiences', hs256(claims({ aud: [] }))],
    ['no issuer', hs256(claims({ iss: undefined }))],
    ['another issuer', hs256(claims({ iss: 'https://crm.example.evil' }))],
    ['no expiry', hs256(claims({ exp: undefined }))],
    ['an expiry in words', raw({ alg: 'HS256' }, { ...claims(), exp: 'never' })],
    ['an expiry of null', raw({ alg: 'HS256' }, { ...claims(), exp: null })],
    ['no subject', hs256(claims({ sub: undefined }))],
    ['an empty subject', hs256(claims({ sub: '' }))],
    ['a subject that is a number', raw({ alg: 'HS256' }, { ...claims(), sub: 7 })],
    ['a subject that is a list', raw({ alg: 'HS256' }, { ...claims(), sub: ['ann'] })],
    ['a subject with a space', hs256(claims({ sub: 'ann lee' }))],
    ['a subject with a line break', hs256(claims({ sub: 'ann\n' }))],
    ['a subject that is too long', hs256(claims({ sub: 'x'.repeat(limits.idMaxChars + 1) }))],
    ['not before tomorrow', hs256(claims({ nbf: nowSeconds + 86_400 }))],
    ['issued tomorrow', hs256(claims({ iat: nowSeconds + 86_400 }))],
    ['too long', hs256(claims({ pad: 'x'.repeat(limits.tokenMaxBytes) }))],
  ];
  it.each(bad)(`are refused (one of ${bad.length}): %s`, async (_what, token) => {
    expect(await ours.verify(token)).toBe('token-invalid');
  });

  it('are refused when encrypted instead of signed', async () => {
    const token = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(claims())))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(new TextEncoder().encode(secret).subarray(0, 32));
    expect(await ours.verify(token)).toBe('token-invalid');
  });

  it('never make it throw, whatever comes (2,000 mutated tokens)', async () => {
    const seed = Number(process.env.PARLEY_SEED ?? 7);
    let state = seed;
    const chance = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let n = 0; n < 2_000; n += 1) {
      const at = chance(good.length);
      const replacement = String.fromCharCode(chance(300));
      const token = good.slice(0, at) + replacement + good.slice(at + 1 + chance(3));
      const answer = await ours.verify(token);
      // The last character of base64url has bits that mean nothing: then the token is the same.
      if (typeof answer === 'object') expect(answer.person, `seed ${seed}`).toBe('ann');
      else expect(answer, `seed ${seed}: ${token}`).toBe('token-invalid');
    }
    for (const token of [null, undefined, 7, {}, [good]]) {
      expect(await ours.verify(token as unknown as string)).toBe('token-invalid');
    }
  });

  it('need a secret of at least 32 bytes', async () => {
    const make = (short: string) => createJwtAuthenticator({ keys: { secret: short }, ...who }, standingClock());
    await expect(make('x'.repeat(31))).rejects.toThrow(BadKeys);
    await expect(make('')).rejects.toThrow('has 0 bytes');
    expect(await (await make('é'.repeat(16))).verify(good)).toBe('token-invalid');
  });

  it('of our own issuer are good until they expire', async () => {
    const clock = standingClock();
    const checks = await createJwtAuthenticator({ keys: { secret }, ...who }, clock);
    const token = await issueToken({ secret, person: 'ann', ttlSeconds: 60, ...who }, clock);
    expect(await checks.verify(token)).toEqual({ person: 'ann', expiresAt: (nowSeconds + 60) * 1_000_000 });
    clock.pass(60_000);
    expect(await checks.verify(token)).toBe('token-expired');
    await expect(issueToken({ secret: 'short', person: 'ann', ttlSeconds: 60, ...who })).rejects.toThrow(BadKeys);
  });
});

describe('tokens with public keys', () => {
  const algorithms = ['RS256', 'ES256', 'EdDSA'] as const;
  type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
  const pairs = new Map<string, Pair>();
  const path = join(folder, 'keys.json');
  const jwks = async (...kids: string[]) => ({
    keys: await Promise.all(
      kids.map(async (kid) => ({ ...(await exportJWK((pairs.get(kid) as Pair).publicKey)), kid })),
    ),
  });
  const sign = (alg: string, kid: string, change: JWTPayload = {}) =>
    new SignJWT(claims(change)).setProtectedHeader({ alg, kid }).sign((pairs.get(kid) as Pair).privateKey);
  const ann = { person: 'ann', expiresAt: (nowSeconds + 600) * 1_000_000 };

  beforeAll(async () => {
    for (const alg of algorithms) pairs.set(alg, await generateKeyPair(alg, { extractable: true }));
    pairs.set('later', await generateKeyPair('ES256', { extractable: true }));
    pairs.set('PS256', await generateKeyPair('PS256', { extractable: true }));
    writeFileSync(path, JSON.stringify(await jwks(...algorithms)));
  });
  const fromFile = (clock: Clock = standingClock(), file = path) =>
    createJwtAuthenticator({ keys: { jwksFile: file }, ...who }, clock);

  it.each(algorithms)('of %s in a file are good', async (alg) => {
    const checks = await fromFile();
    expect(await checks.verify(await sign(alg, alg))).toEqual(ann);
    expect(await checks.verify(await sign(alg, alg, { exp: nowSeconds - 1 }))).toBe('token-expired');
    expect(await checks.verify(await sign(alg, alg, { aud: 'other' }))).toBe('token-invalid');
  });

  it('are not confused with HMAC by the public key as the secret', async () => {
    const checks = await fromFile();
    for (const alg of algorithms) {
      const key = (pairs.get(alg) as Pair).publicKey;
      const spki = Buffer.from(await crypto.subtle.exportKey('spki', key));
      const pem = `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64')}\n-----END PUBLIC KEY-----\n`;
      for (const guess of [spki, pem, JSON.stringify(await exportJWK(key))]) {
        expect(await checks.verify(raw({ alg: 'HS256', kid: alg }, claims(), guess))).toBe('token-invalid');
        expect(await checks.verify(raw({ alg, kid: alg }, claims(), guess))).toBe('token-invalid');
      }
    }
  });

  it('are refused with an algorithm outside the list, or another key than they name', async () => {
    writeFileSync(join(folder, 'ps.json'), JSON.stringify(await jwks('PS256')));
    expect(await (await fromFile(standingClock(), join(folder, 'ps.json'))).verify(await sign('PS256', 'PS256'))).toBe(
      'token-invalid',
    );
    const checks = await fromFile();
    const token = new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', kid: 'ES256' });
    expect(await checks.verify(await token.sign((pairs.get('later') as Pair).privateKey))).toBe('token-invalid');
    expect(await checks.verify(`${json({ alg: 'none', kid: 'ES256' })}.${json(claims())}.`)).toBe('token-invalid');
  });

  it('with a key that came later are good once the cool-down is over, and the file is not read for each of them', async () => {
    const clock = standingClock();
    const file = join(folder, 'rotating.json');
    writeFileSync(file, JSON.stringify(await jwks('ES256')));
    const checks = await fromFile(clock, file);
    const token = await sign('ES256', 'later');
    writeFileSync(file, JSON.stringify(await jwks('ES256', 'later')));
    expect(await checks.verify(token)).toBe('token-invalid');
    clock.pass(30_000);
    expect(await checks.verify(token)).toEqual(ann);
    // A key that is withdrawn ends with the age of the set; a file that is broken for a while changes nothing.
    writeFileSync(file, 'half a fi');
    clock.pass(500_000);
    expect(await checks.verify(token)).toEqual(ann);
    writeFileSync(file, JSON.stringify(await jwks('ES256')));
    clock.pass(600_000);
    expect(await checks.verify(token)).toBe('token-invalid');
  });

  it('need a file with at least one public key; private keys and secrets in it are not used', async () => {
    const file = join(folder, 'bad.json');
    const oct = { kty: 'oct', k: base64url.encode(secret), kid: 'x' };
    const secretKey = { ...(await exportJWK((pairs.get('ES256') as Pair).privateKey)), kid: 'ES256' };
    for (const content of [
      '',
      'null',
      '{}',
      '{"keys":7}',
      '{"keys":[null]}',
      JSON.stringify({ keys: [oct, secretKey] }),
    ]) {
      writeFileSync(file, content);
      await expect(fromFile(standingClock(), file)).rejects.toThrow(BadKeys);
    }
    await expect(fromFile(standingClock(), join(folder, 'none.json'))).rejects.toThrow(BadKeys);
    writeFileSync(file, JSON.stringify({ keys: [oct, secretKey, ...(await jwks('RS256')).keys] }));
    const checks = await fromFile(standingClock(), file);
    expect(await checks.verify(raw({ alg: 'HS256', kid: 'x' }, claims()))).toBe('token-invalid');
    expect(await checks.verify(await sign('ES256', 'ES256'))).toBe('token-invalid');
    expect(await checks.verify(await sign('RS256', 'RS256'))).toEqual(ann);
  });

  it('from a URL are fetched once, and unavailable is said while they cannot be had', async () => {
    let answer: { status: number; body: string } = { status: 503, body: 'down' };
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
      const open = () => createJwtAuthenticator({ keys: { jwksUrl }, ...who }, standingClock());
      const token = await sign('ES256', 'ES256');
      expect(await (await open()).verify(token)).toBe('unavailable');
      answer = { status: 200, body: 'no JSON' };
      expect(await (await open()).verify(token)).toBe('unavailable');
      answer = { status: 200, body: '{"keys":7}' };
      expect(await (await open()).verify(token)).toBe('unavailable');
      answer = { status: 200, body: JSON.stringify(await jwks('ES256')) };
      const checks = await open();
      asked = 0;
      for (let n = 0; n < 20; n += 1) expect(await checks.verify(token)).toEqual(ann);
      for (let n = 0; n < 20; n += 1) expect(await checks.verify(await sign('RS256', 'RS256'))).toBe('token-invalid');
      expect(asked).toBe(1);
      expect(await checks.verify(raw({ alg: 'HS256', kid: 'ES256' }, claims()))).toBe('token-invalid');
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('from a URL stay those of before while it does not answer, for a day', async () => {
    const { lines, log } = recordedLog();
    const said = () => lines.map(({ text }) => text);
    let status = 200;
    const body = JSON.stringify(await jwks('ES256'));
    const server = createServer((_request, response) => response.writeHead(status).end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
      const clock = standingClock();
      const checks = await createJwtAuthenticator({ keys: { jwksUrl }, ...who }, clock, log);
      const token = await sign('ES256', 'ES256', { exp: nowSeconds + 200_000 });
      const later = (ms: number) => {
        vi.setSystemTime(Date.now() + ms);
        clock.pass(ms);
      };
      expect(await checks.verify(token)).toMatchObject({ person: 'ann' });
      status = 503;
      later(86_400_000);
      for (let n = 0; n < 3; n += 1) expect(await checks.verify(token)).toMatchObject({ person: 'ann' });
      expect(said()).toEqual(['the keys that tokens are checked with stay those of before']);
      // It may be signed by a key that came meanwhile.
      expect(await checks.verify(await sign('RS256', 'RS256', { exp: nowSeconds + 200_000 }))).toBe('unavailable');
      later(1);
      expect(await checks.verify(token)).toBe('unavailable');
      status = 200;
      expect(await checks.verify(token)).toMatchObject({ person: 'ann' });
    } finally {
      vi.useRealTimers();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('that cannot be had are said in the log: once, and once that they can again', async () => {
    const { lines, log } = recordedLog();
    const said = () => lines.map(({ text }) => text);
    let status = 503;
    const body = JSON.stringify(await jwks('ES256'));
    const server = createServer((_request, response) => response.writeHead(status).end(body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
      const checks = await createJwtAuthenticator({ keys: { jwksUrl }, ...who }, standingClock(), log);
      for (let n = 0; n < 3; n += 1) await checks.verify(await sign('ES256', 'ES256'));
      expect(said()).toEqual(['the keys that tokens are checked with cannot be had: nobody can sign in']);
      status = 200;
      for (let n = 0; n < 3; n += 1) await checks.verify(await sign('ES256', 'ES256'));
      expect(said().slice(1)).toEqual(['the keys that tokens are checked with can be had again']);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    const jwksFile = join(folder, 'gone.json');
    writeFileSync(jwksFile, body);
    const clock = standingClock();
    const checks = await createJwtAuthenticator({ keys: { jwksFile }, ...who }, clock, log);
    rmSync(jwksFile);
    clock.pass(600_000);
    expect(await checks.verify(await sign('ES256', 'ES256', { exp: nowSeconds + 900 }))).toMatchObject({
      person: 'ann',
    });
    expect(said().slice(2)).toEqual(['the keys that tokens are checked with stay those of before']);
  });

  it.each([['http://keys.example/jwks'], ['file:///etc/passwd'], ['not a URL'], ['ftp://127.0.0.1/x']])(
    'are not fetched from %s',
    async (jwksUrl) => {
      await expect(createJwtAuthenticator({ keys: { jwksUrl }, ...who }, standingClock())).rejects.toThrow(BadKeys);
    },
  );

  it('that are random bytes are refused', async () => {
    const checks = await fromFile();
    for (let n = 0; n < 200; n += 1) {
      const token = [randomBytes(20), randomBytes(60), randomBytes(64)]
        .map((part) => part.toString('base64url'))
        .join('.');
      expect(await checks.verify(token)).toBe('token-invalid');
    }
  });
});
