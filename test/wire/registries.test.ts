import { describe, expect, it } from 'vitest';
import { refusals } from '../../src/conversation/refusals.ts';
import { closeCodes, subprotocol } from '../../src/wire/close-codes.ts';
import { type ErrorName, errorFrame, errors } from '../../src/wire/errors.ts';
import { pinnedCloseCodes, pinnedErrors } from './pinned.ts';

describe('errors', () => {
  it('every refusal of the rules is an error of the same name and rule, and every rule an error names is a refusal’s', () => {
    const ruled = Object.entries(errors).flatMap(([name, kind]) => ('rule' in kind ? [[name, kind.rule]] : []));
    expect(Object.fromEntries(ruled)).toEqual(refusals);
  });
  it('refusals are 2xxx and final; 1xxx are faults of the client; 3xxx may be tried again, but for what is damaged', () => {
    for (const [name, kind] of Object.entries(errors)) {
      const range = Math.floor(kind.code / 1000);
      expect(range === 2, name).toBe('rule' in kind);
      expect(range === 3 && name !== 'damaged', name).toBe(kind.retryable);
      expect([1, 2, 3], name).toContain(range);
    }
  });
  it('numbers are unique and stay: a new error is a new line in pinned.ts, an old one never changes', () => {
    const numbers = Object.entries(errors).map(([name, { code }]) => [name, code] as const);
    expect(new Set(numbers.map(([, code]) => code)).size).toBe(numbers.length);
    expect(Object.fromEntries(numbers)).toEqual(pinnedErrors);
  });
  it('[SEE-5] two answers of one name differ in nothing but the request’s id', () => {
    const first = errorFrame('not-found', { id: 'a' });
    expect({ ...errorFrame('not-found', { id: 'b' }), id: 'a' }).toEqual(first);
    for (const name of Object.keys(errors) as ErrorName[]) {
      expect(errorFrame(name), name).not.toHaveProperty('id');
      expect(errorFrame(name, { id: 'x' }), name).toMatchObject({ t: 'error', id: 'x', name, code: errors[name].code });
    }
  });
});

describe('close codes', () => {
  it('stay as they are', () => {
    expect(Object.fromEntries(Object.entries(closeCodes).map(([name, { code }]) => [name, code]))).toEqual(
      pinnedCloseCodes,
    );
    expect(subprotocol).toBe('parley.v1');
  });
  it('say by their hundred what a client does', () => {
    const does = { 41: 'reconnect', 44: 'new-token', 45: 'stop' } as const;
    for (const [name, { code, client }] of Object.entries(closeCodes)) {
      expect(does[Math.floor(code / 100) as keyof typeof does], name).toBe(client);
    }
  });
});
