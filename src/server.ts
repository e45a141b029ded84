/**
 * The composition root: read this first. The rooms are wired in the order of the flow: a frame's bytes come in at the
 * transport, a session makes a request of them, the host has the conversation's actor decide, the journal makes it
 * durable, and then views, alerts and fan-out are told. Only this file knows concrete adapters.
 */
import { Alerts } from './alerts/alerts.ts';
import type { Mailing } from './alerts/mailer.ts';
import type { PersonId } from './conversation/commands.ts';
import { createDirectory, type OpenDirectory } from './directory/create-directory.ts';
import { Erasures } from './erasure/erasures.ts';
import { Audience } from './fanout/audience.ts';
import { DirectoryNews } from './fanout/directory-news.ts';
import { fanOut } from './fanout/fan-out.ts';
import { Topic, type TopicPort } from './fanout/topic.ts';
import type { Committed } from './host/committed.ts';
import { Host } from './host/host.ts';
import { mendedArchive } from './journal/archive-mended.ts';
import { watchedArchive } from './journal/archive-watched.ts';
import { createDiskGuard, type DiskGuard } from './journal/disk-guard.ts';
import { partitionOf } from './journal/partition-of.ts';
import { assertLimits, limits as defaultLimits, type Limits } from './limits.ts';
import { type Clock, systemClock } from './runtime/clock.ts';
import type { Log } from './runtime/log.ts';
import { createMetrics, type Metrics } from './runtime/metrics.ts';
import { type Random, systemRandom } from './runtime/random.ts';
import { letAllBeginYoung } from './runtime/young-objects.ts';
import { AddressLimits } from './session/address-limits.ts';
import type { Authenticator } from './session/authenticator.ts';
import type { Accept, HttpHook, OpenTransport, Transport } from './session/connection.ts';
import type { House } from './session/house.ts';
import { RateLimit } from './session/rate-limit.ts';
import { Sessions } from './session/sessions.ts';
import type { Stores } from './stores.ts';
import { startAdminHttp } from './transport/admin-http.ts';
import type { AdminPort } from './transport/admin-port.ts';
import { listen, type TransportKind } from './transport/listen.ts';
import { Crowds } from './views/crowd.ts';
import { Queries } from './views/queries.ts';
import { Sidebars } from './views/sidebars.ts';

export interface ServerOptions {
  readonly stores: Stores;
  readonly authenticator: Authenticator;
  readonly log: Log;
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** One of the adapters, or another way in: simulations bring their own network. */
  readonly transport: TransportKind | OpenTransport;
  readonly allowedOrigins: readonly string[];
  /** Reverse proxies whose X-Forwarded-For is believed; none without it. */
  readonly trustedProxies?: readonly string[];
  /** Sockets of clients open at once; no bound without it. */
  readonly connectionsMax?: number;
  /** Null = no admin port. */
  readonly admin: { readonly host: string; readonly port: number; readonly token: string } | null;
  /** Answers plain GETs on the public port. */
  readonly http?: HttpHook;
  /** Without it no e-mails, and none are kept for later. The server closes the sender. */
  readonly mail?: Mailing | null;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly metrics?: Metrics;
  readonly limits?: Limits;
  /** The store cannot be vouched for any more: every session has been ended, the process has to exit. */
  readonly onFenced: (error: Error) => void;
}

export interface Server {
  readonly port: number;
  /** The adapter's name: 'uws' or 'ws'. */
  readonly transport: string;
  readonly adminPort: number | null;
  readonly directory: OpenDirectory;
  readonly host: Host;
  readonly erasures: Erasures;
  /** Connections, signed in or not. */
  sessions(): number;
  /** Drains: takes nothing new, answers what is under way, tells clients when to come back, and lets go of the stores. */
  close(): Promise<void>;
}

type Standing = 'starting' | 'ready' | 'draining' | 'fenced';

/** Resolves when the server is ready. Rejects with what the stores' ports throw, or where a port is taken. */
export async function startServer(options: ServerOptions): Promise<Server> {
  letAllBeginYoung();
  const limits = options.limits ?? defaultLimits;
  assertLimits(limits);
  const { stores, log } = options;
  const clock = options.clock ?? systemClock();
  const random = options.random ?? systemRandom;
  const metrics = options.metrics ?? createMetrics();
  const { journal } = stores;
  let standing: Standing = 'starting';
  /** What a fence ends, in this order; as far as it is there, because a disk may stop answering while the server starts. */
  const ends: (() => void)[] = [];
  const fenced = (error: Error): void => {
    if (standing === 'fenced') return;
    standing = 'fenced';
    log.fatal({ error: error.stack }, 'the store cannot be vouched for; nothing is acknowledged any more');
    for (const end of ends) end();
    options.onFenced(error);
  };
  const watched = watchedArchive(stores.archive, { clock, limits, log, overdue: fenced });
  const archive = mendedArchive(watched.archive, { partitions: journal.partitions, log, metrics });
  const directory = await createDirectory(stores.directory, clock, fenced);

  // ---- alerts, and the host that everybody is told by -------------------------------------------------------------------
  const alerts = await Alerts.open({
    archive,
    reader: { state: (id) => host.state(id), timeline: (...asked) => host.timeline(...asked) },
    directory,
    mailing: options.mail ?? null,
    clock,
    random,
    log,
    limits,
    metrics,
  });
  ends.push(() => alerts.abandon());
  const audience = new Audience((person) => topics.changed(person));
  const topicPort: TopicPort = {
    audience,
    wantsPopup: (person) => alerts.preferences.wantsPopup(person, 'message'),
    publish: (topic, bytes, readers) => sessions.published(bytes, readers, () => transport.publish(topic, bytes)),
  };
  const topics = new Crowds({ clock, limits }, (state) => new Topic(topicPort, state));
  const inPartition = (partition: number) => (id: string) => partitionOf(id, journal.partitions) === partition;
  const committed = (group: readonly Committed[]): void => {
    const badges = new Set<PersonId>();
    for (const change of group) {
      alerts.committed(change.entry, change.after);
      sidebars.committed(change, badges);
    }
    fanOut(fanOutPort, group[0]?.partition ?? 0, group, badges);
  };
  const disk = stores.path === null ? null : await createDiskGuard(stores.path, { clock, log, limits });
  const host: Host = await Host.open({
    journal,
    archive,
    clock,
    log,
    limits,
    inactiveAmong: (people) => new Set([...people].filter((person) => !directory.isActive(person))),
    mayView: (person, record) => directory.mayView(person, record.kind, record.id),
    unreadOf: (person) => sidebars.unreadOf(person),
    committed,
    together: (work) => sessions.together(work),
    replayed: (entry, after) => alerts.committed(entry, after),
    alertsToArchive: (partition, waits) => alerts.toArchive(inPartition(partition), waits),
    writable: () => standing === 'ready' && (disk?.hasRoom() ?? true),
    archivable: async () => (await disk?.hasRoomToArchive()) ?? true,
    fenced,
    metrics,
  }).catch((error: Error) => {
    // What is damaged is not started over, and nobody watches its disk.
    disk?.close();
    throw error;
  });
  ends.push(() => host.abandon());
  disk?.count(host);

  // ---- views and sessions -----------------------------------------------------------------------------------------------
  const sidebars = new Sidebars(host, archive, {
    clock,
    limits,
    soon: (run) => clock.soon(run),
    unreadable: (person, { message }) =>
      log.error({ person, damage: message }, 'a list and a badge lack a conversation that is damaged'),
  });
  const queries = new Queries(host, archive, sidebars, directory, limits);
  const fanOutPort = {
    audience,
    topics,
    sidebars,
    directory,
    wantsPopup: (person: string, kind: 'conversation' | 'message') => alerts.preferences.wantsPopup(person, kind),
    delivered: (count: number) => metrics.deliveries(count),
  };
  const house: House = {
    host,
    sidebars,
    queries,
    directory,
    audience,
    authenticator: options.authenticator,
    preferences: alerts.preferences,
    rateLimit: new RateLimit(clock, limits.commandsPerSecond, limits.commandsBurst, limits.rateLimitKeysMax),
    unheeded: new RateLimit(clock, limits.unheededPerSecond, limits.unheededBurst, limits.rateLimitKeysMax),
    addressLimits: new AddressLimits(clock, limits),
    limits,
    clock,
    log,
    epoch: journal.epoch,
    partitionOf: (conversation) => partitionOf(conversation, journal.partitions),
    metrics,
  };
  const sessions = new Sessions(house);
  ends.push(() => sessions.endAll('fenced'));
  const news = new DirectoryNews({
    audience,
    sidebars,
    directory,
    reader: host,
    index: archive,
    flush: () => sessions.flush(),
  });
  directory.onChange((change) => {
    for (const { after } of change.people) if (!after.active) sessions.endPerson(after.id);
    news.tell(change, (error) => log.error({ error: error.stack }, 'a change of the directory could not be told'));
  });
  const erasures = await Erasures.open({
    host,
    archive,
    journal,
    directory,
    ledger: stores.ledger,
    clock,
    log,
    limits,
    fenced,
  });
  metrics.watch({
    sessions: () => sessions.size,
    residentConversations: () => host.residents,
    journalTailEntries: () => host.tail,
    unarchivedBytes: () => host.waitingBytes,
    archiveWaitingMs: watched.waitingMs,
    outboxRows: () => alerts.waiting,
    readOnly: () => disk?.readOnly ?? false,
  });

  // ---- the ports: from here on whoever comes is served ------------------------------------------------------------------
  const transport = await listenPublicly(options, sessions.accept, clock);
  const admin =
    options.admin === null
      ? null
      : await startAdminHttp({
          ...options.admin,
          admin: adminPortOf({ directory, erasures, metrics, disk, standing: () => standing }),
          onBug: (error, route) => log.error({ route, error: String(error) }, 'an admin route threw'),
        });
  if (standing === 'starting') standing = 'ready';
  alerts.start();

  return {
    port: transport.port,
    transport: transport.name,
    adminPort: admin?.port ?? null,
    directory,
    host,
    erasures,
    sessions: () => sessions.size,
    async close() {
      if (standing === 'ready') standing = 'draining';
      transport.stopListening();
      sessions.announceDrain();
      // Before the last checkpoint, which makes durable what was mailed.
      await alerts.stop();
      if (standing !== 'fenced') {
        await erasures.close();
        await host.close();
      }
      sessions.endAll('drain');
      await transport.close();
      await admin?.close();
      disk?.close();
      await directory.close();
      await archive.close();
      await journal.close();
      await stores.release();
    },
  };
}

function listenPublicly(options: ServerOptions, accept: Accept, clock: Clock): Promise<Transport> {
  const { host, port, transport, allowedOrigins, trustedProxies = [], connectionsMax, http, log } = options;
  const way = {
    host,
    port,
    allowedOrigins,
    trustedProxies,
    accept,
    ...(connectionsMax === undefined ? {} : { connectionsMax }),
    ...(http === undefined ? {} : { http }),
  };
  return typeof transport === 'function' ? transport(way) : listen(transport, way, log, clock);
}

function adminPortOf(
  server: Pick<AdminPort, 'directory' | 'erasures'> & {
    readonly metrics: Metrics;
    readonly disk: DiskGuard | null;
    standing(): Standing;
  },
): AdminPort {
  const { directory, erasures, metrics, disk } = server;
  return {
    directory,
    erasures,
    metrics: () => metrics.text(),
    async writable() {
      await disk?.check();
      return !disk?.readOnly;
    },
    ready() {
      const standing = server.standing();
      if (standing === 'ready' && disk?.readOnly) return { ready: false, reason: 'read-only' };
      return standing === 'ready' ? { ready: true } : { ready: false, reason: standing };
    },
  };
}
