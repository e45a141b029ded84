/** A host on memory stores with everyone active, for tests that need no sockets. */
import type { ConversationMachine } from '../../src/conversation/machine.ts';
import type { Committed, HostResult } from '../../src/host/committed.ts';
import { Host, type HostPort } from '../../src/host/host.ts';
import type { Request } from '../../src/host/request.ts';
import type { Archive } from '../../src/journal/archive.ts';
import { openMemoryArchive } from '../../src/journal/archive-memory.ts';
import { createMemoryDisk, type MemoryDisk, openMemoryJournal } from '../../src/journal/journal-memory.ts';
import { createMemoryTables, type MemoryTables } from '../../src/journal/tables-memory.ts';
import { type Limits, limits } from '../../src/limits.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { createLog } from '../../src/runtime/log.ts';

export interface TestHost {
  readonly host: Host;
  readonly archive: Archive;
  readonly committed: Committed[];
  readonly fenced: Error[];
  writable: boolean;
  ask(person: string, id: string, request: Request): Promise<HostResult>;
}

export interface TestDisk {
  readonly journal: MemoryDisk;
  readonly tables: MemoryTables;
}

export function testDisk(partitions = 1): TestDisk {
  return { journal: createMemoryDisk('test', partitions), tables: createMemoryTables() };
}

export async function openHost(
  disk: TestDisk = testDisk(),
  change: {
    limits?: Partial<Record<keyof Limits, number>>;
    machine?: ConversationMachine;
    unread?: string[];
    clock?: Clock;
    archivable?: () => Promise<boolean>;
  } = {},
): Promise<TestHost> {
  const archive = openMemoryArchive(disk.tables);
  const committed: Committed[] = [];
  const fenced: Error[] = [];
  const port: HostPort = {
    journal: openMemoryJournal(disk.journal),
    archive,
    clock: change.clock ?? systemClock(),
    log: createLog('silent'),
    limits: { ...limits, checkpointIntervalMs: 3_600_000, ...change.limits } as Limits,
    inactiveAmong: () => new Set(),
    mayView: () => true,
    unreadOf: async () => change.unread ?? [],
    committed: (group) => void committed.push(...group),
    together: (work) => work(),
    replayed: () => {},
    alertsToArchive: () => ({ preferences: [], outbox: [], outboxDone: [], mails: [], taken() {} }),
    writable: () => test.writable,
    archivable: change.archivable ?? (async () => true),
    fenced: (error) => void fenced.push(error),
    metrics: { commit() {} },
    ...(change.machine === undefined ? {} : { machine: change.machine }),
  };
  const test: TestHost = {
    host: await Host.open(port),
    archive,
    committed,
    fenced,
    writable: true,
    ask: (person, id, request) => new Promise((resolve) => test.host.request(person, id, request, resolve)),
  };
  return test;
}

export const start = (people: string[], text = 'hello'): Request => ({
  type: 'start',
  text,
  people,
  about: null,
  private: false,
});

export function conversationIn(result: HostResult): string {
  if (!('ok' in result)) throw new Error(`not answered: ${JSON.stringify(result)}`);
  return result.ok.conversation as string;
}
