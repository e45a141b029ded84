/**
 * The admin port: health and metrics for whoever reaches it, the directory and erasures for whoever holds the admin
 * token. Plain HTTP, meant for a private network. No CORS: a browser has no business here.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { limits } from '../limits.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { type AdminAnswer, AdminError, answerOf, bodyOf } from './admin-http-messages.ts';
import { routeOf } from './admin-http-routes.ts';
import type { AdminPort } from './admin-port.ts';

export interface AdminHttpOptions {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** At least 16 characters. */
  readonly token: string;
  readonly admin: AdminPort;
  /** A route threw: a bug, answered with 500. Without user text; for the log. */
  readonly onBug?: (error: unknown, route: string) => void;
  readonly clock?: Clock;
}

export interface AdminHttp {
  readonly port: number;
  /** Finishes what is under way, at most for a second. */
  close(): Promise<void>;
}

const tokenMinChars = 16;
const requestTimeoutMs = 30_000;
const closeGraceMs = 1_000;

/** Rejects when it cannot listen. */
export async function startAdminHttp(options: AdminHttpOptions): Promise<AdminHttp> {
  if (options.token.length < tokenMinChars) throw new Error(`the admin token needs ${tokenMinChars} characters`);
  const isAuthorized = tokenCheck(options.token);
  const clock = options.clock ?? systemClock();
  let underWay = 0;
  let closing = false;

  const server = createServer(
    { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs / 2, keepAliveTimeout: 5_000 },
    (request, response) => {
      underWay += 1;
      response.once('close', () => {
        underWay -= 1;
      });
      void handle(request).then((answer) => {
        if (closing) response.setHeader('connection', 'close');
        send(request, response, answer);
      });
    },
  );
  server.maxConnections = limits.adminConnectionsMax;

  /** Never rejects. */
  async function handle(request: IncomingMessage): Promise<AdminAnswer> {
    let name = 'unknown';
    try {
      if (underWay > limits.adminRequestsMax) throw new AdminError(503, 'busy', 'Too many requests are under way.');
      const route = routeOf(request.method ?? '', request.url ?? '');
      name = route.name;
      if (!route.open && !isAuthorized(request.headers.authorization)) {
        throw new AdminError(401, 'unauthorized', 'The admin token is missing or wrong.');
      }
      const body = route.takesBody ? await bodyOf(request) : undefined;
      return await route.run(options.admin, body);
    } catch (error) {
      const answer = answerOf(error);
      if (answer.status === 500) options.onBug?.(error, name);
      return answer;
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port, exclusive: true }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        closing = true;
        const grace = clock.after(closeGraceMs, () => server.closeAllConnections());
        server.close(() => {
          grace.cancel();
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

/** Compares digests, so that neither the time nor the length of the right token can be measured. */
function tokenCheck(token: string): (header: string | undefined) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const right = digest(token);
  return (header) => {
    const [, given] = /^Bearer +(\S+) *$/i.exec(header ?? '') ?? [];
    return timingSafeEqual(digest(given ?? ''), right);
  };
}

function send(request: IncomingMessage, response: ServerResponse, answer: AdminAnswer): void {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...answer.headers,
  });
  // What is left of a body that was refused is read and dropped: closing on it could cost the caller this answer.
  request.resume();
  response.end(request.method === 'HEAD' ? undefined : body);
}
