/** Chance. Simulations put a seeded source in its place. */
import { randomBytes } from 'node:crypto';
export const systemRandom = {
    id: (bytes) => randomBytes(bytes).toString('base64url'),
    fraction: () => Math.random(),
};
//# sourceMappingURL=random.js.map