/** People who are signed in and say nothing but `ping`; and, when asked, all connect again within some seconds. */
import { histogram, type Percentiles, percentilesOf, record } from '../src/admin/replay/latencies.ts';
import { encode } from '../src/wire/codec.ts';
import { connectAgain, type SignedIn, signIn } from './dialects/parley.ts';
import { Pacer } from './pacer.ts';
import { answering } from './processes.ts';
import { clientFrame } from './raw-socket.ts';
import { extraId } from './workload.ts';

export type Question =
  | {
      readonly is: 'connect';
      readonly port: number;
      /** Numbers of the people: from, and how many. */
      readonly first: number;
      readonly count: number;
      /** Of `127.0.0.0/8`. */
      readonly from: string;
    }
  | { readonly is: 'reconnect'; readonly seconds: number };
export interface Reconnected {
  /** Milliseconds from when the connection was due to go to when the person was up to date again. */
  readonly latency: Percentiles;
  readonly resumed: number;
  readonly failed: number;
}

const connectingAtOnce = 100;
/** A third of the silence after which the server hangs up. */
const pingEveryMs = 20_000;
const pingTicks = 100;
const ping = clientFrame(encode({ t: 'ping' }));

const people: SignedIn[] = [];
let port = 0;
let from = '';

answering<Question>(async (question): Promise<Reconnected | null> => {
  if (question.is === 'reconnect') return reconnectAll(question.seconds);
  ({ port, from } = question);
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < question.count) {
      const number = question.first + next;
      next += 1;
      people.push(await signIn(port, extraId(number), from));
      watch(people.at(-1) as SignedIn);
    }
  };
  await Promise.all(Array.from({ length: connectingAtOnce }, one));
  return null;
});
process.once('disconnect', () => process.exit(0));

let tick = 0;
setInterval(() => {
  for (let number = tick % pingTicks; number < people.length; number += pingTicks) people[number]?.line.send(ping);
  tick += 1;
}, pingEveryMs / pingTicks);

function watch({ line, person }: SignedIn): void {
  line.onFrame = () => {};
  line.onClose = (code) => {
    process.stderr.write(`the connection of ${person} was closed with ${code}\n`);
    process.exit(1);
  };
}

/** Open model again: each goes at its time, whether or not the one before is back. */
function reconnectAll(seconds: number): Promise<Reconnected> {
  const latency = histogram();
  const began = performance.now() + 100;
  const intervalMs = (seconds * 1000) / people.length;
  let [gone, back, resumed, failed] = [0, 0, 0, 0];
  return new Promise((resolve) => {
    const again = async (number: number): Promise<void> => {
      const before = people[number] as SignedIn;
      before.line.destroy();
      try {
        const after = await connectAgain(port, before, from);
        people[number] = after;
        watch(after);
        if (after.welcome.resumed) resumed += 1;
        record(latency, performance.now() - (began + number * intervalMs));
      } catch {
        failed += 1;
      }
      back += 1;
      if (back < people.length) return;
      await pacer.stop();
      resolve({ latency: percentilesOf(latency), resumed, failed });
    };
    const pacer = new Pacer({ began, intervalMs, total: people.length }, () => {
      while (gone < people.length && began + gone * intervalMs <= performance.now()) {
        void again(gone);
        gone += 1;
      }
    });
  });
}
