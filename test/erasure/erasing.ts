/** Erases through a test's server, and waits until it is carried out. */
import type { ErasurePlan, ErasureRequest } from '../../src/erasure/erasure-plan.ts';
import type { Server } from '../../src/server.ts';

export async function erase(server: Server, request: ErasureRequest): Promise<ErasurePlan> {
  const { erasures, plan } = await server.erasures.erase(request);
  await carriedOut(server, erasures);
  return plan;
}

export async function carriedOut(server: Server, erasures: number): Promise<void> {
  for (let look = 0; look < 2_000; look += 1) {
    const { carriedOut: done, failure } = server.erasures.progress;
    if (failure !== null) throw new Error(`the erasure does not go on: ${failure}`);
    if (done >= erasures) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the erasure is not carried out');
}
