/**
 * A way to a server through a bad network, in userland TCP. Each connection has one fault, chosen by a seed, which shows
 * after so many bytes in one of its directions.
 */
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** `cut`: both ends are reset; `stall`: nothing passes for a while; `dribble`: a few bytes at a time from then on. */
export type Fault = 'none' | 'cut' | 'stall' | 'dribble';

export interface BadWay {
  readonly port: number;
  /** Faults that have shown. */
  readonly shown: Readonly<Record<Fault, number>>;
  /** Through the connections that are nothing passes any more, either way, and neither end is told. */
  vanish(): void;
  /** Every connection is reset: who comes back has another fault, or none. */
  cut(): void;
  /** From now on nothing is wrong with new connections. Those that are stay as they are. */
  heal(): void;
  close(): Promise<void>;
}

const stallMaxMs = 600;
const dribbleMaxBytes = 7;

/** `to`: the server's port. `random` is seeded; `faults` are equally likely. */
export async function badWay(to: number, faults: readonly Fault[], random: () => number): Promise<BadWay> {
  const sockets = new Set<Socket>();
  const lines = new Set<Line>();
  const shown = { none: 0, cut: 0, stall: 0, dribble: 0 };
  let healed = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    keep(near);
    keep(far);
    const line = new Line(near, far);
    lines.add(line);
    near.on('close', () => {
      lines.delete(line);
      line.over(far);
    });
    far.on('close', () => line.over(near));
    const fault = healed ? 'none' : (faults[Math.floor(random() * faults.length)] as Fault);
    // A hello has some hundred bytes: faults show during the handshake, and long after it.
    const [from, towards] = random() < 0.5 ? [near, far] : [far, near];
    line.pass(from, towards, fault, Math.floor(random() ** 2 * 6_000), random, () => {
      shown[fault] += 1;
    });
    line.pass(towards, from, 'none', 0, random, () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    shown,
    vanish() {
      for (const line of lines) line.vanish();
    },
    cut() {
      for (const line of lines) line.cut();
    },
    heal() {
      healed = true;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One connection through the way, both directions. */
class Line {
  readonly #near: Socket;
  readonly #far: Socket;
  #vanished = false;

  constructor(near: Socket, far: Socket) {
    this.#near = near;
    this.#far = far;
  }

  vanish(): void {
    this.#vanished = true;
  }

  cut(): void {
    this.#near.resetAndDestroy();
    this.#far.resetAndDestroy();
  }

  /** One end is gone. The other is told, unless nobody is told anything. */
  over(other: Socket): void {
    if (!this.#vanished) other.destroy();
  }

  /** Passes on what comes from one end, until the fault shows after `bytes`. */
  pass(from: Socket, to: Socket, fault: Fault, bytes: number, random: () => number, showing: () => void): void {
    let passed = 0;
    let slow = false;
    from.on('data', (data) => {
      if (this.#vanished) return;
      passed += data.length;
      if (fault === 'none' || passed < bytes || slow) {
        if (!slow) to.write(data);
        else void this.#dribble(from, to, data, random);
        return;
      }
      showing();
      const before = data.subarray(0, Math.max(0, bytes - (passed - data.length)));
      if (fault === 'dribble') {
        slow = true;
        void this.#dribble(from, to, data, random);
      } else if (fault === 'stall') {
        fault = 'none';
        to.write(before);
        from.pause();
        void wait(random() * stallMaxMs).then(() => {
          to.write(data.subarray(before.length));
          from.resume();
        });
      } else {
        to.write(before);
        this.cut();
      }
    });
  }

  async #dribble(from: Socket, to: Socket, data: Buffer, random: () => number): Promise<void> {
    from.pause();
    for (let at = 0; at < data.length && !to.destroyed; ) {
      const end = at + 1 + Math.floor(random() * dribbleMaxBytes);
      to.write(data.subarray(at, end));
      at = end;
      await new Promise((resolve) => setImmediate(resolve));
    }
    from.resume();
  }
}
