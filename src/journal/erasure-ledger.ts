/**
 * Port: the ledger of erasures, kept apart from the store so that it outlives it. A snapshot that was taken before an
 * erasure still holds what was erased: whoever restores it carries out anew what the ledger says. It holds ids, places
 * and times, never a text or a name. Adapters: `erasure-ledger-file.ts`, `erasure-ledger-memory.ts`.
 *
 * It is lines of JSON, append only. Each bears the SHA-256 of the one before and itself, so that a line can be neither
 * altered, dropped nor moved unnoticed, and one hash vouches for all lines up to its own.
 */
import { hash } from 'node:crypto';
import type { ConversationId, Micros, PersonId, Seq } from '../conversation/commands.ts';
import { Damaged, Incompatible } from './journal.ts';

export type Erasure =
  | {
      readonly what: 'messages';
      readonly at: Micros;
      readonly conversation: ConversationId;
      /** Seqs alone may name others after a restore to a point before: times are never used again. */
      readonly messages: readonly (readonly [seq: Seq, at: Micros])[];
    }
  /** All that the person wrote up to `at`, and their name and address. */
  | { readonly what: 'person'; readonly at: Micros; readonly person: PersonId };

/** A place in one ledger: so many erasures, and the hash that vouches for them. */
export interface LedgerPlace {
  readonly erasures: number;
  readonly hash: string;
}

export interface ErasureLedger {
  /** Null where nothing was ever erased. Throws `Damaged`, `Incompatible`. */
  read(): Promise<Ledger | null>;
  /** Durable when resolved. `expected`: where the caller knows the ledger to end, null = it is not there. Throws `LedgerUnfit`. */
  append(expected: LedgerPlace | null, erasure: Erasure): Promise<Ledger>;
}

/** The ledger is not the one that is needed. */
export class LedgerUnfit extends Error {
  override readonly name = 'LedgerUnfit';
  readonly is: 'missing' | 'older' | 'another';

  constructor(is: LedgerUnfit['is'], message: string) {
    super(message);
    this.is = is;
  }
}

const format = 1;

/** What was read of a ledger: immutable. */
export class Ledger {
  /** As on its medium. */
  readonly text: string;
  readonly erasures: readonly Erasure[];
  /** Of each line, the first one's included. */
  readonly #hashes: readonly string[];

  private constructor(text: string, erasures: readonly Erasure[], hashes: readonly string[]) {
    this.text = text;
    this.erasures = erasures;
    this.#hashes = hashes;
  }

  /** `id` tells one ledger from another. */
  static begin(id: string): Ledger {
    return Ledger.parse(lineOf('', { parley: 'erasure ledger', format, id }));
  }

  /** A last line without its end was never durable, and does not count. Throws `Damaged`, `Incompatible`. */
  static parse(text: string): Ledger {
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const [first, ...lines] = whole.split('\n').slice(0, -1);
    const head = parseLine(first ?? '', '', 'its first line');
    if (head.members.parley !== 'erasure ledger') throw new Incompatible('not a ledger of erasures of Parley');
    if (head.members.format !== format) {
      throw new Incompatible(`ledger: format ${head.members.format} is not this version's, ${format}`);
    }
    const hashes = [head.hash];
    const erasures = lines.map((line, nth) => {
      const { members, hash: own } = parseLine(line, hashes[nth] as string, `line ${nth + 2}`);
      hashes.push(own);
      return members as unknown as Erasure;
    });
    return new Ledger(whole, erasures, hashes);
  }

  get end(): LedgerPlace {
    return this.placeAt(this.erasures.length);
  }

  /** Behind so many erasures. */
  placeAt(erasures: number): LedgerPlace {
    return { erasures, hash: this.#hashes[erasures] as string };
  }

  with(erasure: Erasure): Ledger {
    return Ledger.parse(this.text + lineOf(this.end.hash, erasure));
  }

  /** Throws `LedgerUnfit` unless this ledger goes through the place. */
  expectThrough(place: LedgerPlace): void {
    const { erasures } = this.end;
    if (erasures < place.erasures) {
      throw new LedgerUnfit(
        'older',
        `the ledger ends at erasure ${erasures}, and ${place.erasures} is needed: it is an older copy`,
      );
    }
    if (this.#hashes[place.erasures] !== place.hash) {
      throw new LedgerUnfit(
        'another',
        `the ledger is another one: its erasures up to ${place.erasures} are not those that were`,
      );
    }
  }
}

/** Throws `LedgerUnfit` where a ledger is needed that goes through `place` and this one does not, or is none. */
export function expectLedger(ledger: Ledger | null, place: LedgerPlace | null): void {
  if (place === null || place.erasures === 0) return;
  if (ledger === null)
    throw new LedgerUnfit('missing', `the ledger of erasures is missing: ${place.erasures} are known of`);
  ledger.expectThrough(place);
}

function lineOf(previous: string, members: object): string {
  return `${JSON.stringify({ ...members, hash: hashOf(previous, members) })}\n`;
}

function hashOf(previous: string, members: object): string {
  return hash('sha256', previous + JSON.stringify(members));
}

function parseLine(line: string, previous: string, where: string): { members: Record<string, unknown>; hash: string } {
  let parsed: Record<string, unknown> | null;
  try {
    parsed = JSON.parse(line) as Record<string, unknown> | null;
  } catch {
    throw new Damaged(`ledger: ${where} is not JSON`);
  }
  const { hash: own, ...members } = parsed ?? {};
  if (`${line}\n` !== lineOf(previous, members)) throw new Damaged(`ledger: ${where} is not as it was written`);
  return { members, hash: own as string };
}
