import { expect, it } from 'vitest';
import { freePort } from './free-port.ts';

it('servers that are started side by side, or again while another is, are never given one port', async () => {
  const ports = await Promise.all(Array.from({ length: 200 }, freePort));
  expect(new Set(ports).size).toBe(200);
});
