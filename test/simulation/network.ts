/**
 * A simulated network between devices and the server: messages take their time and keep their order, as on TCP; a link can
 * stall, be cut, or fall silent without a word to either end, and what was under way on it is lost. Both ends are ports of
 * the product: `Socket` of the client, `Connection` of the server.
 */
import type { Socket, SocketConstructor } from '../../src/client/environment.ts';
import type { Accept, Connection, ConnectionHandler } from '../../src/session/connection.ts';
import { decodeClientFrame } from '../../src/wire/decode-client-frame.ts';
import type { Chance } from './chance.ts';
import { type Scheduler, Scope } from './scheduler.ts';
import type { Truth } from './truth.ts';
import { createSeat, isCommand, type Seat, type Witness } from './witness.ts';

/** Bytes that the kernel takes of a reader who does not read. */
const kernelBytes = 2_048;

export interface Wire {
  readonly scheduler: Scheduler;
  readonly witness: Witness;
  readonly truth: Truth;
  /** Everything that crosses the wire goes into the world's hash. */
  readonly record: (what: string, bytes?: Uint8Array) => void;
  /** Milliseconds of a message's way, about. */
  readonly latencyMs: number;
}

/** Who holds the client's end. */
export interface Peer {
  readonly name: string;
  readonly person: string;
  readonly scope: Scope;
  readonly chance: Chance;
  online(): boolean;
}

export class Network {
  readonly #wire: Wire;
  /** Of a server that runs; null: nobody listens. */
  listener: { readonly accept: Accept; readonly scope: Scope } | null = null;
  readonly links = new Set<Link>();
  readonly #sent: { readonly person: string; readonly bytes: Buffer }[] = [];

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  socketsOf(peer: Peer): SocketConstructor {
    const [network, wire] = [this, this.#wire];
    return class implements Socket {
      binaryType = '';
      onopen: Socket['onopen'] = null;
      onmessage: Socket['onmessage'] = null;
      onclose: Socket['onclose'] = null;
      onerror: Socket['onerror'] = null;
      readonly #link: Link;

      constructor() {
        this.#link = new Link(network, wire, peer, this);
      }

      send(bytes: Uint8Array): void {
        this.#link.fromClient(Buffer.from(bytes));
      }

      close(): void {
        this.#link.closedByClient();
      }
    };
  }

  /** A command that was sent lately, as its bytes are. */
  sent(person: string, bytes: Buffer): void {
    this.#sent.push({ person, bytes });
    if (this.#sent.length > 12) this.#sent.shift();
  }

  /** One of them comes again, late, by any connection of its person. */
  duplicate(chance: Chance): string {
    if (this.#sent.length === 0) return '';
    const { person, bytes } = chance.pick(this.#sent);
    const links = [...this.links].filter((link) => link.peer.person === person && link.isUp);
    if (links.length === 0) return '';
    const link = chance.pick(links);
    link.fromClient(bytes);
    return link.peer.name;
  }

  linksOf(peer: Peer): Link[] {
    return [...this.links].filter((link) => link.peer === peer);
  }

  /** The process is gone: its kernel says so to everyone it can reach. */
  processEnded(): void {
    this.listener = null;
    for (const link of [...this.links]) link.serverIsGone();
  }

  /** As uWebSockets.js has it: written behind this turn, or before what is sent to the same connection earlier than that. */
  publish(topic: string, bytes: Uint8Array): void {
    const copy = Buffer.from(bytes);
    for (const link of this.links) link.published(topic, copy);
  }

  /** Nothing is on its way, to this peer or to anyone. */
  isQuiet(peer?: Peer): boolean {
    for (const link of this.links) if ((peer === undefined || link.peer === peer) && !link.isQuiet) return false;
    return true;
  }
}

type Message = { readonly atMs: number } & ({ readonly bytes: Buffer } | { readonly code: number });

/** One direction of a link. */
class Lane {
  readonly #link: Link;
  readonly #scheduler: Scheduler;
  readonly #deliver: (message: Message) => void;
  queue: Message[] = [];
  #pumping = false;

  constructor(link: Link, scheduler: Scheduler, deliver: (message: Message) => void) {
    this.#link = link;
    this.#scheduler = scheduler;
    this.#deliver = deliver;
  }

  push(latencyMs: number, content: { readonly bytes: Buffer } | { readonly code: number }): void {
    const atMs = Math.max(this.queue.at(-1)?.atMs ?? 0, this.#scheduler.nowMs + latencyMs);
    this.queue.push({ atMs, ...content });
    this.#pump();
  }

  #pump(): void {
    const [head] = this.queue;
    if (head === undefined || this.#pumping) return;
    this.#pumping = true;
    const wait = Math.max(head.atMs, this.#link.stalledUntilMs) - this.#scheduler.nowMs;
    this.#scheduler.after(wait, always, () => {
      this.#pumping = false;
      if (this.#link.stalledUntilMs <= this.#scheduler.nowMs) {
        const message = this.queue.shift();
        if (message !== undefined) this.#deliver(message);
      }
      this.#pump();
    });
  }
}

const always = new Scope();

export class Link implements Connection {
  readonly address = '10.0.0.1';
  readonly peer: Peer;
  readonly #network: Network;
  readonly #wire: Wire;
  #socket: Socket | null;
  #handler: ConnectionHandler | null = null;
  /** Of the server's process. */
  #scope: Scope | null = null;
  readonly #seat: Seat = createSeat();
  readonly #toServer: Lane;
  readonly #toClient: Lane;
  stalledUntilMs = 0;
  /** Neither end hears anything any more, nor of it. */
  #isSilent = false;
  #batchMs: number | null = null;
  readonly #topics = new Set<string>();
  /** Published, and not written yet. */
  #published: Buffer[] = [];
  /** The server has closed its end; what waits may still arrive. */
  #isClosing = false;

  constructor(network: Network, wire: Wire, peer: Peer, socket: Socket) {
    this.#network = network;
    this.#wire = wire;
    this.peer = peer;
    this.#socket = socket;
    this.#toServer = new Lane(this, wire.scheduler, (message) => this.#atServer(message));
    this.#toClient = new Lane(this, wire.scheduler, (message) => this.#atClient(message));
    network.links.add(this);
    this.#later(() => this.#connect());
  }

  get isQuiet(): boolean {
    return !this.#isSilent && this.#toServer.queue.length === 0 && this.#toClient.queue.length === 0;
  }

  /** Signed in, and nothing wrong with it. */
  get isUp(): boolean {
    return this.#handler !== null && this.#seat.person !== null && !this.#isSilent;
  }

  // ---- the server's end -------------------------------------------------------------------------------------------------

  send(bytes: Uint8Array): void {
    if (this.#handler === null || this.#isClosing) return;
    this.#writePublished();
    this.#write(bytes);
  }

  subscribe(topic: string): void {
    this.#topics.add(topic);
  }

  unsubscribe(topic: string): void {
    this.#topics.delete(topic);
  }

  published(topic: string, bytes: Buffer): void {
    if (this.#handler === null || this.#isClosing || !this.#topics.has(topic)) return;
    if (this.#published.length === 0) this.#wire.scheduler.after(0, this.#scope as Scope, () => this.#writePublished());
    this.#published.push(bytes);
  }

  batch(write: () => void): void {
    this.#batchMs = this.#latency();
    write();
    this.#batchMs = null;
  }

  backlogBytes(): number {
    if (this.stalledUntilMs <= this.#wire.scheduler.nowMs && !this.#isSilent) return 0;
    const bytes = this.#toClient.queue.reduce(
      (sum, message) => sum + ('bytes' in message ? message.bytes.length : 0),
      0,
    );
    return Math.max(0, bytes - kernelBytes);
  }

  close(code: number, reason: string): void {
    if (this.#handler === null || this.#isClosing) return;
    this.#writePublished();
    this.#isClosing = true;
    this.#wire.record(`closes ${this.peer.name} ${code} ${reason}`);
    this.#toClient.push(this.#latency(), { code });
    this.#endServer();
  }

  terminate(): void {
    if (this.#handler === null) return;
    this.#toClient.queue = [];
    this.#toClient.push(this.#latency(), { code: 1006 });
    this.#endServer();
  }

  serverIsGone(): void {
    if (this.#handler === null) return;
    this.#handler = null;
    this.#toClient.push(this.#latency(), { code: 1006 });
  }

  // ---- the client's end -------------------------------------------------------------------------------------------------

  fromClient(bytes: Buffer): void {
    const decoded = decodeClientFrame(bytes);
    if (decoded.ok && isCommand(decoded.frame)) {
      this.#wire.truth.asks(this.peer.person, decoded.frame);
      this.#network.sent(this.peer.person, bytes);
    }
    this.#toServer.push(this.#latency(), { bytes });
  }

  closedByClient(): void {
    this.#socket = null;
    this.#network.links.delete(this);
    if (this.#isSilent) this.#later(() => this.#endServer(), this.peer.chance.between(0, 10_000));
    else this.#toServer.push(this.#latency(), { code: 1005 });
  }

  // ---- faults -----------------------------------------------------------------------------------------------------------

  /** Both ends hear of it, sooner or later; what was under way is lost. */
  cut(): void {
    this.#toServer.queue = [];
    this.#toClient.queue = [];
    this.#toClient.push(this.peer.chance.between(0, 50), { code: 1006 });
    this.#later(() => this.#endServer(), this.peer.chance.between(0, 500));
  }

  stall(ms: number): void {
    this.stalledUntilMs = this.#wire.scheduler.nowMs + ms;
  }

  fallSilent(): void {
    this.#isSilent = true;
    this.#toServer.queue = [];
    this.#toClient.queue = [];
  }

  // ---- inside -----------------------------------------------------------------------------------------------------------

  #latency(): number {
    return this.peer.chance.between(0.2, this.#wire.latencyMs);
  }

  #later(run: () => void, ms = this.#latency()): void {
    this.#wire.scheduler.after(ms, always, run);
  }

  #write(bytes: Uint8Array): void {
    this.#wire.record(`> ${this.peer.name}`, bytes);
    this.#wire.witness.told(this.#seat, bytes);
    this.#toClient.push(this.#batchMs ?? this.#latency(), { bytes: Buffer.from(bytes) });
  }

  #writePublished(): void {
    const published = this.#published;
    this.#published = [];
    if (this.#handler !== null) for (const bytes of published) this.#write(bytes);
  }

  #connect(): void {
    const { listener } = this.#network;
    if (this.#socket === null) return;
    if (listener === null || !this.peer.online()) return this.#atClient({ atMs: 0, code: 1006 });
    this.#scope = listener.scope;
    this.#handler = listener.accept(this);
    this.#later(() => this.#socket?.onopen?.({} as never));
  }

  #atServer(message: Message): void {
    if (this.#isSilent || this.#handler === null || !this.#scope?.alive) return;
    if ('code' in message) return this.#endServer();
    this.#wire.record(`< ${this.peer.name}`, message.bytes);
    const decoded = decodeClientFrame(message.bytes);
    if (decoded.ok) this.#wire.witness.heard(this.#seat, decoded.frame, this.peer.person);
    this.#handler.message(new Uint8Array(message.bytes));
  }

  #atClient(message: Message): void {
    const socket = this.#socket;
    if (socket === null || this.#isSilent) return;
    if ('bytes' in message) return socket.onmessage?.({ data: new Uint8Array(message.bytes).buffer } as never);
    this.#socket = null;
    this.#network.links.delete(this);
    socket.onclose?.({ code: message.code } as never);
  }

  /** Its session hears of the end from an event of its own. */
  #endServer(): void {
    const handler = this.#handler;
    this.#handler = null;
    if (handler === null) return;
    this.#wire.scheduler.after(0, this.#scope as Scope, () => handler.closed());
  }
}
