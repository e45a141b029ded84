/** What the SDK takes from where it runs: sockets, time, chance, network. Everything can be replaced by an option. */

/** The part of the browser's `WebSocket` that is used; the `ws` package has it too. */
export interface Socket {
  binaryType: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
}
export type SocketConstructor = new (url: string, protocols: string | string[]) => Socket;

/** Milliseconds. Replaced by a virtual one in tests. */
export interface ClientClock {
  /** Since 1970. */
  now(): number;
  /** Runs once after `ms`; the answer cancels. */
  after(ms: number, run: () => void): () => void;
}

/** Is there a network at all? What `navigator.onLine` and its events tell. */
export interface Network {
  online(): boolean;
  subscribe(listener: () => void): () => void;
}

/** Timers beyond 2^31 ms fire at once: longer waits end early, and whoever waits looks at the time again. */
const timerMaxMs = 2_147_483_647;

export const systemClock: ClientClock = {
  now: () => Date.now(),
  after(ms, run) {
    const handle = setTimeout(run, Math.min(Math.max(ms, 0), timerMaxMs));
    return () => clearTimeout(handle);
  },
};

/** The browser's; in a process without one it is taken to be always online. */
export const systemNetwork: Network = {
  online: () => (globalThis.navigator as { onLine?: boolean } | undefined)?.onLine !== false,
  subscribe(listener) {
    if (typeof globalThis.addEventListener !== 'function') return () => {};
    globalThis.addEventListener('online', listener);
    globalThis.addEventListener('offline', listener);
    return () => {
      globalThis.removeEventListener('online', listener);
      globalThis.removeEventListener('offline', listener);
    };
  },
};

/** 22 characters of 128 random bits: a command's name for all time (CMD-1). */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replace(/[+/=]/g, (sign) => ({ '+': '-', '/': '_' })[sign] ?? '');
}
