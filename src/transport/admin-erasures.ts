/** The routes of the admin port that erase, and say how far that is. */
import { type ErasureRequest, NotErasable } from '../erasure/erasure-plan.ts';
import type { Erasures } from '../erasure/erasures.ts';
import { LedgerUnfit } from '../journal/erasure-ledger.ts';
import { Damaged, Incompatible } from '../journal/journal.ts';
import { limits } from '../limits.ts';
import { type AdminAnswer, AdminError, fieldsOf, json } from './admin-http-messages.ts';

/** Of the server's. */
export type ErasuresPort = Pick<Erasures, 'plan' | 'erase' | 'progress'>;

/** In a dry run what would be erased; otherwise it is noted in the ledger when the answer comes, and begun. */
export async function postErasure(erasures: ErasuresPort, dryRun: boolean, body: unknown): Promise<AdminAnswer> {
  const request = requestIn(body);
  try {
    if (dryRun) return json(200, await erasures.plan(request));
    const { erasures: number, plan } = await erasures.erase(request);
    return json(202, { erasures: number, ...plan });
  } catch (error) {
    throw asAdminError(error);
  }
}

export function getErasures(erasures: ErasuresPort): AdminAnswer {
  return json(200, erasures.progress);
}

function requestIn(body: unknown): ErasureRequest {
  const { conversation, seqs, person } = fieldsOf(body, ['conversation', 'seqs', 'person']);
  if (typeof person === 'string' && conversation === undefined && seqs === undefined) return { person };
  const isSeq = (seq: unknown) => Number.isSafeInteger(seq) && (seq as number) >= 1;
  if (
    person !== undefined ||
    typeof conversation !== 'string' ||
    !Array.isArray(seqs) ||
    seqs.length < 1 ||
    seqs.length > limits.erasedPerRequestMax ||
    !seqs.every(isSeq)
  ) {
    throw new AdminError(
      400,
      'body-invalid',
      `The body must name a person, or a conversation and 1 to ${limits.erasedPerRequestMax} seqs.`,
    );
  }
  return { conversation, seqs };
}

function asAdminError(error: unknown): unknown {
  if (error instanceof NotErasable) return new AdminError(404, 'not-found', error.message);
  if (error instanceof LedgerUnfit || error instanceof Damaged || error instanceof Incompatible) {
    return new AdminError(409, 'ledger-unfit', error.message);
  }
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string') return error;
  return new AdminError(409, 'ledger-unwritable', `the ledger of erasures cannot be read or written: ${code}`);
}
