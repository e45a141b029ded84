/**
 * The directory in memory behind its store. Changes wait for one another: each is compared with what is there when its
 * turn comes, written, and only then seen by anyone (law 1).
 */
import { limits } from '../limits.ts';
import { type Clock, deadline, systemClock } from '../runtime/clock.ts';
import type { Directory, DirectoryChange } from './directory.ts';
import { type Changes, DirectoryIndex } from './directory-index.ts';
import type { Period, PersonThen, RecordThen } from './directory-past.ts';
import type { DirectoryStore, StoreWrite } from './directory-store.ts';
import { erasedPerson, isErased, type PersonId, personAsTold, type RecordKey, type ToldPerson } from './entities.ts';
import { erasedReason, InvalidEntity, validPerson, validRecord, validRecordKey } from './entity-validation.ts';

/** A write failed or is overdue: whether it happened is unknown, and the directory takes no further change. */
export class DirectoryUnavailable extends Error {
  override readonly name = 'DirectoryUnavailable';
}

/** The thread that writes may wait for the disk for ever, and does not let the process end. */
export class DirectoryOverdue extends DirectoryUnavailable {}

export interface OpenDirectory extends Directory {
  /** What is kept of the rights of before: see `directory-past.ts`. Oldest first. */
  personPeriods(id: PersonId): Promise<Period<PersonThen>[]>;
  recordPeriods(key: RecordKey): Promise<Period<RecordThen>[]>;
  /** How many people, inactive ones too, and how many records there are. */
  readonly counts: { readonly people: number; readonly records: number };
  /** ERASE-2: the person's name and address go, their sessions end, and the id is never given a name again. */
  erase(person: PersonId): Promise<void>;
  /** As the store's. */
  scrub(): Promise<boolean>;
  /** Waits for the change under way, then closes the store. Changes that wait for their turn are refused. */
  close(): Promise<void>;
}

/**
 * Reads the whole store; rejects with `DirectoryDamaged` where it is not as it was written. Owns the store. `failed` is
 * told, once, when it takes no further change: whoever serves from it ends, because what was said of it may be false.
 */
export async function createDirectory(
  store: DirectoryStore,
  clock: Clock = systemClock(),
  failed: (error: DirectoryUnavailable) => void = () => {},
): Promise<OpenDirectory> {
  const stored = await store.load();
  const index = new DirectoryIndex(stored);
  const listeners = new Set<(change: DirectoryChange) => void>();
  let { version, completeSince } = stored;
  let turn: Promise<void> = Promise.resolve();
  let unavailable: DirectoryUnavailable | null = null;

  async function write(change: StoreWrite): Promise<void> {
    try {
      await inTime(clock, store.write(change));
    } catch (cause) {
      unavailable =
        cause instanceof DirectoryOverdue
          ? cause
          : new DirectoryUnavailable('a write of the directory failed', { cause });
      failed(unavailable);
      throw unavailable;
    }
  }

  async function change(wanted: Changes): Promise<void> {
    if (unavailable !== null) throw unavailable;
    const changes = index.differing(wanted);
    if (changes.people.length + changes.records.length === 0) return;
    const forget = index.removalsToForget(changes);
    const since = Math.max(completeSince, ...forget.map((removal) => removal.version));
    await write({
      version: version + 1,
      at: clock.tick(),
      completeSince: since,
      forget: forget.map((removal) => removal.key),
      ...changes,
    });
    version += 1;
    completeSince = since;
    tell(listeners, index.apply(version, changes, forget));
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.then(
      () => undefined,
      () => undefined,
    );
    return mine;
  }

  return {
    get version() {
      return version;
    },
    get counts() {
      return index.counts;
    },
    person: (id) => index.person(id),
    isActive: (id) => index.isActive(id),
    record: (kind, id) => index.record(kind, id),
    mayView: (person, kind, id) => index.mayView(person, kind, id),
    maySeeName: (person, kind, id) => index.maySeeName(person, kind, id),
    searchPeople: (last, limit, except) => index.searchPeople(last, limit, except),
    searchRecords: (viewer, name, kind, limit) => index.searchRecords(viewer, name, kind, limit),
    // A version of the future is of another directory: nothing can be told about it.
    changedSince: (since) => (since > version ? null : index.changedSince(since)),

    personPeriods: (id) => store.personPeriods(id),
    recordPeriods: (key) => store.recordPeriods(key),

    async put(wanted) {
      const { people: told, records } = validated(wanted);
      await inTurn(() => {
        refuseErased(index, told);
        return change({ people: told.map((one) => personAsTold(one, index.person(one.id))), records });
      });
    },

    setActive: (id, active) =>
      inTurn(async () => {
        const person = index.person(id);
        if (person === undefined || person.active === active || isErased(person)) return false;
        await change({ people: [{ ...person, active }], records: [] });
        return true;
      }),

    erase: (person) => inTurn(() => change({ people: [erasedPerson(person)], records: [] })),
    scrub: () => inTurn(() => store.scrub()),

    onChange(listener) {
      // The same function registered twice is told twice, and each registration ends by itself.
      const registered = (change: DirectoryChange) => listener(change);
      listeners.add(registered);
      return () => {
        listeners.delete(registered);
      };
    },

    async close() {
      unavailable ??= new DirectoryUnavailable('the directory is closed');
      await turn;
      await store.close();
    },
  };
}

/** LMDB leaves promises pending for ever after some failures: what takes too long has an unknown outcome. */
function inTime(clock: Clock, writing: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = deadline(clock, limits.appendDeadlineMs, () =>
      reject(new DirectoryOverdue('a write of the directory is overdue')),
    );
    writing.then(resolve, reject).finally(() => timer.cancel());
  });
}

/** Every listener hears of it, even when one before throws: that bug reaches whoever asked for the change. */
function tell(listeners: ReadonlySet<(change: DirectoryChange) => void>, change: DirectoryChange): void {
  const thrown: unknown[] = [];
  for (const listener of [...listeners]) {
    try {
      listener(change);
    } catch (bug) {
      thrown.push(bug);
    }
  }
  if (thrown.length > 0) throw thrown[0];
}

function validated(wanted: Parameters<Directory['put']>[0]): Pick<Changes, 'records'> & { people: ToldPerson[] } {
  const people = each('people', wanted.people ?? [], validPerson);
  const put = each('records', wanted.records ?? [], validRecord);
  const removed = each('removeRecords', wanted.removeRecords ?? [], validRecordKey);
  const records = [
    ...put.map((record) => ({ key: { kind: record.kind, id: record.id }, record })),
    ...removed.map((key) => ({ key, record: null })),
  ];
  refuseTwice(
    'people',
    people.map((person) => person.id),
  );
  refuseTwice(
    'records',
    records.map(({ key }) => `${key.kind}/${key.id}`),
  );
  return { people, records };
}

function each<T>(name: string, list: readonly unknown[], valid: (input: unknown) => T): T[] {
  return list.map((input, at) => {
    try {
      return valid(input);
    } catch (error) {
      throw error instanceof InvalidEntity ? error.within(`${name}[${at}]`) : error;
    }
  });
}

function refuseErased(index: DirectoryIndex, people: readonly ToldPerson[]): void {
  people.forEach((person, at) => {
    if (isErased(index.person(person.id))) throw new InvalidEntity(`people[${at}].id`, erasedReason);
  });
}

function refuseTwice(field: string, ids: readonly string[]): void {
  if (new Set(ids).size !== ids.length) throw new InvalidEntity(field, 'names the same one twice');
}
