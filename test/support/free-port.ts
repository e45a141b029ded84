/** Ports for servers that have to be found again where they were. */
import { createServer } from 'node:net';

/** Test files run side by side, each in a process of its own: they take no port that another looks at. */
const workers = 8;
const worker = Number(process.env.VITEST_POOL_ID ?? 0) % workers;
const portsEach = 10_000 / workers;
let turn = Math.floor(Math.random() * portsEach);

/**
 * Free, and below those that the system gives to outgoing connections: while a server is down, nobody who looks for it
 * gets its port as their own, which would keep it from coming back, or connect them to themselves. In turn, so that nobody else
 * here is given it before all others have been.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    turn = (turn + 1) % portsEach;
    const port = 20_000 + turn * workers + worker;
    if (await isFree(port)) return port;
  }
}

/** Could somebody listen on this port of the loopback now? */
export function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
