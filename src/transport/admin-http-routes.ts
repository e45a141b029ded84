/** The routes of the admin port: which there are, and what each does with the directory and the server behind it. */
import type { Directory } from '../directory/directory.ts';
import type { CrmRecord, Person, RecordKey, RecordKind, ToldPerson } from '../directory/entities.ts';
import { isErased, recordKinds } from '../directory/entities.ts';
import {
  erasedReason,
  InvalidEntity,
  validPerson,
  validRecord,
  validRecordKey,
} from '../directory/entity-validation.ts';
import { type Assessment, assessPerson, assessRecord } from '../directory/same-entity.ts';
import { limits } from '../limits.ts';
import { getErasures, postErasure } from './admin-erasures.ts';
import { type AdminAnswer, AdminError, fieldsOf, json } from './admin-http-messages.ts';
import type { AdminPort } from './admin-port.ts';

/** About as often as the disk is looked at. */
const readOnlyRetrySeconds = 5;

export interface Route {
  /** For the log: without what the caller put into the path. */
  readonly name: string;
  /** Needs no token. */
  readonly open: boolean;
  readonly takesBody: boolean;
  run(admin: AdminPort, body: unknown): Promise<AdminAnswer>;
}

interface Call {
  readonly admin: AdminPort;
  readonly directory: Directory;
  /** Decoded parts of the path where the pattern has a star. */
  readonly args: readonly string[];
  /** Only where the route says that it can be. */
  readonly dryRun: boolean;
  readonly body: unknown;
}
type Run = (call: Call) => Promise<AdminAnswer> | AdminAnswer;

interface RouteEntry {
  readonly method: string;
  readonly pattern: string;
  readonly open?: true;
  readonly body?: true;
  /** Not while the disk is nearly full, unless it is a dry run. */
  readonly writes?: true;
  /** Takes `?dry-run=true`: the same answer, and nothing is changed. */
  readonly dryRun?: true;
  readonly run: Run;
}

const routes: readonly RouteEntry[] = [
  {
    method: 'GET',
    pattern: '/livez',
    open: true,
    run: () => ({ status: 200, contentType: 'text/plain', body: 'ok\n' }),
  },
  { method: 'GET', pattern: '/readyz', open: true, run: readyz },
  { method: 'GET', pattern: '/metrics', open: true, run: metrics },
  { method: 'GET', pattern: '/v1/people/*', run: ({ directory, args: [id] }) => found(directory.person(id as string)) },
  { method: 'PUT', pattern: '/v1/people/*', body: true, writes: true, run: putPerson },
  { method: 'POST', pattern: '/v1/people/*/deactivate', writes: true, run: deactivate },
  { method: 'GET', pattern: '/v1/records/*/*', run: (call) => found(recordAt(call)) },
  { method: 'PUT', pattern: '/v1/records/*/*', body: true, writes: true, run: putRecord },
  { method: 'DELETE', pattern: '/v1/records/*/*', writes: true, run: deleteRecord },
  { method: 'GET', pattern: '/v1/directory', run: ({ directory }) => json(200, { version: directory.version }) },
  { method: 'POST', pattern: '/v1/directory', body: true, writes: true, dryRun: true, run: postDirectory },
  { method: 'GET', pattern: '/v1/erasures', run: ({ admin }) => getErasures(admin.erasures) },
  {
    method: 'POST',
    pattern: '/v1/erasures',
    body: true,
    writes: true,
    dryRun: true,
    run: ({ admin, dryRun, body }) => postErasure(admin.erasures, dryRun, body),
  },
];

/** The route of a request line; throws `AdminError` 404 or 405. HEAD is GET without its body. */
export function routeOf(method: string, target: string): Route {
  const [path = '', search = ''] = target.split('?', 2) as [string, string?];
  const here = routes.flatMap((route) => {
    const args = argsOf(route.pattern, path);
    return args === null ? [] : [{ ...route, args }];
  });
  if (here.length === 0) throw new AdminError(404, 'not-found', 'There is no such route.');
  const route = here.find((one) => one.method === (method === 'HEAD' ? 'GET' : method));
  if (route === undefined) {
    const allow = here.map((one) => one.method).join(', ');
    throw new AdminError(405, 'method-not-allowed', `This route takes ${allow}.`, { allow });
  }
  return {
    name: `${route.method} ${route.pattern}`,
    open: route.open === true,
    takesBody: route.body === true,
    run: async (admin, body) => {
      const dryRun = route.writes === true && isDryRun(route, new URLSearchParams(search));
      if (route.writes === true && !dryRun) await requireWritable(admin);
      return route.run({ admin, directory: admin.directory, args: route.args, dryRun, body });
    },
  };
}

/** Whatever else is asked of a route that changes something is refused: a mistyped dry run must not be the real one. */
function isDryRun(route: RouteEntry, query: URLSearchParams): boolean {
  if (query.size === 0) return false;
  const value = query.get('dry-run');
  if (route.dryRun !== true || query.size > 1 || (value !== 'true' && value !== 'false')) {
    const may = route.dryRun === true ? 'dry-run=true or dry-run=false' : 'no query';
    throw new AdminError(400, 'query-invalid', `This route takes ${may} and nothing else. Nothing was changed.`);
  }
  return value === 'true';
}

/** A write that failed on a full disk would be the last one until the next start. */
async function requireWritable(admin: AdminPort): Promise<void> {
  if (await admin.writable()) return;
  const message = 'The disk is nearly full: reading works, writing does not. Nothing was changed; try again later.';
  throw new AdminError(503, 'read-only', message, { 'retry-after': `${readOnlyRetrySeconds}` });
}

/** Null where the path does not fit. Split before decoding: an id may hold a slash, written %2F. */
function argsOf(pattern: string, path: string): string[] | null {
  const want = pattern.split('/');
  const have = path.split('/');
  if (want.length !== have.length) return null;
  const args: string[] = [];
  for (let at = 0; at < want.length; at += 1) {
    const part = have[at] as string;
    if (want[at] !== '*') {
      if (want[at] !== part) return null;
    } else {
      try {
        args.push(decodeURIComponent(part));
      } catch {
        return null;
      }
    }
  }
  return args;
}

function readyz({ admin }: Call): AdminAnswer {
  const { ready, reason } = admin.ready();
  return json(ready ? 200 : 503, reason === undefined ? { ready } : { ready, reason });
}

async function metrics({ admin }: Call): Promise<AdminAnswer> {
  return { status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body: await admin.metrics() };
}

function found(entity: Person | CrmRecord | undefined): AdminAnswer {
  if (entity === undefined) throw new AdminError(404, 'not-found', 'There is no such person or record.');
  return json(200, entity);
}

function recordAt({ directory, args: [kind, id] }: Call): CrmRecord | undefined {
  const known = recordKinds.find((name) => name === kind);
  return known === undefined ? undefined : directory.record(known, id as string);
}

/** The body without what the path says already; where it says it too, it must say the same. */
function bodyAt(body: unknown, place: Readonly<Record<string, string>>): unknown {
  const fields = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : null;
  if (fields === null) throw new AdminError(400, 'body-invalid', 'The body must be an object.');
  for (const [name, value] of Object.entries(place)) {
    const said = (fields as Record<string, unknown>)[name];
    if (said !== undefined && said !== value) throw new InvalidEntity(name, 'is another one than in the path');
  }
  return { ...fields, ...place };
}

function personIn(directory: Directory): (input: unknown) => ToldPerson {
  return (input) => {
    const person = validPerson(input);
    if (isErased(directory.person(person.id))) throw new InvalidEntity('id', erasedReason);
    return person;
  };
}

async function putPerson({ directory, args: [id], body }: Call): Promise<AdminAnswer> {
  const person = personIn(directory)(bodyAt(body, { id: id as string }));
  const outcome = assessPerson(directory, person);
  await directory.put({ people: [person] });
  return json(200, { outcome, version: directory.version });
}

/** CMD-4: the answer comes when the person's sessions have been told to end. */
async function deactivate({ directory, args: [id] }: Call): Promise<AdminAnswer> {
  if (directory.person(id as string) === undefined) return found(undefined);
  const outcome: Assessment = (await directory.setActive(id as string, false)) ? 'changed' : 'same';
  return json(200, { outcome, version: directory.version });
}

async function putRecord({ directory, args: [kind, id], body }: Call): Promise<AdminAnswer> {
  const record = validRecord(bodyAt(body, { kind: kind as string, id: id as string }));
  const outcome = assessRecord(directory, record);
  await directory.put({ records: [record] });
  return json(200, { outcome, version: directory.version });
}

async function deleteRecord(call: Call): Promise<AdminAnswer> {
  const record = recordAt(call);
  if (record === undefined) return found(undefined);
  await call.directory.put({ removeRecords: [{ kind: record.kind, id: record.id }] });
  return json(200, { outcome: 'removed', version: call.directory.version });
}

/** All of it or nothing. With `?dry-run=true` nothing at all, but the same answer. */
async function postDirectory({ directory, dryRun, body }: Call): Promise<AdminAnswer> {
  const lists = fieldsOf(body, ['people', 'records', 'removeRecords']);
  const people = listOf('people', lists.people, personIn(directory));
  const records = listOf('records', lists.records, validRecord);
  const removeRecords = listOf('removeRecords', lists.removeRecords, validRecordKey);
  const count = people.length + records.length + removeRecords.length;
  if (count > limits.directoryBatchMax) {
    throw new AdminError(
      413,
      'batch-too-large',
      `A batch holds at most ${limits.directoryBatchMax} people and records.`,
    );
  }
  const outcomes = {
    people: people.map((person) => assessPerson(directory, person)),
    records: records.map((record) => assessRecord(directory, record)),
    removeRecords: removeRecords.map((key) => removalOf(directory, key)),
  };
  if (!dryRun) await directory.put({ people, records, removeRecords });
  return json(200, { ...outcomes, version: directory.version });
}

function removalOf(directory: Directory, { kind, id }: RecordKey): 'removed' | 'same' {
  return directory.record(kind as RecordKind, id) === undefined ? 'same' : 'removed';
}

function listOf<T>(name: string, list: unknown, valid: (input: unknown) => T): T[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw new InvalidEntity(name, 'must be a list');
  return list.map((input, at) => {
    try {
      return valid(input);
    } catch (error) {
      throw error instanceof InvalidEntity ? error.within(`${name}[${at}]`) : error;
    }
  });
}
