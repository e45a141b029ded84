/** Thousands connect again within ten seconds, each resuming where it was, while others talk. */
import { bar } from './bars.ts';
import { figureRun } from './figure-run.ts';
import { type Flags, shapeFor } from './flags.ts';
import type { Question as IdleQuestion, Reconnected } from './idle-users.ts';
import type { Question } from './parley-server.ts';
import { ask, end, start } from './processes.ts';
import { type FigureRun, faultFigures, faultsOf } from './report.ts';
import { withServer, withVirtualUsers } from './round.ts';
import { extraId } from './workload.ts';

const defaultPeople = 5_000;
const talkPerSecond = 500;
const peopleOfConversation = 5;

export async function storm(flags: Flags): Promise<FigureRun[]> {
  const size = flags.size ?? defaultPeople;
  const shape = shapeFor('team', flags, talkPerSecond);
  const { conversations, people } = shape;
  const { seconds, warmUp: warmUpSeconds } = flags;
  const stretch = { perSecond: shape.perSecond, warmUpSeconds, overload: false };
  return withServer('parley', { directory: flags.directory, shape, extra: size }, async (server) => {
    const idleUsers = start('idle-users');
    try {
      const groups = Math.max(1, Math.floor(size / peopleOfConversation));
      const members = Array.from({ length: groups }, (_, group) =>
        Array.from({ length: Math.min(size, peopleOfConversation) }, (_none, index) =>
          extraId(group * peopleOfConversation + index),
        ),
      );
      await ask<null>(server.child, { is: 'fill', conversations: groups, members } satisfies Question);
      const question: IdleQuestion = { is: 'connect', port: server.port, first: 0, count: size, from: '127.0.0.2' };
      await ask<null>(idleUsers, question);
      return await withVirtualUsers(server, shape, async (run) => {
        process.stderr.write('storm: the others without it … ');
        const calm = await run({ ...stretch, seconds });
        process.stderr.write(`p99 ${calm.delivery.p99} ms\nstorm: and with it … `);
        const talking = run({ ...stretch, seconds: seconds + 2 });
        await new Promise((resolve) => setTimeout(resolve, (warmUpSeconds + 0.5) * 1000));
        const reconnected = await ask<Reconnected>(idleUsers, { is: 'reconnect', seconds } satisfies IdleQuestion);
        const during = await talking;
        process.stderr.write(`p99 ${during.delivery.p99} ms\n`);
        return [
          figureRun({
            workload: 'storm',
            about: `${size} people connect again in ${seconds} s while ${conversations} × ${people} others talk at ${shape.perSecond}/s`,
            ours: {
              reconnects: size,
              failed: reconnected.failed,
              resumed: reconnected.resumed,
              reconnect_p50_ms: reconnected.latency.p50,
              reconnect_p99_ms: reconnected.latency.p99,
              others_p50_ms: during.delivery.p50,
              others_p99_ms: during.delivery.p99,
              others_p99_without_ms: calm.delivery.p99,
              ...faultFigures(during),
            },
            bars: [
              bar('storm: p99 of the others', during.delivery.p99, 250, 'ms'),
              bar('storm: failed, lost, doubled, out of order', reconnected.failed + faultsOf(during), 0, 'times'),
            ],
          }),
        ];
      });
    } finally {
      await end(idleUsers);
    }
  });
}
