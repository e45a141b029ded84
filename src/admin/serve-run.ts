/** The server as a process. What it is made of stands in `src/server.ts`. */
import { createSmtpSender } from '../alerts/mail-sender-smtp.ts';
import type { Mailing } from '../alerts/mailer.ts';
import { openArchiveThread } from '../journal/archive-thread.ts';
import { Incompatible } from '../journal/journal.ts';
import { type Limits, limits } from '../limits.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { createLog, type Log } from '../runtime/log.ts';
import { type Server, startServer } from '../server.ts';
import { createJwtAuthenticator, type JwtOptions } from '../session/authenticator-jwt.ts';
import type { HttpHook } from '../session/connection.ts';
import { openStores, type Stores } from '../stores.ts';
import type { Config } from './config-keys.ts';
import { serveErrors } from './config-resolve.ts';
import { keySourceOf, makeAdminToken } from './config-secrets.ts';
import { badConfiguration, ledgerPathOf } from './configured.ts';
import { makeDemoSecret } from './demo/secret.ts';
import { seedDemo } from './demo/seed.ts';
import { demoSite } from './demo/site.ts';
import { isLoopback } from './loopback.ts';
import { mailConfigOf } from './mail-config.ts';
import { connectionsMax } from './open-files.ts';
import { endFenced, endOnBug, endOnSignal } from './process-end.ts';
import { webFiles } from './web-files.ts';

/**
 * Resolves when the server is ready; signals end it, and the process with it, also while it starts. Throws what
 * `exit-codes.ts` knows.
 */
export async function serve(config: Config): Promise<void> {
  const errors = serveErrors(config);
  if (errors.length > 0) throw badConfiguration(errors);
  const log = createLog(config.logLevel);
  endOnBug(log);
  const fence: Fence = { error: null };
  const ending = new AbortController();
  const starting = openAndStart(config, log, fence, ending.signal);
  endOnSignal(log, async () => {
    ending.abort();
    await (await starting).close();
    // A signal that comes while the last words are on their way does not make a good end of it.
    if (fence.error !== null) throw fence.error;
  });
  const server = await starting;
  if (!ending.signal.aborted) sayReady(config, server, log);
}

async function openAndStart(config: Config, log: Log, fence: Fence, ending: AbortSignal): Promise<Server> {
  const stores = await storesOf(config);
  try {
    return await start(config, stores, log, fence, ending);
  } catch (error) {
    await stores.release();
    throw error;
  }
}

async function storesOf(config: Config): Promise<Stores> {
  try {
    return await openStores(config.dataDir, config.partitions, openArchiveThread, ledgerPathOf(config));
  } catch (error) {
    throw error instanceof Incompatible ? badConfiguration([`data-dir: ${error.message}`]) : error;
  }
}

/** Why the server has fenced itself, once it has. */
interface Fence {
  error: Error | null;
}

async function start(config: Config, stores: Stores, log: Log, fence: Fence, ending: AbortSignal): Promise<Server> {
  const clock = systemClock();
  const auth = authOf(config);
  const site = config.demo ? siteOf(config, auth, log, () => server?.directory ?? null) : webFiles;
  const limited = limitsOf(config);
  let server: Server | null = null;
  server = await startServer({
    stores,
    authenticator: await createJwtAuthenticator(auth.options, clock, log),
    log,
    host: config.host,
    port: config.port,
    transport: config.transport,
    allowedOrigins: config.allowedOrigins,
    trustedProxies: config.trustedProxies,
    connectionsMax: connectionsMax(stores.journal.partitions),
    admin: { host: config.adminHost, port: config.adminPort, token: makeAdminToken(config) },
    http: site,
    mail: mailOf(config, clock, limited),
    clock,
    limits: limited,
    onFenced: (error) => {
      fence.error = error;
      // The sessions have been ended, with a code that tells them to retry elsewhere or later; their sockets need a moment.
      setTimeout(() => endFenced(error), limits.lastWordsMs);
    },
  });
  if (config.demo) log.info({ demo: await seedDemo(server, ending) }, 'demo');
  return server;
}

function mailOf(config: Config, clock: Clock, limited: Limits): Mailing | null {
  const mail = mailConfigOf(config);
  return mail === null ? null : { sender: createSmtpSender(mail.smtp, clock, limited), settings: mail.settings };
}

interface Auth {
  readonly options: JwtOptions;
  /** Set where the demo signs tokens itself. */
  readonly demoSecret: string | null;
}

function authOf(config: Config): Auth {
  const named = { issuer: config.authIssuer, audience: config.authAudience };
  const keys = keySourceOf(config);
  if (keys !== null) return { options: { ...named, keys }, demoSecret: null };
  const demoSecret = makeDemoSecret(config.dataDir);
  return { options: { ...named, keys: { secret: demoSecret } }, demoSecret };
}

function siteOf(config: Config, auth: Auth, log: Log, directory: () => Server['directory'] | null): HttpHook {
  const bound = isLoopback(config.host);
  const noTokensBecause =
    auth.demoSecret === null ? 'sign-in is configured' : 'this server can be reached from other machines';
  const issues = auth.demoSecret !== null && bound;
  if (issues) log.warn({}, 'demo: anyone on this machine may sign in as anyone; for demos only');
  else log.warn({ reason: noTokensBecause }, 'demo: no tokens are issued at /demo/token');
  const { issuer, audience } = auth.options;
  return demoSite({ secret: issues ? auth.demoSecret : null, noTokensBecause, issuer, audience, directory });
}

function limitsOf(config: Config): Limits {
  const configured: { readonly [name in keyof Limits]?: number } = {
    mailWaitMs: config.mailWaitSeconds * 1_000,
    commandsPerSecond: config.commandsPerSecond,
    commandsBurst: config.commandsBurst,
    connectionsPerAddressPerSecond: config.connectionsPerAddress,
    connectionsPerAddressBurst: config.connectionsPerAddressBurst,
    failedSignInsPerAddressPerMinute: config.failedSignInsPerAddress,
    conversationDeliveriesPerSecond: config.conversationDeliveriesPerSecond,
    conversationDeliveriesBurst: config.conversationDeliveriesBurst,
    sessionsPersonMax: config.sessionsPerPerson,
    residentConversationsMax: config.residentConversations,
    residentBytesMax: config.residentMebibytes * 1_048_576,
    drainSpreadMs: config.drainSeconds * 1_000,
  };
  // `Limits` are the literal values of the defaults; these are other values of the same bounds.
  return { ...limits, ...configured } as Limits;
}

/** Who started it may not listen: that ends a command, whose results are all that it is for, and no server. */
function sayReady(config: Config, server: Server, log: Log): void {
  process.stdout.removeAllListeners('error').on('error', (error) => {
    log.warn({ error: error.message }, 'that it is ready cannot be said on stdout');
  });
  const at = (host: string, port: number) => `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const admin = server.adminPort === null ? '' : ` admin http://${at(config.adminHost, server.adminPort)}`;
  const page = config.demo ? ` demo http://${at(config.host, server.port)}/` : '';
  process.stdout.write(`parley is ready: ws://${at(config.host, server.port)}/v1${admin}${page}\n`);
}
