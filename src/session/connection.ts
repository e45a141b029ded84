/**
 * Port: one WebSocket. Declared here, because a session is what needs it; implemented by `transport/`.
 */
export interface Connection {
  /** The client's, for rate limits and the log: the peer's, or what a trusted proxy says of it. */
  readonly address: string;
  /** One binary message; `bytes` may be shared with other connections and is not kept beyond the call. A closed
   *  connection ignores it. */
  send(bytes: Uint8Array): void;
  /** Runs `write`, then hands everything it sent to the kernel at once. */
  batch(write: () => void): void;
  /** From now on what is published to the topic is sent to it, too, in order with what `send` sends. */
  subscribe(topic: string): void;
  /** What was published until now is still sent. */
  unsubscribe(topic: string): void;
  /** Bytes accepted by `send`, or published, that the kernel has not taken yet. */
  backlogBytes(): number;
  /** Ends the connection with a close code of `wire/close-codes.ts`; waiting bytes are sent first as far as the peer reads. */
  close(code: number, reason: string): void;
  /** Ends it at once and drops what waits: for a peer that does not read. */
  terminate(): void;
}

/** What the transport tells of one connection. `bytes` is valid only during the call. */
export interface ConnectionHandler {
  message(bytes: Uint8Array): void;
  /** A text message came: the protocol has none. */
  text(): void;
  /** A ping of WebSocket's own came; the transport answers it. */
  ping(): void;
  closed(): void;
}

/** Accepts a connection whose handshake (subprotocol, origin) has passed. */
export type Accept = (connection: Connection) => ConnectionHandler;

/** One listening server. */
export interface Transport {
  /** 'uws' or 'ws', for the log. */
  readonly name: string;
  readonly port: number;
  /**
   * One binary message to every connection that is subscribed to the topic, by the end of this turn of the event loop; `bytes`
   * is not kept beyond the call. A connection for which it cannot be kept is ended.
   */
  publish(topic: string, bytes: Uint8Array): void;
  /** Takes no new connections; those that are stay. */
  stopListening(): void;
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Origins a browser may come from; empty = only those without an Origin header and the server's own. */
  readonly allowedOrigins: readonly string[];
  /** Reverse proxies whose X-Forwarded-For is believed: addresses, and networks such as 10.0.0.0/8; none without it. */
  readonly trustedProxies?: readonly string[];
  /** Sockets open at once, signed in or not: beyond it new ones are turned away. No bound without it. */
  readonly connectionsMax?: number;
  readonly accept: Accept;
  readonly http?: HttpHook;
}
/** Begins to listen: rejects where the port cannot be had. */
export type OpenTransport = (options: TransportOptions) => Promise<Transport>;
/** Plain HTTP GET on the public port (the demo); null = 404. `remote`: the client's address. `host`: the Host header. */
export type HttpHook = (
  path: string,
  query: string,
  remote: string,
  host: string,
) => HttpAnswer | null | Promise<HttpAnswer | null>;
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}
