/** Which dialect a server is spoken to in. */
import type { TargetKind } from '../workload.ts';
import type { Dialect } from './dialect.ts';
import { parleyDialect } from './parley.ts';
import { socketIoDialect } from './socketio.ts';
import { topicDialect } from './topic.ts';
import { xmppDialect } from './xmpp.ts';

const dialects: Readonly<Record<TargetKind, Dialect>> = {
  parley: parleyDialect,
  relay: topicDialect,
  durable: topicDialect,
  ws: topicDialect,
  socketio: socketIoDialect,
  ejabberd: xmppDialect,
  prosody: xmppDialect,
};

export function dialectOf(kind: TargetKind): Dialect {
  return dialects[kind];
}
