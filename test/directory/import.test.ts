import { describe, expect, it } from 'vitest';
import { formatOf, importPeople, importRecords } from '../../src/directory/import.ts';
import { UnreadableImport } from '../../src/directory/import-raw.ts';
import { limits } from '../../src/limits.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const people = (text: string, ...skip: string[]) => importPeople(bytes(text), 'csv', skip);
const ann = { id: 'ann', first: 'Ann', last: 'Lee', email: 'ann@example.org' };

describe('CSV', () => {
  it('gives people by the columns of its header, in any order', () => {
    expect(people('last,ID,Email,first,active\nLee,ann,ann@example.org,Ann,true\nBo,bob,,,no\n')).toEqual([
      { line: 2, entity: { ...ann, active: true } },
      { line: 3, entity: { id: 'bob', first: '', last: 'Bo', email: null, active: false } },
    ]);
  });

  it('reads what spreadsheets write: byte order mark, CRLF, semicolons, tabs, quotes, blank lines', () => {
    expect(people('\ufeffid;last\r\nann;Lee\r\n\r\nbob;"Bo; ""the"""\r\n')).toEqual([
      { line: 2, entity: { id: 'ann', first: '', last: 'Lee', email: null } },
      { line: 4, entity: { id: 'bob', first: '', last: 'Bo; "the"', email: null } },
    ]);
    expect(people('id\tlast\nann\tLee')[0]).toMatchObject({ entity: { last: 'Lee' } });
    expect(people('id,last\nann,"Müller, 山"')[0]).toMatchObject({ entity: { last: 'Müller, 山' } });
  });

  it('names the line on which a row begins, and finds the separator below blank lines', () => {
    const parsed = people('\r\n\r\nid;last\r\na;"x\r\n\r\ny"\r\n\r\nb;"z\nz"\r\nc;C\r\n');
    expect(parsed.map((one) => [one.line, 'entity' in one])).toEqual([
      [4, false],
      [8, false],
      [10, true],
    ]);
  });

  it('leaves active open where the file does not say', () => {
    expect(people('id,last,active\na,A,\nb,B,YES\nc,C,0')).toEqual([
      { line: 2, entity: { id: 'a', first: '', last: 'A', email: null } },
      { line: 3, entity: { id: 'b', first: '', last: 'B', email: null, active: true } },
      { line: 4, entity: { id: 'c', first: '', last: 'C', email: null, active: false } },
    ]);
  });

  it('refuses a line by field and reason, and no other line for it', () => {
    const parsed = people(
      'id,last,email,active\na b,A,,\nb,,,\nc,C,nonsense,\nd,D,,perhaps\ne,E\nf,F,,,\nok,O,,\nok,P,,\ng,"a\nb",,\nh,H,,\n',
    );
    expect(parsed.map((one) => ('entity' in one ? `${one.line} ok` : `${one.line} ${one.field}`))).toEqual([
      '2 id',
      '3 last',
      '4 email',
      '5 active',
      '6 ',
      '7 ',
      '8 ok',
      '9 id',
      '10 last',
      '12 ok',
    ]);
    expect(parsed[7]).toMatchObject({ reason: 'stands on line 8 already' });
    expect(parsed[4]).toMatchObject({ reason: 'has 2 cells where the header has 4' });
  });

  it('is refused as a whole where a quote is out of place: it spoils what follows without a sign', () => {
    expect(() => people('id,last\na,A\nb,"x"y\nc,C\n')).toThrow(/^line 3 is not CSV/);
    expect(() => people('id,last\na,A\nb,"x\nc,C\n')).toThrow(UnreadableImport);
  });

  it.each([
    ['', 'empty'],
    ['last,first\na,b', 'no column id'],
    ['id,last,activ\na,A,no', 'the column "activ" is none of id, first, last, email, active'],
    ['id,last,last\na,A,B', 'twice'],
  ])('is refused as a whole for its header, case %#', (text, message) => {
    expect(() => people(text)).toThrow(UnreadableImport);
    expect(() => people(text)).toThrow(message);
  });

  it('leaves out columns that one names', () => {
    expect(people('id,Phone,last\nann,123,Lee', 'Phone')).toEqual([
      { line: 2, entity: { id: 'ann', first: '', last: 'Lee', email: null } },
    ]);
  });

  it('gives records with rights: everyone, nobody, or ids by space or semicolon', () => {
    const csv =
      'kind,id,name,view,edit\ncompany,c1,Acme,everyone,nobody\ncontact,c2,Bo,b a;c,"ann"\nhousehold,c3,H,,everyone\nuser,c4,U,everyone,everyone\n';
    expect(importRecords(bytes(csv), 'csv')).toEqual([
      { line: 2, entity: { kind: 'company', id: 'c1', name: 'Acme', view: 'everyone', edit: [] } },
      { line: 3, entity: { kind: 'contact', id: 'c2', name: 'Bo', view: ['a', 'b', 'c'], edit: ['ann'] } },
      { line: 4, field: 'view', reason: 'is missing' },
      { line: 5, field: 'kind', reason: 'must be one of contact, company, household, opportunity' },
    ]);
  });

  it('[SEE-2] takes everyone and nobody for no ids, in whatever case and company', () => {
    const csv =
      'kind,id,name,view,edit\ncompany,a,A,Everyone,NOBODY\ncompany,b,B,everyone ann,ann\ncompany,c,C,ann,x;nobody';
    expect(importRecords(bytes(csv), 'csv')).toEqual([
      { line: 2, entity: { kind: 'company', id: 'a', name: 'A', view: 'everyone', edit: [] } },
      { line: 3, field: 'view', reason: 'names everyone or nobody beside others' },
      { line: 4, field: 'edit', reason: 'names everyone or nobody beside others' },
    ]);
  });

  it('tells records of different kinds with one id apart', () => {
    const csv = 'kind,id,name,view,edit\ncompany,x,A,everyone,everyone\ncontact,x,B,everyone,everyone\n';
    expect(importRecords(bytes(csv), 'csv').every((one) => 'entity' in one)).toBe(true);
  });
});

describe('JSON Lines', () => {
  it('give people and records', () => {
    const lines = `\ufeff${JSON.stringify({ ...ann, active: false })}\r\n\n{"id":"bob","last":"Bo"}`;
    expect(importPeople(bytes(lines), 'jsonl')).toEqual([
      { line: 1, entity: { ...ann, active: false } },
      { line: 3, entity: { id: 'bob', first: '', last: 'Bo', email: null } },
    ]);
    const records = [
      { kind: 'company', id: 'c', name: 'C', view: ['b', 'a'], edit: 'everyone' },
      { kind: 'company', id: 'd', name: 'D', view: 'a b', edit: [] },
    ];
    expect(importRecords(bytes(records.map((one) => JSON.stringify(one)).join('\n')), 'jsonl')).toEqual([
      { line: 1, entity: { kind: 'company', id: 'c', name: 'C', view: ['a', 'b'], edit: 'everyone' } },
      { line: 2, entity: { kind: 'company', id: 'd', name: 'D', view: ['a', 'b'], edit: [] } },
    ]);
  });

  it('refuse by line what is no object, no entity, or has fields nobody knows', () => {
    const parsed = importPeople(
      bytes('{\n[]\nnull\n7\n{"id":"a","last":"A","role":"x"}\n{"id":1,"last":"A"}\n'),
      'jsonl',
    );
    expect(parsed.map((one) => ('entity' in one ? 'ok' : `${one.line} ${one.field}: ${one.reason}`))).toEqual([
      '1 : is not JSON',
      '2 : is not an object',
      '3 : is not an object',
      '4 : is not an object',
      '5 : has a field besides id, first, last, email, active',
      '6 id: must be a string',
    ]);
  });

  it('cannot reach a prototype', () => {
    const parsed = importPeople(bytes('{"id":"a","last":"A","__proto__":{"active":false}}'), 'jsonl');
    expect(parsed[0]).toMatchObject({ line: 1, field: '' });
    expect(({} as { active?: boolean }).active).toBeUndefined();
  });
});

describe('vCard', () => {
  const cards = (...sources: string[]) => importPeople(bytes(sources.join('\r\n')), 'vcard');
  const card = (...lines: string[]) => ['BEGIN:VCARD', ...lines, 'END:VCARD'].join('\r\n');

  it('3.0 and 4.0 give people', () => {
    expect(
      cards(
        card('VERSION:3.0', 'UID:ann', 'N:Lee;Ann;;Dr.;', 'FN:Dr. Ann Lee', 'EMAIL;TYPE=INTERNET:ann@example.org'),
        card('VERSION:4.0', 'UID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1', 'FN:Maria van der Berg'),
      ),
    ).toEqual([
      { line: 1, entity: ann },
      {
        line: 8,
        entity: { id: '4fbe8971-0bc3-424c-9c26-36c3e1eff6b1', first: 'Maria van der', last: 'Berg', email: null },
      },
    ]);
  });

  it('give the preferred address: by PREF, by TYPE, or the first', () => {
    const emailOf = (...lines: string[]) =>
      cards(card('VERSION:4.0', 'UID:a', 'N:A;;;;', ...lines)).map((one) => 'entity' in one && one.entity.email)[0];
    expect(emailOf('EMAIL:a@example.org', 'EMAIL;PREF=2:b@example.org', 'EMAIL;PREF=1:c@example.org')).toBe(
      'c@example.org',
    );
    expect(emailOf('EMAIL:a@example.org', 'EMAIL;TYPE=home,pref:b@example.org')).toBe('b@example.org');
    expect(emailOf('EMAIL:a@example.org', 'EMAIL:b@example.org')).toBe('a@example.org');
    expect(emailOf('NOTE:none')).toBeNull();
  });

  it('are read with folded lines, escapes, groups and lists of names', () => {
    const parsed = cards(
      card('VERSION:3.0', 'item1.UID:x', 'N:O\\;Hara\\, Jr.;Ann,Mar', ' ia;;;', 'item1.EMAIL:x@example.org'),
    );
    expect(parsed).toEqual([
      { line: 1, entity: { id: 'x', first: 'Ann Maria', last: 'O;Hara, Jr.', email: 'x@example.org' } },
    ]);
  });

  it('are refused one by one', () => {
    const parsed = cards(
      card('VERSION:2.1', 'UID:a', 'N:A;;;;'),
      card('VERSION:4.0', 'N:A;;;;'),
      card('VERSION:4.0', 'UID:b', 'KIND:group', 'FN:The group'),
      card('VERSION:4.0', 'UID:c'),
      card('VERSION:4.0', 'UID:d d', 'FN:D'),
      card('VERSION:4.0', 'UID:e', 'N:A\\nB;;;;'),
      card('VERSION:4.0', 'no colon here', 'UID:f', 'FN:F'),
      'stray',
      card('VERSION:4.0', 'UID:g', 'FN:G'),
      'BEGIN:VCARD',
      card('VERSION:4.0', 'UID:h', 'FN:H'),
      'BEGIN:VCARD',
    );
    const fields = parsed.map((one) => ('entity' in one ? one.entity.id : one.field || one.reason));
    expect(fields).toEqual([
      'VERSION',
      'id',
      'KIND',
      'last',
      'id',
      'last',
      'is not a vCard',
      'stands outside of any card',
      'g',
      'has no END:VCARD',
      'h',
      'has no END:VCARD',
    ]);
  });

  it('give no records', () => {
    expect(() => importRecords(bytes(''), 'vcard')).toThrow(UnreadableImport);
  });
});

describe('a file', () => {
  it('is known by its name', () => {
    expect(['a.csv', 'A.CSV', 'b.jsonl', 'b.ndjson', 'c.vcf', 'd.json', 'csv'].map(formatOf)).toEqual([
      'csv',
      'csv',
      'jsonl',
      'jsonl',
      'vcard',
      null,
      null,
    ]);
  });

  it('must be UTF-8, and the line is named where it is not', () => {
    const latin1 = Buffer.concat([bytes('id,last\na,A\nb,M'), Buffer.from([0xfc]), bytes('ller\n')]);
    expect(() => importPeople(latin1, 'csv')).toThrow('line 3 is not UTF-8');
  });

  it('of twenty thousand lines is read whole', () => {
    const lines = Array.from({ length: 20_000 }, (_, n) => `p${n},Last ${n},First`);
    const parsed = people(`id,last,first\n${lines.join('\n')}\n`);
    expect(parsed).toHaveLength(20_000);
    expect(parsed.at(-1)).toEqual({
      line: 20_001,
      entity: { id: 'p19999', first: 'First', last: 'Last 19999', email: null },
    });
    expect(limits.importFileMaxBytes).toBeGreaterThan(10_000_000);
  });

  it('of random bytes never does worse than being refused', () => {
    const seed = Number(process.env.PARLEY_SEED ?? 3);
    let state = seed;
    const chance = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const pieces = [
      'id,last\n',
      'BEGIN:VCARD\n',
      'END:VCARD\n',
      'VERSION:4.0\n',
      'UID:',
      '"',
      '\n',
      ',',
      '{',
      '}',
      'a',
      ':',
      ';',
      '\\',
      '[',
      '\u0000',
    ];
    for (let n = 0; n < 400; n += 1) {
      const text = Array.from({ length: chance(40) }, () => pieces[chance(pieces.length)]).join('');
      for (const format of ['csv', 'jsonl', 'vcard'] as const) {
        try {
          importPeople(bytes(text), format);
        } catch (error) {
          expect(error, `seed ${seed}: ${format} ${JSON.stringify(text)}`).toBeInstanceOf(UnreadableImport);
        }
      }
    }
  });
});
