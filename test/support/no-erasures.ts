/** For an admin port without a server behind it: nothing was erased, and nothing is. */
import type { AdminPort } from '../../src/transport/admin-port.ts';

export const noErasures: AdminPort['erasures'] = {
  progress: { erasures: 0, carriedOut: 0, phase: null, failure: null },
  plan: async () => ({ messages: 0, conversations: 0, erasedBefore: 0, name: false }),
  erase: () => Promise.reject(new Error('this port erases nothing')),
};
