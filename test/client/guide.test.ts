/** The examples of docs/client.md, run as one program. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { connect } from '../../src/client/node.ts';
import { company, person, RealServer } from './real-server.ts';

const guide = new URL('../../docs/client.md', import.meta.url);

it('every example of the guide runs', async () => {
  const real = await RealServer.start(['ann']);
  const people = [person('bob', 'Bell'), person('cid', 'Cole'), person('dan', 'Dunn')];
  await real.server.directory.put({ people, records: [company('acme', { name: 'Acme' })] });
  const blocks = [...readFileSync(guide, 'utf8').matchAll(/^```js\n(.*?)^```$/gms)].map((match) => match[1] as string);
  const program = blocks.join('\n').replace(/^import .*$/m, '');
  const said: unknown[][] = [];
  const console = {
    log: (...values: unknown[]) => said.push(values),
    warn: (...values: unknown[]) => said.push(values),
  };
  const AsyncFunction = (async () => {}).constructor as new (
    ...code: string[]
  ) => (...values: unknown[]) => Promise<void>;
  const run = new AsyncFunction('connect', 'url', 'tokenFromYourCrm', 'console', program);
  await run(connect, real.url, () => real.token('ann'), console);
  expect(blocks.length).toBeGreaterThan(4);
  expect(said).toContainEqual(['leave-starter', 'LEAVE-2', false]);
  expect(said).toContainEqual([
    [{ id: 'cid', first: 'First-cid', last: 'Cole', active: true }],
    [{ kind: 'company', id: 'acme', name: 'Acme' }],
    [{ id: 'bob', first: 'First-bob', last: 'Bell', active: true }],
    expect.objectContaining({ popup: expect.anything() }),
  ]);
  await real.close();
});
