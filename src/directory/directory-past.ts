/**
 * What the directory was before, as far as it decides who sees what: periods of a person's and of a record's rights, so
 * that `parley why` can say what held when. Names and addresses are not part of it. Bounded: the newest
 * `directoryPeriodsKept` past periods of each person and record.
 */
import { isDeepStrictEqual } from 'node:util';
import { limits } from '../limits.ts';
import type { CrmRecord, Person } from './entities.ts';

export interface PersonThen {
  readonly active: boolean;
  readonly hasAddress: boolean;
}
export type RecordThen = Pick<CrmRecord, 'view' | 'edit'>;

/** Microseconds since 1970, `from` included and `to` not. */
export interface Period<T> {
  readonly from: number;
  /** Null = it holds. */
  readonly to: number | null;
  /** Null = the directory did not have it. */
  readonly was: T | null;
}

/** What holds, with when it began. */
export interface Present<T> {
  /** Known to hold since then; null = written by a version that kept no periods. */
  readonly since: number | null;
  /** Nothing came before it. */
  readonly isFirst: boolean;
  readonly is: T | null;
}

export interface Past<T> extends Period<T> {
  readonly to: number;
  readonly isFirst: boolean;
}

export function personThen({ active, email }: Person): PersonThen {
  return { active, hasAddress: email !== null };
}
export function recordThen(record: CrmRecord | null): RecordThen | null {
  return record === null ? null : { view: record.view, edit: record.edit };
}

/** What a write at `at` makes of what held; `past`: the period that it ends. A clock that went back is overruled. */
export function succeed<T>(
  before: Present<T> | null,
  is: T | null,
  at: number,
): { readonly present: Present<T>; readonly past: Past<T> | null } {
  if (before === null) return { present: { since: at, isFirst: true, is }, past: null };
  if (isDeepStrictEqual(before.is, is)) return { present: { ...before, since: before.since ?? at }, past: null };
  const since = Math.max(at, (before.since ?? 0) + 1);
  const present = { since, isFirst: false, is };
  if (before.since === null) return { present, past: null };
  return { present, past: { from: before.since, to: since, was: before.is, isFirst: before.isFirst } };
}

/** Past periods beyond the bound, once another is there; both oldest first. */
export function periodsToForget<P>(kept: readonly P[]): P[] {
  return kept.slice(0, Math.max(0, kept.length + 1 - limits.directoryPeriodsKept));
}

/**
 * Oldest first, without a gap; what came before the first is not known. `past` oldest first. Where nothing is kept between
 * two of them, the directory had it not, and has forgotten that too.
 */
export function periodsOf<T>(past: readonly Past<T>[], present: Present<T> | null): Period<T>[] {
  const periods: Period<T>[] = [];
  const add = (from: number, to: number | null, was: T | null, isFirst: boolean) => {
    const before = periods.at(-1)?.to ?? (isFirst ? 0 : from);
    if (before < from) periods.push({ from: before, to: from, was: null });
    periods.push({ from, to, was });
  };
  for (const { from, to, was, isFirst } of past) add(from, to, was, isFirst);
  if (present !== null && present.since !== null) add(present.since, null, present.is, present.isFirst);
  const end = periods.at(-1)?.to ?? null;
  if (end !== null) periods.push({ from: end, to: null, was: null });
  return periods;
}

/** The period at `at`; null = not known any more. */
export function periodAt<T>(periods: readonly Period<T>[], at: number): Period<T> | null {
  return periods.find(({ from, to }) => from <= at && (to === null || at < to)) ?? null;
}
