/**
 * Parley as a process of its own: the whole of `src/server.ts` on LMDB in the directory of the first argument, with the
 * people of the workload that the second one names.
 */

import { systemClock } from '../src/runtime/clock.ts';
import { createLog } from '../src/runtime/log.ts';
import { startServer } from '../src/server.ts';
import { createJwtAuthenticator } from '../src/session/authenticator-jwt.ts';
import { openStores } from '../src/stores.ts';
import { noMailServer } from '../test/support/no-mail-server.ts';
import { personId, tokens, type WorkloadName, workloads } from './workload.ts';

const [directory = '', name = ''] = process.argv.slice(2);
const workload = workloads[name as WorkloadName];
const { secret, audience, issuer } = tokens;
const server = await startServer({
  stores: await openStores(directory),
  authenticator: await createJwtAuthenticator({ keys: { secret }, audience, issuer }, systemClock()),
  log: createLog('warn'),
  host: '127.0.0.1',
  port: 0,
  transport: 'uws',
  allowedOrigins: [],
  admin: null,
  // The outbox is kept as in a server with e-mail; nobody here has an address, so no mail server is ever asked.
  mail: noMailServer,
  onFenced: () => process.exit(1),
});
for (let conversation = 0; conversation < workload.conversations; conversation += 1) {
  const people = Array.from({ length: workload.people }, (_, index) => ({
    id: personId(conversation, index),
    first: 'Person',
    last: `Number ${index} of ${conversation}`,
    email: null,
    active: true,
  }));
  await server.directory.put({ people });
}
process.send?.({ port: server.port });
process.once('disconnect', () => {
  void server.close().then(() => process.exit(0));
});
