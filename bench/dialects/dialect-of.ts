/** Which dialect a server is spoken to in. */
import type { TargetKind } from '../workload.ts';
import type { Dialect } from './dialect.ts';
import { parleyDialect } from './parley.ts';
import { socketIoDialect } from './socketio.ts';
import { topicDialect } from './topic.ts';
import { xmppDialect } from './xmpp.ts';

export function dialectOf(kind: TargetKind): Dialect {
  if (kind === 'parley') return parleyDialect;
  if (kind === 'socketio') return socketIoDialect;
  return kind === 'relay' || kind === 'durable' || kind === 'ws' ? topicDialect : xmppDialect;
}
