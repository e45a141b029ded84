/** The load, in a process of its own: gathers a crowd once, then runs the stretches it is asked for, one after the other. */
import { type Crowd, gather, gatherAgain } from './crowd.ts';
import type { Seat } from './dialects/dialect.ts';
import { inviteTo } from './dialects/parley.ts';
import { LoadRun, type Measured, type Stretch } from './load-run.ts';
import { answering } from './processes.ts';
import type { Shape, Target } from './workload.ts';

export type Question =
  | { readonly is: 'gather'; readonly target: Target; readonly shape: Shape }
  /** People of Parley, into the first conversation. */
  | { readonly is: 'invite'; readonly people: readonly string[] }
  | { readonly is: 'run'; readonly stretch: Omit<Stretch, 'firstNumber'> };

let crowd: Crowd | null = null;
let nextNumber = 0;
let lastRun: LoadRun | null = null;

answering<Question>(async (question): Promise<Measured | null> => {
  if (question.is === 'gather') {
    crowd = await gather(question.target, question.shape);
    return null;
  }
  if (crowd === null) throw new Error('there is nobody to post');
  if (question.is === 'invite') {
    await inviteTo(crowd.seats[0] as Seat, crowd.conversationIds[0] as string, question.people);
    return null;
  }
  const { stretch } = question;
  const firstNumber = nextNumber;
  const messages = (stretch.warmUpSeconds + stretch.seconds) * stretch.perSecond;
  nextNumber += Math.ceil(messages / crowd.shape.conversations) + 1;
  if (lastRun !== null) crowd = await gatherAgain(crowd, lastRun.closed);
  lastRun = new LoadRun(crowd, { ...stretch, firstNumber });
  return lastRun.finished;
});
process.once('disconnect', () => process.exit(0));
