/**
 * A whole server inside the test's process: real sessions, sockets, host and stores, in memory or on LMDB, with people
 * and records of the test's own and tokens for them. `crash()` and a new `startTestServer` on its `stores` are a restart
 * after a crash; what a real `kill -9` does is tested with processes in `test/system/`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mailing } from '../../src/alerts/mailer.ts';
import type { OpenDirectory } from '../../src/directory/create-directory.ts';
import type { CrmRecord, Person } from '../../src/directory/entities.ts';
import { ledgerPath } from '../../src/journal/data-directory.ts';
import { type Limits, limits as standardLimits } from '../../src/limits.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { createLog, type Log, type LogLevel } from '../../src/runtime/log.ts';
import { type Server, type ServerOptions, startServer } from '../../src/server.ts';
import { createJwtAuthenticator } from '../../src/session/authenticator-jwt.ts';
import { issueToken } from '../../src/session/token-issuer.ts';
import { memoryStores, openStores, type Stores } from '../../src/stores.ts';
import { freePort, isFree } from './free-port.ts';
import { noMailServer } from './no-mail-server.ts';

const testSecret = 'a secret of the tests, at least 32 bytes long';
const testAudience = 'parley';
const testIssuer = 'parley-tests';
const testAdminToken = 'admin-token-of-the-tests-0123456789';

export type TestPerson = string | (Partial<Person> & { readonly id: string });
export type TestRecord = Pick<CrmRecord, 'kind' | 'id'> & Partial<CrmRecord>;
/** 'lmdb' = a new directory, removed by `stop()`. */
export type TestStores = 'memory' | 'lmdb' | OpenableStores | { readonly path: string };
/** Such as `MemoryStores`: what one server leaves in them, the next one finds. */
export interface OpenableStores {
  open(): Stores | Promise<Stores>;
}

export interface TestServerOptions {
  /** Ids, or more of a person where it matters. */
  readonly people?: readonly TestPerson[];
  /** Visible to and editable by everyone unless they say otherwise. */
  readonly records?: readonly TestRecord[];
  readonly stores?: TestStores;
  readonly partitions?: number;
  /** To restart where the clients look; without it any that is free. */
  readonly port?: number;
  readonly transport?: ServerOptions['transport'];
  readonly admin?: boolean;
  readonly http?: ServerOptions['http'];
  /** Without it mails are kept and none is sent; null = none are kept. */
  readonly mail?: Mailing | null;
  readonly clock?: Clock;
  readonly limits?: { readonly [name in keyof Limits]?: number };
  readonly allowedOrigins?: readonly string[];
  readonly trustedProxies?: readonly string[];
  /** 'silent' unless `PARLEY_TEST_LOG` says otherwise. */
  readonly logLevel?: LogLevel;
  /** Instead of one on stderr. */
  readonly log?: Log;
  readonly onFenced?: (error: Error) => void;
}

export interface TestServer {
  /** `ws://127.0.0.1:PORT/v1` */
  readonly url: string;
  readonly port: number;
  /** `http://127.0.0.1:PORT`; null without `admin: true`. Its token is `testAdminToken`. */
  readonly adminUrl: string | null;
  readonly server: Server;
  readonly directory: OpenDirectory;
  /** To start the next server on the same stores. */
  readonly stores: Exclude<TestStores, string>;
  token(person: string, ttlSeconds?: number): Promise<string>;
  /** Drains and lets go of everything. A second call does nothing. */
  stop(): Promise<void>;
  /** Ends without a checkpoint: what the next start has to replay is in the journal. */
  crash(): Promise<void>;
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const clock = options.clock ?? systemClock();
  if (options.port !== undefined) await untilFree(options.port);
  const { opened, again, remove } = await open(options);
  const crash = { happened: false };
  const level = options.logLevel ?? (process.env.PARLEY_TEST_LOG as LogLevel | undefined) ?? 'silent';
  const starting = startServer({
    stores: crashing(opened, crash),
    authenticator: await createJwtAuthenticator(
      { keys: { secret: testSecret }, audience: testAudience, issuer: testIssuer },
      clock,
    ),
    log: options.log ?? createLog(level),
    host: '127.0.0.1',
    port: options.port ?? (await freePort()),
    transport: options.transport ?? 'auto',
    allowedOrigins: options.allowedOrigins ?? [],
    trustedProxies: options.trustedProxies ?? [],
    admin: options.admin ? { host: '127.0.0.1', port: 0, token: testAdminToken } : null,
    ...(options.http === undefined ? {} : { http: options.http }),
    mail: options.mail === undefined ? noMailServer : options.mail,
    clock,
    limits: { ...standardLimits, drainSpreadMs: 100, ...options.limits } as Limits,
    onFenced:
      options.onFenced ?? ((error) => process.stderr.write(`the test's server fenced itself: ${error.stack}\n`)),
  });
  starting.catch(async () => {
    for (const store of [opened.directory, opened.archive, opened.journal]) await store.close();
    await opened.release();
  });
  const server = await starting;
  await server.directory.put({
    people: (options.people ?? []).map(wholePerson),
    records: (options.records ?? []).map(wholeRecord),
  });
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closing ??= server.close();
    return closing;
  };
  return {
    url: `ws://127.0.0.1:${server.port}/v1`,
    port: server.port,
    adminUrl: server.adminPort === null ? null : `http://127.0.0.1:${server.adminPort}`,
    server,
    directory: server.directory,
    stores: again,
    token: (person, ttlSeconds = 3_600) =>
      issueToken({ secret: testSecret, person, audience: testAudience, issuer: testIssuer, ttlSeconds }, clock),
    async stop() {
      await close();
      remove();
    },
    async crash() {
      crash.happened = true;
      server.host.abandon();
      await close();
    },
  };
}

/** `{ id: 'ann' }` is Ann Ann; `last` decides the order in searches. */
export function wholePerson(person: TestPerson): Person {
  const given = typeof person === 'string' ? { id: person } : person;
  const name = given.id.charAt(0).toUpperCase() + given.id.slice(1);
  return { first: name, last: name, email: `${given.id}@example.com`, active: true, ...given };
}

export function wholeRecord(record: TestRecord): CrmRecord {
  return { name: `${record.kind} ${record.id}`, view: 'everyone', edit: 'everyone', ...record };
}

/** A directory for one test, and what removes it. */
export function temporaryDirectory(name = 'parley-test-'): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), name));
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
      rmSync(ledgerPath(path), { force: true });
    },
  };
}

interface Opened {
  readonly opened: Stores;
  readonly again: TestServer['stores'];
  remove(): void;
}

async function open({ stores = 'memory', partitions = 1 }: TestServerOptions): Promise<Opened> {
  const keep = () => undefined;
  if (stores === 'memory') {
    const made = memoryStores('memory', partitions);
    return { opened: made.open(), again: made, remove: keep };
  }
  if (stores === 'lmdb') {
    const { path, remove } = temporaryDirectory();
    return { opened: await openStores(path, partitions), again: { path }, remove };
  }
  if ('path' in stores) return { opened: await openStores(stores.path, partitions), again: stores, remove: keep };
  return { opened: await stores.open(), again: stores, remove: keep };
}

/** The server before may need a moment to let go of its port. */
async function untilFree(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (await isFree(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** After the crash nothing that an orderly end would write reaches the stores any more. */
function crashing(stores: Stores, crash: { readonly happened: boolean }): Stores {
  const { journal, archive } = stores;
  return {
    ...stores,
    journal: without(journal, ['checkpoint', 'release', 'roll', 'scrub'], crash),
    archive: without(archive, ['write', 'forgetCommands', 'erase', 'noteErasedUpTo', 'scrub'], crash),
  };
}

function without<T extends object>(port: T, names: readonly string[], crash: { readonly happened: boolean }): T {
  return new Proxy(port, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]): unknown => {
        if (crash.happened && names.includes(String(name))) return Promise.resolve(true);
        return value.apply(target, given);
      };
    },
  });
}
