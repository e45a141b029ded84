/** The first page of the sidebar of a person in ten thousand conversations, while messages flow, to them and to others. */
import { bar } from './bars.ts';
import { figureRun } from './figure-run.ts';
import { type Flags, shapeFor } from './flags.ts';
import type { Question, Read } from './list-reader.ts';
import type { Question as ServerQuestion } from './parley-server.ts';
import { ask, end, start } from './processes.ts';
import { type FigureRun, faultFigures, faultsOf } from './report.ts';
import { withServer, withVirtualUsers } from './round.ts';
import { extraId } from './workload.ts';

const defaultConversations = 10_000;
const talkPerSecond = 200;
const pagesPerSecond = 50;
const messagesPerSecond = 20;
const cardsOfPage = 20;
/** Different people in the reader's conversations. */
const others = 50;
const reader = 0;
const writer = 1;

export async function list(flags: Flags): Promise<FigureRun[]> {
  const size = flags.size ?? defaultConversations;
  const shape = shapeFor('team', flags, talkPerSecond);
  const { seconds, warmUp: warmUpSeconds } = flags;
  return withServer('parley', { directory: flags.directory, shape, extra: 2 + others }, async (server) => {
    const members = Array.from({ length: others }, (_, other) => [writer, reader, 2 + other].map(extraId));
    const fill: ServerQuestion = { is: 'fill', conversations: size, members };
    await ask<null>(server.child, fill);
    process.stderr.write(`list: ${size} conversations are there\n`);
    const lists = start('list-reader');
    try {
      return await withVirtualUsers(server, shape, async (run) => {
        const stretch = { perSecond: shape.perSecond, warmUpSeconds, seconds, overload: false };
        const { port } = server;
        const limit = cardsOfPage;
        const question = { port, reader, writer, pagesPerSecond, messagesPerSecond, warmUpSeconds, seconds, limit };
        const [talk, read] = await Promise.all([run(stretch), ask<Read>(lists, question satisfies Question)]);
        return [
          figureRun({
            workload: 'list',
            about:
              `first page (${limit} cards) of a person in ${size} conversations, ${pagesPerSecond}/s, while ` +
              `${messagesPerSecond} messages/s reach them and ${shape.perSecond}/s others`,
            ours: {
              conversations: size,
              cards: read.cards,
              p50_ms: read.page.p50,
              p99_ms: read.page.p99,
              max_ms: read.page.max,
              first_ever_ms: read.coldMs,
              unanswered: read.unanswered,
              others_p99_ms: talk.delivery.p99,
              ...faultFigures(talk),
            },
            bars: [
              bar('list: p99 of a first page', read.page.p99, 5, 'ms'),
              bar('list: unanswered, lost, doubled, out of order', read.unanswered + faultsOf(talk), 0, 'times'),
            ],
          }),
        ];
      });
    } finally {
      await end(lists);
    }
  });
}
