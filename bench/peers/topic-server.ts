/** uWebSockets.js as both relays have it. The first message of a connection names its topic, every other one is `said`. */
import uws from 'uWebSockets.js';

interface Carried {
  topic: string | null;
}

/** Tells the harness its port and ends with it. `said`: the message's bytes are gone when it returns. */
export function serveTopics(said: (topic: string, message: ArrayBuffer) => void): uws.TemplatedApp {
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
      } else said(data.topic, message);
    },
  });
  app.listen('127.0.0.1', 0, (socket) => {
    if (socket === false) throw new Error('no port');
    process.send?.({ port: uws.us_socket_local_port(socket) });
  });
  process.once('disconnect', () => process.exit(0));
  return app;
}
