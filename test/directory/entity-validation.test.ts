import { describe, expect, it } from 'vitest';
import { createDirectory } from '../../src/directory/create-directory.ts';
import { memoryDirectoryStore } from '../../src/directory/directory-store-memory.ts';
import { InvalidEntity, validPerson, validRecord } from '../../src/directory/entity-validation.ts';
import { limits } from '../../src/limits.ts';

const person = { id: 'a', first: 'Ann', last: 'Lee', email: 'ann@example.org', active: true };
const record = { kind: 'contact', id: 'r', name: 'R', view: 'everyone', edit: ['a'] };

function fieldOf(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    if (error instanceof InvalidEntity) return error.field;
    throw error;
  }
  return 'accepted';
}

describe('people', () => {
  const long = 'x'.repeat(limits.nameMaxBytes + 1);
  it.each([
    ['id', { id: '' }],
    ['id', { id: 'a b' }],
    ['id', { id: 'ä' }],
    ['id', { id: 'a\u0000' }],
    ['id', { id: 'x'.repeat(limits.idMaxChars + 1) }],
    ['id', { id: 7 }],
    ['id', { id: undefined }],
    ['last', { last: '' }],
    ['last', { last: ' \u00a0 ' }],
    ['last', { last: '\u200b\u00ad' }],
    ['last', { last: '\u2800' }],
    ['last', { last: undefined }],
    ['last', { last: long }],
    ['last', { last: '🚀'.repeat(limits.nameMaxBytes / 4 + 1) }],
    ['last', { last: 'a\nb' }],
    ['last', { last: 'a\u0000b' }],
    ['last', { last: 'a\u009fb' }],
    ['last', { last: 'a\u202eb' }],
    ['last', { last: 'a\u2028b' }],
    ['last', { last: 'a\ud800' }],
    ['last', { last: '\udc00a' }],
    ['first', { first: 7 }],
    ['first', { first: long }],
    ['first', { first: 'a\r' }],
    ['first', { first: '\u3164' }],
    ['email', { email: '' }],
    ['email', { email: 'ann' }],
    ['email', { email: '@example.org' }],
    ['email', { email: 'ann@' }],
    ['email', { email: 'a@b@c' }],
    ['email', { email: 'ann@example.org\r\nBcc: all@example.org' }],
    ['email', { email: 'a@b, c@d' }],
    ['email', { email: 'Ann <ann@example.org>' }],
    ['email', { email: `${'x'.repeat(60)}@${'y'.repeat(limits.emailMaxChars)}` }],
    ['email', { email: 5 }],
    ['active', { active: 'yes' }],
    ['', { role: 'admin' }],
  ])('refuses field "%s", case %#', (field, change) => {
    expect(fieldOf(() => validPerson({ ...person, ...change }))).toBe(field);
  });

  it.each([[null], [undefined], ['ann'], [[]], [7]])('refuses %j as a person', (input) => {
    expect(() => validPerson(input)).toThrow(InvalidEntity);
  });

  it('takes names of any script up to the bound, and trims them', () => {
    const last = 'é'.repeat(limits.nameMaxBytes / 2);
    expect(validPerson({ ...person, last: ` ${last}\u3000` }).last).toBe(last);
    expect(validPerson({ id: 'a', last: '山田' })).toEqual({
      id: 'a',
      first: '',
      last: '山田',
      email: null,
    });
    expect(validPerson({ ...person, email: 'jörg+x@bücher.example' }).email).toBe('jörg+x@bücher.example');
  });
});

describe('records', () => {
  it.each([
    ['kind', { kind: 'user' }],
    ['kind', { kind: 'constructor' }],
    ['kind', { kind: undefined }],
    ['id', { id: 'a/\u00e9' }],
    ['name', { name: '' }],
    ['name', { name: undefined }],
    ['name', { name: '\u001b[31m' }],
    ['view', { view: 'nobody' }],
    ['view', { view: null }],
    ['view', { view: undefined }],
    ['edit[1]', { edit: ['a', 'b c'] }],
    ['edit[0]', { edit: [7] }],
    ['view', { view: Array.from({ length: limits.rightHoldersMax + 1 }, (_, n) => `p${n}`) }],
    ['', { owner: 'a' }],
  ])('refuses field "%s", case %#', (field, change) => {
    expect(fieldOf(() => validRecord({ ...record, ...change }))).toBe(field);
  });

  it('brings rights into one form', () => {
    expect(validRecord({ ...record, view: ['b', 'a', 'b'] }).view).toEqual(['a', 'b']);
    expect(validRecord({ ...record, view: [] }).view).toEqual([]);
  });
});

describe('a change of the directory', () => {
  it('is refused whole, naming the entity and the field, never the value', async () => {
    const directory = await createDirectory(memoryDirectoryStore());
    const refused = await directory
      .put({ people: [person, { ...person, id: 'b', email: 'secret value' }] })
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InvalidEntity);
    expect(refused).toMatchObject({ field: 'people[1].email', message: 'people[1].email is not an e-mail address' });
    expect(directory.version).toBe(0);
    expect(directory.person('a')).toBeUndefined();
  });

  it('may not name the same one twice', async () => {
    const directory = await createDirectory(memoryDirectoryStore());
    await expect(directory.put({ people: [person, person] })).rejects.toThrow(InvalidEntity);
    const company = { kind: 'company', id: 'c', name: 'C', view: 'everyone', edit: 'everyone' } as const;
    await expect(directory.put({ records: [company], removeRecords: [company] })).rejects.toThrow(InvalidEntity);
    expect(directory.counts).toEqual({ people: 0, records: 0 });
  });
});
