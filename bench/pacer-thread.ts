/** The sleeping half of the pacer: `cells[0]` not 0 = stop; `cells[1]` 1 = the other half has not looked yet. */
import { parentPort, workerData } from 'node:worker_threads';

const { cells, wakeAt, intervalMs, total } = workerData as {
  readonly cells: Int32Array<SharedArrayBuffer>;
  /** Milliseconds since 1970, for the first message. */
  readonly wakeAt: number;
  readonly intervalMs: number;
  readonly total: number;
};

for (let message = 0; message < total && Atomics.load(cells, 0) === 0; message += 1) {
  const left = wakeAt + message * intervalMs - (performance.timeOrigin + performance.now());
  if (left > 0) Atomics.wait(cells, 0, 0, left);
  if (Atomics.exchange(cells, 1, 1) === 0) parentPort?.postMessage(0);
}
