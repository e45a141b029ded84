/**
 * LMDB rejects several promises for one failed commit, one of them inside the error: all are taken care of here, so that
 * none is left unhandled, which would end the process.
 */

export interface LmdbOutcome {
  /** Of each write that was carried out, in order: false where its condition did not hold. */
  readonly done: readonly boolean[];
  /** Why the commit failed; null: it did not. */
  readonly failure: unknown;
}

/** `writes`: the promises of one batch. Never rejects. */
export async function settledWrites(writes: readonly Promise<boolean>[]): Promise<LmdbOutcome> {
  let failure: unknown = null;
  // Each at once: by the time the last one settles, the promise inside the first would long have been left to nobody.
  const outcomes = writes.map((write) =>
    write.catch(async (reason: unknown) => {
      failure = await causeOf(reason);
      return null;
    }),
  );
  const done = (await Promise.all(outcomes)).filter((outcome) => outcome !== null);
  return { done, failure };
}

async function causeOf(reason: unknown): Promise<unknown> {
  const inner = (reason as { commitError?: PromiseLike<unknown> } | null)?.commitError;
  if (inner === undefined) return reason;
  try {
    await inner;
    return reason;
  } catch (cause) {
    return cause;
  }
}
