/** A person who asks for the first page of their sidebar again and again, while somebody writes to them. */
import { histogram, type Percentiles, percentilesOf, record } from '../src/admin/replay/latencies.ts';
import { encode } from '../src/wire/codec.ts';
import type { ServerFrames } from '../src/wire/frames.ts';
import { say, signIn, until } from './dialects/parley.ts';
import { Pacer } from './pacer.ts';
import { acknowledged } from './post-frame.ts';
import { answering } from './processes.ts';
import { clientFrame } from './raw-socket.ts';
import { extraId } from './workload.ts';

export interface Question {
  readonly port: number;
  /** Extra number of who reads, and of somebody who is in all of their conversations. */
  readonly reader: number;
  readonly writer: number;
  /** First pages asked for, and messages written to the reader's conversations, a second. */
  readonly pagesPerSecond: number;
  readonly messagesPerSecond: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Conversations on the page. */
  readonly limit: number;
}
export interface Read {
  /** Milliseconds from when a page was due to be asked for to its arrival. */
  readonly page: Percentiles;
  /** The very first one, with nothing of the person in memory. */
  readonly coldMs: number;
  /** Cards on the pages. */
  readonly cards: number;
  readonly unanswered: number;
}

answering<Question>(readLists);
process.once('disconnect', () => process.exit(0));

async function readLists(question: Question): Promise<Read> {
  const [reader, writer] = await Promise.all(
    [question.reader, question.writer].map((n) => signIn(question.port, extraId(n))),
  );
  if (reader === undefined || writer === undefined) throw new Error('nobody signed in');
  const { limit } = question;
  const asked = performance.now();
  const first = await until(reader.line, 'ok', () => say(reader.line, { t: 'list', id: 'first', limit }));
  const coldMs = performance.now() - asked;
  const { cards } = first.result as { cards: ServerFrames['card']['card'][] };
  const theirs = cards.map(({ conversation }) => conversation);

  const page = histogram();
  const intervalMs = 1000 / question.pagesPerSecond;
  const warmUp = Math.round(question.warmUpSeconds * question.pagesPerSecond);
  const total = warmUp + Math.round(question.seconds * question.pagesPerSecond);
  const began = performance.now() + 100;
  const frames = Array.from({ length: total }, (_, number) => {
    const id = `~I${String(number).padStart(8, '0')}`;
    return clientFrame(encode({ t: 'list', id, limit }));
  });
  let [sent, answered, said] = [0, 0, 0];
  reader.line.onFrame = (bytes, start, end) => {
    const number = acknowledged(bytes, start, end);
    if (number === -1) return;
    answered += 1;
    if (number >= warmUp) record(page, performance.now() - (began + number * intervalMs));
  };
  writer.line.onFrame = () => {};
  const writing = setInterval(() => {
    said += 1;
    const conversation = theirs[said % theirs.length] as string;
    say(writer.line, { t: 'reply', id: `said-${said}`, conversation, text: 'One more thing.' });
  }, 1000 / question.messagesPerSecond);
  const pacer = new Pacer({ began, intervalMs, total }, () => {
    for (; sent < total && began + sent * intervalMs <= performance.now(); sent += 1) {
      reader.line.send(frames[sent] as Buffer);
    }
  });
  const giveUp = began + total * intervalMs + 5_000;
  while (answered < total && performance.now() < giveUp) await new Promise((resolve) => setTimeout(resolve, 20));
  clearInterval(writing);
  await pacer.stop();
  for (const { line } of [reader, writer]) line.destroy();
  return { page: percentilesOf(page), coldMs, cards: cards.length, unanswered: total - answered };
}
