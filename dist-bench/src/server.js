/**
 * The composition root: read this first. The rooms are wired in the order of the flow: a frame's bytes come in at the
 * transport, a session makes a request of them, the host has the conversation's actor decide, the journal makes it
 * durable, and then views, alerts and fan-out are told. Only this file knows concrete adapters.
 */
import { Outbox } from './alerts/outbox.js';
import { Preferences } from './alerts/preferences.js';
import { createDirectory } from './directory/create-directory.js';
import { Audience } from './fanout/audience.js';
import { tellDirectoryNews } from './fanout/directory-news.js';
import { fanOut } from './fanout/fan-out.js';
import { Host } from './host/host.js';
import { partitionOf } from './host/request.js';
import { createDiskGuard } from './journal/disk-guard.js';
import { assertLimits, limits as defaultLimits } from './limits.js';
import { systemClock } from './runtime/clock.js';
import { createMetrics } from './runtime/metrics.js';
import { RateLimit } from './session/rate-limit.js';
import { Sessions } from './session/sessions.js';
import { startAdminHttp } from './transport/admin-http.js';
import { listen } from './transport/listen.js';
import { Queries } from './views/queries.js';
import { Sidebars } from './views/sidebars.js';
/** Resolves when the server is ready. Rejects with what the stores' ports throw, or where a port is taken. */
export async function startServer(options) {
    const limits = options.limits ?? defaultLimits;
    assertLimits(limits);
    const { stores, log } = options;
    const clock = options.clock ?? systemClock();
    const metrics = createMetrics();
    const { journal, archive } = stores;
    const directory = await createDirectory(stores.directory, clock);
    const disk = stores.path === null ? null : await createDiskGuard(stores.path, { clock, log, limits });
    let standing = 'starting';
    // ---- alerts and views: told by the host, asked by sessions ----------------------------------------------------------
    const preferences = new Preferences(archive);
    const outbox = new Outbox({
        waitMicros: limits.mailWaitMs * 1000,
        wantsMail: async (person, kind) => {
            const { email } = await preferences.of(person);
            const reader = directory.person(person);
            return (reader?.active === true &&
                reader.email !== null &&
                (kind === 'conversation' ? email.conversations : email.messages));
        },
        state: (conversation) => host.state(conversation),
    });
    const keepAlerts = (entry, after) => {
        preferences.committed(entry);
        if (options.outbox)
            outbox.committed(entry, after);
    };
    const inPartition = (partition) => (id) => partitionOf(id, journal.partitions) === partition;
    const audience = new Audience();
    // ---- the host -------------------------------------------------------------------------------------------------------
    const committed = (group) => {
        for (const change of group) {
            keepAlerts(change.entry, change.after);
            sidebars.committed(change);
        }
        fanOut(fanOutPort, group[0]?.partition ?? 0, group);
    };
    for await (const row of archive.outbox())
        outbox.restore(row);
    const host = await Host.open({
        journal,
        archive,
        clock,
        log,
        limits,
        inactiveAmong: (people) => new Set([...people].filter((person) => !directory.isActive(person))),
        mayView: (person, record) => directory.mayView(person, record.kind, record.id),
        unreadOf: (person) => sidebars.unreadOf(person),
        committed,
        answered: () => sessions.flush(),
        replayed: keepAlerts,
        alertsToArchive: (partition) => {
            const boxes = preferences.toArchive();
            const mail = outbox.toArchive(inPartition(partition));
            const taken = () => {
                boxes.taken();
                mail.taken();
            };
            return { preferences: boxes.rows, outbox: mail.rows, outboxDone: mail.done, taken };
        },
        writable: () => standing === 'ready' && !disk?.readOnly,
        fenced: (error) => {
            if (standing === 'fenced')
                return;
            standing = 'fenced';
            log.fatal({ error: error.stack }, 'the store cannot be vouched for; nothing is acknowledged any more');
            host.abandon();
            sessions.endAll('fenced');
            options.onFenced(error);
        },
        metrics,
    });
    const sidebars = new Sidebars(host, archive, limits.residentViewsMax);
    const queries = new Queries(host, archive, sidebars, directory, limits);
    const fanOutPort = {
        audience,
        sidebars,
        directory,
        wantsPopup: (person, kind) => preferences.wantsPopup(person, kind),
        delivered: (count) => metrics.deliveries(count),
    };
    // ---- sessions and the public port -----------------------------------------------------------------------------------
    const house = {
        host,
        sidebars,
        queries,
        directory,
        audience,
        authenticator: options.authenticator,
        preferences,
        rateLimit: new RateLimit(clock, limits.commandsPerSecond, limits.commandsBurst),
        limits,
        clock,
        log,
        epoch: journal.epoch,
        partitionOf: (conversation) => partitionOf(conversation, journal.partitions),
        metrics,
    };
    const sessions = new Sessions(house);
    directory.onChange((change) => {
        for (const { after } of change.people)
            if (!after.active)
                sessions.endPerson(after.id);
        const flush = () => sessions.flush();
        tellDirectoryNews({ audience, sidebars, directory, reader: host, index: archive, flush }, change).catch((error) => log.error({ error: error.stack }, 'a change of the directory could not be told'));
    });
    metrics.watch({
        sessions: () => sessions.size,
        residentConversations: () => host.residents,
        journalTailEntries: () => host.tail,
        outboxRows: () => outbox.size,
        readOnly: () => disk?.readOnly ?? false,
    });
    const transport = await listen(options.transport, {
        host: options.host,
        port: options.port,
        allowedOrigins: options.allowedOrigins,
        accept: sessions.accept,
        ...(options.http === undefined ? {} : { http: options.http }),
    }, log);
    const admin = options.admin === null
        ? null
        : await startAdminHttp({
            ...options.admin,
            admin: adminPort({ directory, host, metrics, disk, standing: () => standing }),
        });
    standing = 'ready';
    return {
        port: transport.port,
        transport: transport.name,
        adminPort: admin?.port ?? null,
        directory,
        host,
        async close() {
            if (standing === 'ready')
                standing = 'draining';
            transport.stopListening();
            sessions.announceDrain();
            if (standing !== 'fenced')
                await host.close();
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
//# sourceMappingURL=server.js.map