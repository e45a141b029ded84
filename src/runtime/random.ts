/** Chance. Simulations put a seeded source in its place. */
import { randomBytes } from 'node:crypto';

export interface Random {
  /** `n` unpredictable bytes as base64url. */
  id(bytes: number): string;
  /** 0 ≤ x < 1. Not for secrets. */
  fraction(): number;
}

export const systemRandom: Random = {
  id: (bytes) => randomBytes(bytes).toString('base64url'),
  fraction: () => Math.random(),
};
