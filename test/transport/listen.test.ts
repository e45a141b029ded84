import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { plainAddress } from '../../src/transport/client-address.ts';
import { listen } from '../../src/transport/listen.ts';
import { uwsBinaries } from '../../src/transport/uws-binaries.ts';
import { assertPinnedBinary, uwsBinaryPath } from '../../src/transport/uws-verify.ts';
import { type ListenFn, stand } from './peers.ts';

const via =
  (kind: 'auto' | 'uws' | 'ws'): ListenFn =>
  (options, log, clock) =>
    listen(kind, options, log, clock);

describe('the choice of the adapter', () => {
  const arch = process.arch;
  afterEach(() => {
    Object.defineProperty(process, 'arch', { value: arch });
  });

  it('takes uWebSockets.js where its binary is the pinned one, and says so', async () => {
    const made = await stand(via('auto'));
    expect(made.transport.name).toBe('uws');
    expect(made.logged.join()).toContain('"transport":"uws"');
    await made.transport.close();
  });

  it('takes ws where there is no binary for the platform, and says why', async () => {
    Object.defineProperty(process, 'arch', { value: 'riscv64' });
    const made = await stand(via('auto'));
    expect(made.transport.name).toBe('ws');
    expect(made.logged[0]).toContain('uWebSockets.js is not used');
    expect(made.logged[0]).toContain('riscv64');
    await made.transport.close();
    await expect(stand(via('uws'))).rejects.toThrow('no binary for this platform');
  });

  it('takes ws when told', async () => {
    const made = await stand(via('ws'));
    expect(made.transport.name).toBe('ws');
    await made.transport.close();
  });

  it('does not hide a taken port behind the other adapter', async () => {
    const made = await stand(via('auto'));
    await expect(stand(via('auto'), { port: made.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await made.transport.close();
  });
});

describe('the pinned binaries', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'parley-uws-'));
  afterEach(() => rmSync(scratch, { recursive: true, force: true }));

  it('are those of the installed release, all of them', () => {
    const folder = dirname(uwsBinaryPath());
    const shipped = readdirSync(folder).filter((file) => file.endsWith('.node'));
    const sums = shipped.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex'),
    ]);
    expect(Object.fromEntries(sums)).toEqual(uwsBinaries);
  });

  it('are recognized, and nothing else is: one byte more, one byte changed, another name, no file', () => {
    const path = uwsBinaryPath();
    expect(() => assertPinnedBinary(path)).not.toThrow();
    const bytes = readFileSync(path);
    rmSync(scratch, { recursive: true, force: true });
    const copy = join(mkdtempSync(scratch), basename(path));
    copyFileSync(path, copy);
    expect(() => assertPinnedBinary(copy)).not.toThrow();
    truncateSync(copy, bytes.length + 1);
    expect(() => assertPinnedBinary(copy)).toThrow('is not the binary that was pinned');
    bytes[1_000] = (bytes[1_000] ?? 0) ^ 1;
    writeFileSync(copy, bytes);
    expect(() => assertPinnedBinary(copy)).toThrow('is not the binary that was pinned');
    const renamed = join(dirname(copy), 'uws_plan9_x64_115.node');
    copyFileSync(path, renamed);
    expect(() => assertPinnedBinary(renamed)).toThrow('no binary for this platform');
    rmSync(copy);
    expect(() => assertPinnedBinary(copy)).toThrow('no binary for this platform');
    rmSync(dirname(copy), { recursive: true });
  });
});

describe('a peer address', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['0000:0000:0000:0000:0000:ffff:7f00:0001', '127.0.0.1'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['::1', '::1'],
    ['', ''],
  ])('%s is written %s', (given, plain) => {
    expect(plainAddress(given)).toBe(plain);
  });
});
