/** The load, in a process of its own: gathers its virtual users once, then runs each stretch that it is asked for. */
import type { Seat } from './dialects/dialect.ts';
import { inviteTo } from './dialects/parley.ts';
import { LoadRun, type Measured, type Stretch } from './load-run.ts';
import { answering } from './processes.ts';
import { gather, gatherAgain, type VirtualUsers } from './virtual-users.ts';
import type { Shape, Target } from './workload.ts';

export type Question =
  | { readonly is: 'gather'; readonly target: Target; readonly shape: Shape }
  /** People of Parley, into the first conversation. */
  | { readonly is: 'invite'; readonly people: readonly string[] }
  | { readonly is: 'run'; readonly stretch: Omit<Stretch, 'firstNumber'> };

let users: VirtualUsers | null = null;
let nextNumber = 0;
let lastRun: LoadRun | null = null;

answering<Question>(async (question): Promise<Measured | null> => {
  if (question.is === 'gather') {
    users = await gather(question.target, question.shape);
    return null;
  }
  if (users === null) throw new Error('there is nobody to post');
  if (question.is === 'invite') {
    await inviteTo(users.seats[0] as Seat, users.conversationIds[0] as string, question.people);
    return null;
  }
  const { stretch } = question;
  const firstNumber = nextNumber;
  const messages = (stretch.warmUpSeconds + stretch.seconds) * stretch.perSecond;
  nextNumber += Math.ceil(messages / users.shape.conversations) + 1;
  if (lastRun !== null) users = await gatherAgain(users, lastRun.closed);
  lastRun = new LoadRun(users, { ...stretch, firstNumber });
  return lastRun.finished;
});
process.once('disconnect', () => process.exit(0));
