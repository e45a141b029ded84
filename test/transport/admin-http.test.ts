import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDirectory, type OpenDirectory } from '../../src/directory/create-directory.ts';
import { memoryDirectoryStore } from '../../src/directory/directory-store-memory.ts';
import { limits } from '../../src/limits.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { type AdminHttp, startAdminHttp } from '../../src/transport/admin-http.ts';
import type { AdminPort } from '../../src/transport/admin-port.ts';
import { noErasures } from '../support/no-erasures.ts';
import { silentSockets, until } from './peers.ts';

const token = 'the-admin-token-of-the-tests';
const ann = { first: 'Ann', last: 'Lee', email: 'ann@example.org', active: true };
const acme = { name: 'Acme', view: 'everyone', edit: ['ann'] };

let directory: OpenDirectory;
let http: AdminHttp;
let readiness: { ready: boolean; reason?: string };
let hasRoom: boolean;
let bugs: string[];
let admin: AdminPort;

beforeEach(async () => {
  directory = await createDirectory(memoryDirectoryStore());
  readiness = { ready: true };
  hasRoom = true;
  bugs = [];
  const metrics = createMetrics();
  metrics.deliveries(42);
  admin = {
    ready: () => readiness,
    writable: async () => hasRoom,
    metrics: () => metrics.text(),
    directory,
    erasures: noErasures,
  };
  http = await startAdminHttp({
    host: '127.0.0.1',
    port: 0,
    token,
    admin: new Proxy(admin, { get: (target, name) => target[name as keyof AdminPort] }),
    onBug: (error, route) => bugs.push(`${route}: ${String(error)}`),
  });
});
afterEach(async () => {
  await http.close();
  await directory.close();
});

const url = (path: string) => `http://127.0.0.1:${http.port}${path}`;

async function call(method: string, path: string, body?: unknown, authorization = `Bearer ${token}`) {
  const response = await fetch(url(path), {
    method,
    headers: authorization === '' ? {} : { authorization },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = text.startsWith('{') ? JSON.parse(text) : text;
  return { status: response.status, headers: response.headers, body: parsed };
}

/** Bytes as they are, and all that comes back until the server closes or `enough` has come. */
function exchange(bytes: string, enough = '\u0000'): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(http.port, '127.0.0.1', () => socket.write(bytes));
    socket.setEncoding('latin1');
    socket.on('data', (data) => {
      answer += data;
      if (answer.includes(enough)) socket.destroy();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('health and metrics', () => {
  it('need no token', async () => {
    expect(await call('GET', '/livez', undefined, '')).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await call('GET', '/readyz', undefined, '')).toMatchObject({ status: 200, body: { ready: true } });
    const metrics = await call('GET', '/metrics', undefined, '');
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(metrics.body).toContain('\nparley_deliveries_total 42\n');
  });

  it('say why the server is not ready, while it lives', async () => {
    for (const reason of ['starting', 'draining', 'read-only', 'fenced']) {
      readiness = { ready: false, reason };
      expect(await call('GET', '/readyz', undefined, '')).toMatchObject({
        status: 503,
        body: { ready: false, reason },
      });
      expect((await call('GET', '/livez', undefined, '')).status).toBe(200);
    }
  });

  it('answer HEAD without a body', async () => {
    const response = await fetch(url('/livez'), { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('3');
    expect(await response.text()).toBe('');
  });
});

describe('while the disk is nearly full', () => {
  const writes: [string, string, unknown?][] = [
    ['PUT', '/v1/people/bob', ann],
    ['PUT', '/v1/people/ann', { ...ann, last: 'Other' }],
    ['POST', '/v1/people/ann/deactivate'],
    ['PUT', '/v1/records/company/c', acme],
    ['DELETE', '/v1/records/company/acme'],
    ['POST', '/v1/directory', { people: [{ id: 'bob', ...ann }] }],
    ['POST', '/v1/erasures', { person: 'ann' }],
  ];

  it('whatever writes is refused by name and may be tried again; nothing is changed, and reading goes on', async () => {
    await directory.put({ people: [{ id: 'ann', ...ann }] });
    await call('PUT', '/v1/records/company/acme', acme);
    const { version } = directory;
    hasRoom = false;
    for (const [method, path, body] of writes) {
      const answer = await call(method, path, body);
      expect(answer, `${method} ${path}`).toMatchObject({ status: 503, body: { error: { name: 'read-only' } } });
      expect(answer.body.error.message).toMatch(/disk is nearly full/);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(directory.version).toBe(version);
    for (const path of ['/v1/people/ann', '/v1/records/company/acme', '/v1/directory', '/v1/erasures']) {
      expect((await call('GET', path)).status, path).toBe(200);
    }
    const dryRun = await call('POST', '/v1/directory?dry-run=true', { people: [{ id: 'bob', ...ann }] });
    expect(dryRun).toMatchObject({ status: 200, body: { people: ['added'], version } });
    hasRoom = true;
    expect((await call('PUT', '/v1/people/bob', ann)).status).toBe(200);
    expect(bugs).toEqual([]);
  });

  it('the token is asked for first', async () => {
    hasRoom = false;
    for (const [method, path, body] of writes) expect((await call(method, path, body, '')).status).toBe(401);
  });
});

describe('the admin token', () => {
  const routes: [string, string, unknown?][] = [
    ['GET', '/v1/people/ann'],
    ['PUT', '/v1/people/ann', ann],
    ['POST', '/v1/people/ann/deactivate'],
    ['GET', '/v1/records/company/c'],
    ['PUT', '/v1/records/company/c', acme],
    ['DELETE', '/v1/records/company/c'],
    ['GET', '/v1/directory'],
    ['POST', '/v1/directory', { people: [{ id: 'ann', ...ann }] }],
  ];
  it.each(routes)('is asked for by %s %s', async (method, path, body) => {
    for (const wrong of [
      '',
      'Bearer',
      'Bearer ',
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      `Basic ${token}`,
      token,
    ]) {
      const answer = await call(method, path, body, wrong);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(answer.body.error.name).toBe('unauthorized');
    }
    expect(directory.version).toBe(0);
  });

  it('must have 16 characters', async () => {
    await expect(startAdminHttp({ host: '127.0.0.1', port: 0, token: 'short', admin })).rejects.toThrow('16');
  });
});

describe('people', () => {
  it('are put, read back and changed', async () => {
    expect(await call('PUT', '/v1/people/ann', ann)).toMatchObject({
      status: 200,
      body: { outcome: 'added', version: 1 },
    });
    expect(await call('PUT', '/v1/people/ann', ann)).toMatchObject({ body: { outcome: 'same', version: 1 } });
    const changed = { id: 'ann', ...ann, last: 'Li' };
    expect(await call('PUT', '/v1/people/ann', changed)).toMatchObject({ body: { outcome: 'changed', version: 2 } });
    expect(await call('GET', '/v1/people/ann')).toMatchObject({ status: 200, body: changed });
    expect(directory.person('ann')).toEqual(changed);
  });

  it('[CMD-4] are deactivated, and listeners are told before the answer comes', async () => {
    await call('PUT', '/v1/people/ann', ann);
    const told: boolean[] = [];
    directory.onChange((change) => told.push(change.people[0]?.after.active === false));
    expect(await call('POST', '/v1/people/ann/deactivate')).toMatchObject({
      status: 200,
      body: { outcome: 'changed' },
    });
    expect(told).toEqual([true]);
    expect(await call('POST', '/v1/people/ann/deactivate')).toMatchObject({ body: { outcome: 'same' } });
    expect(directory.isActive('ann')).toBe(false);
    expect((await call('POST', '/v1/people/nobody/deactivate')).status).toBe(404);
  });

  it('[CMD-4] stay deactivated under a change that does not say otherwise', async () => {
    await call('PUT', '/v1/people/ann', { ...ann, active: false });
    await call('PUT', '/v1/people/ann', { last: 'Li' });
    expect(directory.person('ann')).toMatchObject({ last: 'Li', active: false });
    expect((await call('POST', '/v1/directory', { people: [{ id: 'ann', last: 'Li' }] })).body.people).toEqual([
      'same',
    ]);
    await call('PUT', '/v1/people/ann', { last: 'Li', active: true });
    expect(directory.isActive('ann')).toBe(true);
  });

  it.each([
    ['last', { ...ann, last: ' ' }],
    ['email', { ...ann, email: 'none' }],
    ['active', { ...ann, active: 'yes' }],
    ['id', { ...ann, id: 'bob' }],
    ['', { ...ann, role: 'x' }],
  ])('are refused by the field "%s", case %#', async (field, body) => {
    const answer = await call('PUT', '/v1/people/ann', body);
    expect(answer.status).toBe(422);
    expect(answer.body.error).toMatchObject({ name: 'invalid-entity', field });
    expect(directory.version).toBe(0);
  });

  it('may have any id of printable ASCII, percent-encoded in the path', async () => {
    const id = 'a/b?c#d%e&"<>~';
    expect((await call('PUT', `/v1/people/${encodeURIComponent(id)}`, ann)).status).toBe(200);
    expect(directory.person(id)?.last).toBe('Lee');
    expect((await call('GET', `/v1/people/${encodeURIComponent(id)}`)).body.id).toBe(id);
    for (const bad of ['%20', '%00', '%C3%A9', 'x'.repeat(limits.idMaxChars + 1)]) {
      expect((await call('PUT', `/v1/people/${bad}`, ann)).body.error.field).toBe('id');
    }
    expect((await call('GET', '/v1/people/%ff')).status).toBe(404);
    expect((await call('GET', '/v1/people/__proto__')).status).toBe(404);
  });
});

describe('records', () => {
  it('are put, read back and removed', async () => {
    expect(await call('PUT', '/v1/records/company/c1', acme)).toMatchObject({
      status: 200,
      body: { outcome: 'added' },
    });
    expect(await call('GET', '/v1/records/company/c1')).toMatchObject({ body: { kind: 'company', id: 'c1', ...acme } });
    expect(await call('DELETE', '/v1/records/company/c1')).toMatchObject({ status: 200, body: { outcome: 'removed' } });
    expect((await call('GET', '/v1/records/company/c1')).status).toBe(404);
    expect((await call('DELETE', '/v1/records/company/c1')).status).toBe(404);
  });

  it('are refused by kind and by right', async () => {
    expect((await call('PUT', '/v1/records/constructor/c1', acme)).body.error.field).toBe('kind');
    expect((await call('GET', '/v1/records/constructor/c1')).status).toBe(404);
    expect((await call('PUT', '/v1/records/company/c1', { ...acme, view: ['a b'] })).body.error.field).toBe('view[0]');
    expect((await call('PUT', '/v1/records/company/c1', { ...acme, kind: 'contact' })).body.error.field).toBe('kind');
  });
});

describe('batches', () => {
  const batch = {
    people: [
      { id: 'ann', ...ann },
      { id: 'bob', last: 'Bo' },
    ],
    records: [{ kind: 'company', id: 'c1', ...acme }],
    removeRecords: [{ kind: 'contact', id: 'none' }],
  };

  it('tell what each entity came to, and are one change', async () => {
    const dry = await call('POST', '/v1/directory?dry-run=true', batch);
    expect(dry).toMatchObject({ status: 200, body: { people: ['added', 'added'], version: 0 } });
    expect(directory.version).toBe(0);
    expect(await call('POST', '/v1/directory', batch)).toMatchObject({
      status: 200,
      body: { people: ['added', 'added'], records: ['added'], removeRecords: ['same'], version: 1 },
    });
    const again = { ...batch, people: [batch.people[0], { id: 'bob', last: 'Bob' }] };
    expect(await call('POST', '/v1/directory', again)).toMatchObject({
      body: { people: ['same', 'changed'], records: ['same'], version: 2 },
    });
  });

  it.each([
    ['POST', '/v1/directory?dry-run=1', { people: [{ id: 'ann', ...ann }] }],
    ['POST', '/v1/directory?dryrun=true', { people: [{ id: 'ann', ...ann }] }],
    ['POST', '/v1/directory?dry-run=true&dry-run=false', { people: [{ id: 'ann', ...ann }] }],
    ['POST', '/v1/erasures?dry-run', { person: 'bob' }],
    ['PUT', '/v1/people/ann?dry-run=true', ann],
    ['PUT', '/v1/records/company/acme?dry-run=true', acme],
    ['POST', '/v1/people/bob/deactivate?dry-run=true', undefined],
  ])('are not done where a dry run is misspelt or not to be had: %s %s', async (method, path, body) => {
    await call('PUT', '/v1/people/bob', ann);
    expect(await call(method, path, body)).toMatchObject({ status: 400, body: { error: { name: 'query-invalid' } } });
    expect(directory.version).toBe(1);
  });

  it('are refused whole, naming place and field', async () => {
    const answer = await call('POST', '/v1/directory', {
      ...batch,
      people: [...batch.people, { id: 'x y', last: 'X' }],
    });
    expect(answer.status).toBe(422);
    expect(answer.body.error.field).toBe('people[2].id');
    const twice = await call('POST', '/v1/directory', { people: [batch.people[0], batch.people[0]] });
    expect(twice.body.error.field).toBe('people');
    expect((await call('POST', '/v1/directory', { people: {} })).body.error.field).toBe('people');
    expect(directory.version).toBe(0);
  });

  it('have a bound in number', async () => {
    const people = Array.from({ length: limits.directoryBatchMax + 1 }, (_, n) => ({ id: `p${n}`, last: 'X' }));
    expect(await call('POST', '/v1/directory', { people })).toMatchObject({
      status: 413,
      body: { error: { name: 'batch-too-large' } },
    });
    expect((await call('POST', '/v1/directory', { people: people.slice(1) })).status).toBe(200);
    expect(directory.counts.people).toBe(limits.directoryBatchMax);
  });
});

describe('bad requests', () => {
  it.each([
    ['POST', '/v1/directory', '{'],
    ['POST', '/v1/directory', '[]'],
    ['POST', '/v1/directory', 'null'],
    ['POST', '/v1/directory', '{"people":[],"admins":[]}'],
    ['PUT', '/v1/people/ann', '"ann"'],
    ['PUT', '/v1/people/ann', ''],
    ['PUT', '/v1/records/company/c', '[1]'],
  ])('of %s %s with %s are 400', async (method, path, body) => {
    expect(await call(method, path, body)).toMatchObject({ status: 400, body: { error: { name: 'body-invalid' } } });
    expect(bugs).toEqual([]);
  });

  it('are not what docs/operations.md names: each of its routes is there', async () => {
    const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const named = [...page.matchAll(/`(GET|PUT|POST|DELETE) (\/(?!demo)[^`]+)`/g)];
    expect(named.length).toBeGreaterThan(10);
    for (const [, method, path] of named) {
      const { body } = await call(method as string, (path as string).replace('KIND', 'company'), undefined);
      expect(`${path}: ${body.error?.message}`).not.toMatch(/no such route|This route takes/);
    }
  });

  it('of unknown routes are 404, of other methods 405 with those that exist', async () => {
    for (const path of ['/', '/v1', '/v1/people', '/v1/people/a/b', '/livez/', '//livez', '/v1/records/company']) {
      expect((await call('GET', path)).status).toBe(404);
    }
    const answer = await call('PATCH', '/v1/records/company/c', acme);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET, PUT, DELETE');
    expect((await call('OPTIONS', '/v1/people/ann')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('with too large a body are 413, announced or not', async () => {
    const large = JSON.stringify({ people: [], pad: 'x'.repeat(limits.adminBodyMaxBytes) });
    const head = `POST /v1/directory HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n`;
    const announced = await exchange(`${head}Content-Length: ${large.length}\r\n\r\n{`, 'body-too-large');
    expect(announced).toMatch(/^HTTP\/1\.1 413 /);
    expect(announced).toContain('body-too-large');
    const chunk = `${(65_536).toString(16)}\r\n${'x'.repeat(65_536)}\r\n`;
    const chunked = await exchange(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(17)}`, 'body-too-large');
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
    const whole = await call('POST', '/v1/directory', { people: [], pad: 'x'.repeat(4 * limits.adminBodyMaxBytes) });
    expect(whole).toMatchObject({ status: 413, body: { error: { name: 'body-too-large' } } });
    expect((await call('GET', '/livez')).status).toBe(200);
  });

  it('with invalid UTF-8 are 400', async () => {
    const response = await fetch(url('/v1/directory'), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: new Uint8Array([0x22, 0xff, 0x22]),
    });
    expect(response.status).toBe(400);
  });

  it('that are no HTTP end that connection only', async () => {
    expect(await exchange('\u0000\u0001\u0002\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await exchange(`GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
    expect((await call('GET', '/livez')).status).toBe(200);
  });

  it('given up in the middle of a body cost nothing', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(http.port, '127.0.0.1', () => {
        socket.write(
          `POST /v1/directory HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 50\r\n\r\n{`,
        );
        socket.end(() => socket.destroy());
      });
      socket.on('close', () => resolve());
    });
    expect((await call('GET', '/livez')).status).toBe(200);
    expect(bugs).toEqual([]);
  });
});

describe('what goes wrong behind it', () => {
  it('is a 500 that tells the log and not the caller', async () => {
    directory.onChange(() => {
      throw new Error('a bug with a secret');
    });
    const answer = await call('PUT', '/v1/people/ann', ann);
    expect(answer).toMatchObject({ status: 500, body: { error: { name: 'internal' } } });
    expect(JSON.stringify(answer.body)).not.toContain('secret');
    expect(bugs).toEqual(['PUT /v1/people/*: Error: a bug with a secret']);
    admin.metrics = () => Promise.reject(new Error('no metrics'));
    expect((await call('GET', '/metrics')).status).toBe(500);
    expect((await call('GET', '/livez')).status).toBe(200);
  });

  it('is 503 where the directory takes no change any more', async () => {
    await directory.close();
    expect(await call('PUT', '/v1/people/ann', ann)).toMatchObject({
      status: 503,
      body: { error: { name: 'unavailable' } },
    });
  });
});

describe('the port', () => {
  it('is refused when it is taken, and free again after close', async () => {
    const { port } = http;
    await expect(startAdminHttp({ host: '127.0.0.1', port, token, admin })).rejects.toThrow('EADDRINUSE');
    await http.close();
    http = await startAdminHttp({ host: '127.0.0.1', port, token, admin });
    expect(http.port).toBe(port);
  });

  it('has a bound in connections, however little each of them says', async () => {
    const sockets = await silentSockets(http.port, 2 * limits.adminConnectionsMax);
    await until(() => sockets.filter(({ closed }) => closed).length >= limits.adminConnectionsMax);
    for (const socket of sockets) socket.destroy();
    const live = 'GET /livez HTTP/1.1\r\nHost: parley\r\nConnection: close\r\n\r\n';
    await expect.poll(() => exchange(live).catch(String)).toContain('200 OK');
  });

  it('closes although a connection stays open', async () => {
    const idle = connect(http.port, '127.0.0.1');
    await new Promise<void>((resolve) => idle.once('connect', () => resolve()));
    const gone = new Promise<void>((resolve) => idle.once('close', () => resolve()));
    idle.on('error', () => undefined);
    await http.close();
    await gone;
    await expect(fetch(url('/livez'))).rejects.toThrow();
  });
});
