/** Metrics that nobody reads: those of a process watch the real event loop, which a simulation has no part in. */
import type { Metrics } from '../../src/runtime/metrics.ts';

const nothing = (): void => {};

export const quietMetrics: Metrics = {
  command: nothing,
  refusal: nothing,
  commit: nothing,
  deliveries: nothing,
  frameIn: nothing,
  frameOut: nothing,
  framesOut: nothing,
  slowConsumer: nothing,
  closed: nothing,
  damage: nothing,
  mail: nothing,
  watch: nothing,
  text: async () => '',
};
