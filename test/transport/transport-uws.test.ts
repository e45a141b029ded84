import { listenUws } from '../../src/transport/transport-uws.ts';
import { describeConnections } from './connection-suite.ts';
import { describeHandshakes } from './handshake-suite.ts';
import { describePublishing } from './publish-suite.ts';

describeHandshakes('uws', listenUws);
describeConnections('uws', listenUws);
describePublishing('uws', listenUws);
