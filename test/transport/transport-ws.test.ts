import { listenWs } from '../../src/transport/transport-ws.ts';
import { describeConnections } from './connection-suite.ts';
import { describeHandshakes } from './handshake-suite.ts';
import { describePublishing } from './publish-suite.ts';

describeHandshakes('ws', listenWs);
describeConnections('ws', listenWs);
describePublishing('ws', listenWs);
