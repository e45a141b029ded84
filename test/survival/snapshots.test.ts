/** Snapshots and restores: equal by export, killed anywhere, and tampered with in every way that can be told. */
import { hash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Damaged, Incompatible } from '../../src/journal/journal.ts';
import { openReadOnly } from '../../src/journal/read-store.ts';
import { restoreSnapshot } from '../../src/journal/restore.ts';
import { writeSnapshot } from '../../src/journal/snapshot.ts';
import { checkSnapshot } from '../../src/journal/snapshot-check.ts';
import type { Manifest } from '../../src/journal/snapshot-manifest.ts';
import { verifyStore } from '../../src/journal/verify.ts';
import { seeded } from '../journal/random-history.ts';
import { makeStore, readDirectoryRows } from '../journal/random-store.ts';
import { type Compiled, compile } from '../support/compiled.ts';
import { temporaryDirectory } from '../support/server.ts';
import { countOf, seedOf } from './counts.ts';
import { readDiskLog } from './disk-log.ts';
import { compileDiskShim, type DiskShim } from './disk-shim.ts';

let home: { readonly path: string; remove(): void };
beforeEach(() => {
  home = temporaryDirectory('parley-snapshots-');
});
afterEach(() => home.remove());
const at = (name: string) => join(home.path, name);

/** What `parley export` writes, and the directory's rows. */
async function exportOf(path: string): Promise<string> {
  const lines: string[] = [];
  const store = await openReadOnly(path);
  for await (const conversation of store.conversations()) {
    for await (const { position, event } of store.events(conversation)) {
      lines.push(JSON.stringify({ conversation, position, ...event }));
    }
  }
  await store.close();
  for (const { table, key, value } of readDirectoryRows(path)) {
    lines.push(JSON.stringify([table, Buffer.from(key).toString('hex'), Buffer.from(value).toString('hex')]));
  }
  return lines.join('\n');
}

const stores = countOf({ test: 30, bar: 200, nightly: 2_000 });

it(`${stores} stores restored from their snapshots are equal to themselves, byte for byte, by export`, async () => {
  const seed = seedOf('snapshots.test.ts');
  const random = seeded(seed);
  for (let nth = 0; nth < stores; nth += 1) {
    const options = { entries: 1 + random(120), conversations: 1 + random(9), partitions: 1 + random(3) };
    await makeStore(at('data'), seed + nth, options);
    await writeSnapshot({ dataDir: at('data'), to: at('snapshot') });
    await restoreSnapshot({ from: at('snapshot'), dataDir: at('restored') });
    const before = await exportOf(at('data'));
    expect(before.length).toBeGreaterThan(0);
    expect(await exportOf(at('restored')), `store ${nth}, PARLEY_SEED=${seed}`).toBe(before);
    for (const name of readdirSync(home.path)) rmSync(at(name), { recursive: true });
  }
}, 14_400_000);

describe('killed half-way', () => {
  let copier: Compiled;
  let shim: DiskShim;
  beforeAll(() => {
    copier = compile('test/survival/copier-process');
    shim = compileDiskShim();
  });
  afterAll(() => {
    copier.destroy();
    shim.destroy();
  });
  const points = countOf({ test: 12, bar: 50, nightly: 400 });

  for (const mode of ['snapshot', 'restore'] as const) {
    it(`a ${mode} that is killed at ${points} of its writes and syncs leaves nothing in its place, or all of it`, async () => {
      const seed = seedOf(`snapshots.test.ts, ${mode} killed`);
      const random = seeded(seed);
      await makeStore(at('data'), seed, { entries: 300, conversations: 40 });
      await writeSnapshot({ dataDir: at('data'), to: at('snapshot') });
      const expected = await exportOf(at('data'));
      const from = mode === 'snapshot' ? at('data') : at('snapshot');
      const root = at('out');
      const run = (to: string, env: Record<string, string>) =>
        copier.start([mode, from, join(root, to)], 'true', env).ended;
      expect(await run('whole', shim.env({ root, log: at('log') }))).toBe(0);
      const counted = new Set(['write', 'truncate', 'sync']);
      const most = readDiskLog(at('log')).filter(({ kind }) => counted.has(kind)).length;
      let whole = 0;
      for (let point = 0; point < points; point += 1) {
        const n = 1 + Math.floor((point * most) / points) + random(Math.max(1, Math.floor(most / points)));
        const killed = await run(`to-${point}`, shim.env({ root, fault: { at: n, what: 'KILL' } }));
        if (n <= most) expect(killed, `write or sync ${n} of ${most}`).toBe('SIGKILL');
        if (!existsSync(join(root, `to-${point}`))) continue;
        whole += 1;
        await expectWhole(join(root, `to-${point}`), expected);
      }
      // The last writes come when it has its name.
      expect(whole).toBeLessThan(points);
      // What was left lying there is in nobody's way.
      expect(await run('to-0', {})).toBe(0);
      await expectWhole(join(root, 'to-0'), expected);

      async function expectWhole(path: string, exported: string): Promise<void> {
        if (mode === 'snapshot') {
          await checkSnapshot(path);
          await restoreSnapshot({ from: path, dataDir: `${path}-restored` });
          expect(await exportOf(`${path}-restored`)).toBe(exported);
        } else {
          expect((await verifyStore(path)).damages).toEqual([]);
          expect(await exportOf(path)).toBe(exported);
        }
      }
    }, 14_400_000);
  }
});

describe('tampered with', () => {
  const times = countOf({ test: 200, bar: 200, nightly: 5_000 });

  it(`${times} snapshots that somebody has changed: each is refused by name, and nothing is made`, async () => {
    const seed = seedOf('snapshots.test.ts, tampered');
    const random = seeded(seed);
    await makeStore(at('data'), seed, { entries: 80, partitions: 2 });
    await makeStore(at('more'), seed + 1, { entries: 80, partitions: 2 });
    await writeSnapshot({ dataDir: at('data'), to: at('sound') });
    await writeSnapshot({ dataDir: at('more'), to: at('other') });
    await checkSnapshot(at('sound'));
    const before = readdirSync(home.path).length;
    const ways = [...onFiles, ...onManifest];
    for (let time = 0; time < times; time += 1) {
      const [what, tamper] = ways[time % ways.length] as (typeof ways)[number];
      cpSync(at('sound'), at('snapshot'), { recursive: true });
      const detail = tamper(at('snapshot'), random) ?? '';
      const restoring = restoreSnapshot({ from: at('snapshot'), dataDir: at('restored') });
      await expect(restoring, `${what} ${detail} (PARLEY_SEED=${seed})`).rejects.toSatisfy(
        (error) => error instanceof Damaged || error instanceof Incompatible,
      );
      rmSync(at('snapshot'), { recursive: true });
      expect(readdirSync(home.path).length).toBe(before);
    }
    await checkSnapshot(at('sound'));
  }, 14_400_000);

  type Way = readonly [what: string, tamper: (path: string, random: (below: number) => number) => string | undefined];
  const recordFiles = ['archive.records', 'journal.records', 'directory.records'] as const;

  /** Changes one file, by chance. */
  const bytewise = (what: string, change: (bytes: Buffer, random: (below: number) => number) => Buffer): Way => [
    what,
    (path, random) => {
      const names = readdirSync(path).sort();
      const name = names[random(names.length)] as string;
      writeFileSync(join(path, name), change(readFileSync(join(path, name)), random));
      return name;
    },
  ];

  const onFiles: Way[] = [
    bytewise('a bit flipped', (bytes, random) => {
      const at = random(bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << random(8));
      return bytes;
    }),
    bytewise('a byte taken out', (bytes, random) => {
      const at = random(bytes.length);
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    }),
    bytewise('a byte put in', (bytes, random) => {
      const at = random(bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([random(256)]), bytes.subarray(at)]);
    }),
    bytewise('cut short', (bytes, random) => bytes.subarray(0, random(bytes.length))),
    [
      'a file missing',
      (path, random) => {
        const name = ['manifest.json', ...recordFiles][random(4)] as string;
        rmSync(join(path, name));
        return name;
      },
    ],
    [
      'a file of another snapshot',
      (path, random) => {
        const name = recordFiles[random(2)] as string;
        cpSync(join(path, '..', 'other', name), join(path, name));
        return name;
      },
    ],
    [
      'two files swapped, and the manifest made to fit',
      (path) => {
        const [a, b] = [join(path, 'archive.records'), join(path, 'journal.records')];
        const [first, second] = [readFileSync(a), readFileSync(b)];
        writeFileSync(a, second);
        writeFileSync(b, first);
        return rewritten(path, (manifest) => ({ ...manifest, files: manifest.files.map(filed(path)) }));
      },
    ],
    [
      'a file of another snapshot, and the manifest made to fit',
      (path) => {
        cpSync(join(path, '..', 'other', 'archive.records'), join(path, 'archive.records'));
        return rewritten(path, (manifest) => ({ ...manifest, files: manifest.files.map(filed(path)) }));
      },
    ],
    [
      'a record altered, and the manifest made to fit',
      (path, random) => {
        const name = recordFiles[random(3)] as string;
        const bytes = readFileSync(join(path, name));
        const at = random(bytes.length);
        bytes[at] = (bytes[at] as number) ^ (1 << random(8));
        writeFileSync(join(path, name), bytes);
        return rewritten(path, (manifest) => ({ ...manifest, files: manifest.files.map(filed(path)) }));
      },
    ],
  ];

  /** Each with the manifest's own checksum made to fit: it is no secret. */
  const altered = (what: string, change: (manifest: Manifest) => unknown): Way => [
    `manifest: ${what}`,
    (path) => rewritten(path, change),
  ];
  const withFile = (manifest: Manifest, change: object) => ({
    ...manifest,
    files: manifest.files.map((file, nth) => (nth === 0 ? { ...file, ...change } : file)),
  });
  const counts = [
    'conversations',
    'events',
    'commands',
    'preferences',
    'outbox',
    'journalEntries',
    'directoryRows',
  ] as const;

  const onManifest: Way[] = [
    ...counts.map((name) =>
      altered(`one ${name} more`, (manifest) => ({
        ...manifest,
        counts: { ...manifest.counts, [name]: manifest.counts[name] + 1 },
      })),
    ),
    altered('no counts', ({ counts: _, ...manifest }) => manifest),
    altered('a name that leads out', (manifest) => withFile(manifest, { name: '../other/archive.records' })),
    altered('an absolute name', (manifest) => withFile(manifest, { name: '/etc/passwd' })),
    altered('a name that is none', (manifest) => withFile(manifest, { name: 7 })),
    altered('another size', (manifest) => withFile(manifest, { bytes: 1 })),
    altered('another sum', (manifest) => withFile(manifest, { sha256: '0'.repeat(64) })),
    altered('a file twice', (manifest) => ({ ...manifest, files: [...manifest.files, manifest.files[0]] })),
    altered('no files', (manifest) => ({ ...manifest, files: [] })),
    altered('files that are no list', (manifest) => ({ ...manifest, files: 'archive.records' })),
    altered('no positions', (manifest) => ({ ...manifest, positions: [] })),
    altered('a position fewer', (manifest) => ({ ...manifest, positions: manifest.positions.slice(1) })),
    altered('a position more', (manifest) => ({
      ...manifest,
      positions: [...manifest.positions, { checkpoint: 0, head: 0 }],
    })),
    altered('positions that are none', (manifest) => ({ ...manifest, positions: [null, 'x'] })),
    altered('a head below its checkpoint', (manifest) => ({
      ...manifest,
      positions: manifest.positions.map(({ head }) => ({ checkpoint: head + 1, head })),
    })),
    altered('a head further on', (manifest) => ({
      ...manifest,
      positions: manifest.positions.map(({ checkpoint, head }) => ({ checkpoint, head: head + 1 })),
    })),
    altered('a million partitions', (manifest) => ({ ...manifest, store: { ...manifest.store, partitions: 1e6 } })),
    altered('no store', ({ store: _, ...manifest }) => manifest),
    altered('an epoch that is a path', (manifest) => ({ ...manifest, store: { ...manifest.store, epoch: '../x' } })),
    altered('a newer format', (manifest) => ({ ...manifest, format: manifest.format + 1 })),
    altered('somebody else’s', (manifest) => ({ ...manifest, parley: 'a game' })),
    altered('a list', () => []),
    altered('nothing', () => null),
  ];

  function filed(path: string) {
    return ({ name }: Manifest['files'][number]) => {
      const bytes = readFileSync(join(path, name));
      return { name, bytes: bytes.length, sha256: hash('sha256', bytes) };
    };
  }

  function rewritten(path: string, change: (manifest: Manifest) => unknown): undefined {
    const file = join(path, 'manifest.json');
    const { sha256: _, ...manifest } = JSON.parse(readFileSync(file, 'utf8')) as Manifest & { sha256: string };
    const changed = change(manifest) as object | null;
    const sha256 = hash('sha256', JSON.stringify(changed));
    const sealed = Array.isArray(changed) || changed === null ? changed : { ...changed, sha256 };
    writeFileSync(file, `${JSON.stringify(sealed, null, 2)}\n`);
    return undefined;
  }
});
