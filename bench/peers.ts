/** Whom Parley is compared with: what each of them does and does not do, and at which size it takes part. */
import type { PeerKind, Shape, Workload } from './workload.ts';

export interface Peer {
  readonly label: string;
  /** What differs from Parley: stands beside the figures. */
  readonly differs: string;
  /** The shape it is measured at; Parley then runs at that shape as well, in the same rounds. */
  shape(workload: Workload): Shape;
}

const whole = ({ conversations, people, perSecond }: Workload): Shape => ({ conversations, people, perSecond });
/** 200 people in the hall and a tenth of the messages elsewhere: more than that they do not keep up with on two cores. */
const reduced = (workload: Workload): Shape =>
  workload.name === 'hall'
    ? { conversations: 1, people: Math.min(200, workload.people), perSecond: workload.perSecond }
    : { ...whole(workload), perSecond: Math.min(100, workload.perSecond) };

export const peers: Readonly<Record<PeerKind, Peer>> = {
  relay: {
    label: 'bare relay',
    differs: 'uWebSockets.js publishing to a topic: keeps nothing, checks nothing, acknowledges nothing',
    shape: whole,
  },
  durable: {
    label: 'durable relay',
    differs: 'the bare relay, publishing what is on the disk: checks nothing, knows nobody, reads nothing back',
    shape: whole,
  },
  ws: {
    label: 'ws relay',
    differs: 'the `ws` package sending to each socket: keeps nothing, checks nothing, acknowledges nothing',
    shape: whole,
  },
  socketio: {
    label: 'Socket.IO 4',
    differs: 'rooms in memory, JSON: keeps nothing, checks nothing, acknowledges nothing',
    shape: whole,
  },
  ejabberd: {
    label: 'ejabberd',
    differs:
      'MUC with archive in Mnesia: no answer waits for the disk, no stints, marks, badges or rights; ' +
      'measured with 200 people in the hall and 100 messages/s elsewhere',
    shape: reduced,
  },
  prosody: {
    label: 'Prosody',
    differs:
      'MUC with archive in files: no answer waits for the disk, no stints, marks, badges or rights; ' +
      'measured with 200 people in the hall and 100 messages/s elsewhere',
    shape: reduced,
  },
};

/** The kinds that are measured at one and the same shape, together. */
export function byShape(kinds: readonly PeerKind[], workload: Workload): { shape: Shape; kinds: PeerKind[] }[] {
  const groups: { shape: Shape; kinds: PeerKind[] }[] = [];
  for (const kind of kinds) {
    const shape = peers[kind].shape(workload);
    const group = groups.find((one) => JSON.stringify(one.shape) === JSON.stringify(shape));
    if (group === undefined) groups.push({ shape, kinds: [kind] });
    else group.kinds.push(kind);
  }
  return groups;
}
