import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { importCommand } from '../../src/admin/import.ts';
import { createDirectory, type OpenDirectory } from '../../src/directory/create-directory.ts';
import { lmdbDirectoryStore } from '../../src/directory/directory-store-lmdb.ts';
import { limits } from '../../src/limits.ts';
import { type AdminHttp, startAdminHttp } from '../../src/transport/admin-http.ts';
import type { AdminPort } from '../../src/transport/admin-port.ts';
import { noErasures } from '../support/no-erasures.ts';

const token = 'the-admin-token-of-the-tests';

let folder: string;
let directory: OpenDirectory;
let http: AdminHttp;
let out: string;
let err: string;

const adminOf = (over: OpenDirectory): AdminPort => ({
  ready: () => ({ ready: true }),
  writable: async () => true,
  metrics: async () => '',
  directory: over,
  erasures: noErasures,
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-import-'));
  directory = await createDirectory(lmdbDirectoryStore(join(folder, 'directory')));
  http = await startAdminHttp({ host: '127.0.0.1', port: 0, token, admin: adminOf(directory) });
  out = '';
  err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    out += chunk;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    err += chunk;
    return true;
  });
  process.exitCode = undefined;
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  await http.close();
  await directory.close();
  rmSync(folder, { recursive: true, force: true });
});

function fileOf(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

/** Runs the command in this process against the real port; gives what it printed, and its exit code. */
async function run(...args: string[]): Promise<{ out: string; err: string; code: number }> {
  out = '';
  err = '';
  process.exitCode = undefined;
  const server = ['--admin-port', String(http.port), '--data-dir', folder];
  const withToken = args.includes('--admin-token-file') ? [] : ['--admin-token', token];
  await new Command()
    .addCommand(importCommand())
    .parseAsync(['import', ...args, ...server, ...withToken], { from: 'user' });
  return { out, err, code: Number(process.exitCode ?? 0) };
}

describe('parley import', () => {
  it('changes nothing without --apply, and says by line what it would do', async () => {
    await directory.put({ people: [{ id: 'bob', first: '', last: 'Bo', email: null, active: true }] });
    const file = fileOf('staff.csv', 'id,last\nann,Lee\nbob,Bo\nbob2,\nbob,Bob\n');
    const dry = await run('people', file);
    expect(dry.out).toBe(
      'line 2: added ann\nline 4: refused last is missing\nline 5: refused id stands on line 3 already\n' +
        '1 added, 0 changed, 1 same, 2 refused (nothing was changed; --apply does it)\n',
    );
    expect(dry.code).toBe(1);
    expect(directory.version).toBe(1);
    expect((await run('people', file, '--all')).out).toContain('line 3: same bob\n');
  });

  it('is idempotent: run again, all is the same', async () => {
    const people = fileOf(
      'staff.jsonl',
      '{"id":"ann","first":"Ann","last":"Lee"}\n{"id":"bob","last":"Bo","active":false}\n',
    );
    const records = fileOf(
      'crm.csv',
      'kind,id,name,view,edit\ncompany,c1,Acme,everyone,ann bob\ncontact,x,Bo,ann,ann\n',
    );
    expect((await run('people', people, '--apply')).out).toMatch(/^2 added, 0 changed, 0 same, 0 refused$/m);
    expect((await run('records', records, '--apply')).out).toContain('line 2: added company/c1\n');
    expect(directory.maySeeName('ann', 'contact', 'x')).toBe(true);
    expect(directory.isActive('bob')).toBe(false);
    const { version } = directory;
    expect((await run('people', people, '--apply')).out).toBe('0 added, 0 changed, 2 same, 0 refused\n');
    expect((await run('records', records, '--apply')).out).toBe('0 added, 0 changed, 2 same, 0 refused\n');
    expect(directory.version).toBe(version);
  });

  it('[CMD-4] does not bring back who was deactivated, unless the file says so', async () => {
    const card = 'BEGIN:VCARD\nVERSION:4.0\nUID:ann\nN:Lee;Ann;;;\nEND:VCARD\n';
    await run('people', fileOf('staff.vcf', card), '--apply');
    expect(directory.isActive('ann')).toBe(true);
    await directory.put({ people: [{ id: 'ann', first: 'Ann', last: 'Lee', email: null, active: false }] });
    expect((await run('people', fileOf('staff.vcf', card.replace('Lee', 'Li')), '--apply')).out).toContain('1 changed');
    expect(directory.person('ann')).toMatchObject({ last: 'Li', active: false });
    await run('people', fileOf('back.csv', 'id,first,last,active\nann,Ann,Li,yes\n'), '--apply');
    expect(directory.isActive('ann')).toBe(true);
  });

  it('brings in the good lines though others are refused', async () => {
    const file = fileOf('staff.csv', 'id,last,email\nann,Lee,none\nbob,Bo,bob@example.org\n');
    const applied = await run('people', file, '--apply', '--json');
    expect(applied.code).toBe(1);
    expect(JSON.parse(applied.out)).toEqual({
      applied: true,
      added: 1,
      changed: 0,
      same: 0,
      refused: 1,
      lines: [
        { line: 2, outcome: 'refused', field: 'email', reason: 'is not an e-mail address' },
        { line: 3, outcome: 'added', id: 'bob' },
      ],
    });
    expect(directory.counts.people).toBe(1);
  });

  it('[ERASE-2] names line and field of someone who was erased', async () => {
    await directory.erase('ann');
    const file = fileOf('staff.csv', 'id,last\nbob,Bo\nann,Lee\n');
    expect((await run('people', file, '--apply')).out).toBe(
      'line 2: added bob\nline 3: refused id is of a person who was erased; who comes back gets another id\n' +
        '1 added, 0 changed, 0 same, 1 refused\n',
    );
  });

  it('that is interrupted goes on when it is run again', async () => {
    const count = limits.importBatchEntities * 3 + 7;
    const lines = Array.from({ length: count }, (_, n) => `p${n},Last ${n}`);
    const file = fileOf('many.csv', `id,last\n${lines.join('\n')}\n`);
    let batches = 0;
    directory.onChange(() => {
      batches += 1;
      // The port goes away after the second batch is in: its answer still comes, the next request finds nobody.
      if (batches === 2) void http.close();
    });
    const first = await run('people', file, '--apply');
    expect(first.code).toBe(69);
    expect(first.err).toMatch(
      /error: no server answers at http:\/\/127\.0\.0\.1:\d+ after 1000 lines; run it again to go on/,
    );
    expect(first.out).toContain('1000 added, 0 changed, 0 same, 0 refused\n');
    http = await startAdminHttp({ host: '127.0.0.1', port: 0, token, admin: adminOf(directory) });
    expect((await run('people', file, '--apply')).out).toContain(
      `${count - 1_000} added, 0 changed, 1000 same, 0 refused\n`,
    );
    expect(directory.counts.people).toBe(count);
    expect((await run('people', file)).out).toContain(`0 added, 0 changed, ${count} same`);
  });

  it('splits batches by bytes too, where rights name many people', async () => {
    const holders = Array.from({ length: limits.rightHoldersMax }, (_, n) => `${n}-${'x'.repeat(40)}`).sort();
    const lines = [1, 2, 3, 4].map((n) =>
      JSON.stringify({ kind: 'contact', id: `c${n}`, name: `C ${n}`, view: holders, edit: 'everyone' }),
    );
    const applied = await run('records', fileOf('rights.jsonl', lines.join('\n')), '--apply');
    expect(applied.out).toContain('4 added, 0 changed, 0 same, 0 refused\n');
    expect(directory.version).toBe(2);
  });

  it('takes the token from the file that the server made', async () => {
    const file = fileOf('staff.csv', 'id,last\nann,Lee\n');
    const tokenFile = fileOf('admin-token', `${token}\n`);
    expect((await run('people', file, '--admin-token-file', tokenFile)).code).toBe(0);
    expect((await run('people', file, '--admin-token-file', fileOf('other', 'a-token-of-somebody-else'))).code).toBe(
      69,
    );
    expect(err).toContain('The admin token is missing or wrong.');
    expect((await run('people', file, '--admin-token-file', join(folder, 'none'))).code).toBe(78);
  });

  it.each([
    ['staff.csv', 'first,last\nA,B\n', 'no column id'],
    ['staff.csv', 'id,last,phone\na,A,1\n', 'the column "phone"'],
    ['staff.txt', 'id,last\na,A\n', '--format csv|jsonl|vcard'],
  ])('is refused with exit code 1 for %s, case %#', async (name, content, message) => {
    const refused = await run('people', fileOf(name, content), '--apply');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain(message);
    expect(directory.version).toBe(0);
  });

  it('reads a file of any name with --format, and leaves out columns with --skip-columns', async () => {
    const file = fileOf('staff.txt', 'id,last,Phone,Job title\na,A,1,x\n');
    const dry = await run('people', file, '--format', 'csv', '--skip-columns', 'Phone,Job title');
    expect(dry.out).toContain('1 added');
    expect((await run('people', join(folder, 'none.csv'))).err).toContain('the file cannot be read: ENOENT');
    expect(process.exitCode).toBe(1);
  });

  it('says in its help what it does, with examples and exit codes', () => {
    let help = '';
    const command = importCommand();
    for (const one of [command, ...command.commands]) {
      one.configureOutput({
        writeOut: (text) => {
          help += text;
        },
      });
      one.outputHelp();
    }
    expect(help.match(/Examples:/g)).toHaveLength(3);
    expect(help).toContain('parley import people staff.csv');
    expect(help).toContain('Exit codes: 0 =');
  });
});
