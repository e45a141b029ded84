/**
 * What the best that this machine can do is measured by: a bare uWebSockets.js that publishes each message to its topic
 * and keeps nothing, checks nothing and knows nobody. The first message of a connection names its topic.
 */
import uws from 'uWebSockets.js';

interface Carried {
  topic: string | null;
}

const app = uws.App();
app.ws<Carried>('/v1', {
  compression: uws.DISABLED,
  maxBackpressure: 16 * 1024 * 1024,
  idleTimeout: 120,
  upgrade(res, req, context) {
    const key = req.getHeader('sec-websocket-key');
    res.upgrade<Carried>({ topic: null }, key, req.getHeader('sec-websocket-protocol'), '', context);
  },
  message(ws, message) {
    const data = ws.getUserData();
    if (data.topic === null) {
      data.topic = Buffer.from(message).toString();
      ws.subscribe(data.topic);
      ws.send(message, true, false);
    } else app.publish(data.topic, message, true, false);
  },
});
app.listen('127.0.0.1', 0, (socket) => {
  if (socket === false) throw new Error('no port');
  process.send?.({ port: uws.us_socket_local_port(socket) });
});
process.once('disconnect', () => process.exit(0));
