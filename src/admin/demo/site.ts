/**
 * What the demo answers to plain GETs on the public port: the pages of a CRM that is not there, and tokens for anyone who
 * asks from this very machine. Never for others: the server must be bound to loopback, the peer must be on it, and the
 * Host header must name it, so that a web page elsewhere cannot have its own name point here and ask (DNS rebinding).
 */
import type { Directory } from '../../directory/directory.ts';
import type { HttpAnswer, HttpHook } from '../../session/connection.ts';
import { issueToken } from '../../session/token-issuer.ts';
import { isLoopback } from '../loopback.ts';
import { demoFile } from '../web-files.ts';
import { crmOf } from './crm.ts';

export interface DemoSiteOptions {
  /** Null = no tokens are issued here; the reason is said instead. */
  readonly secret: string | null;
  readonly noTokensBecause: string;
  readonly audience: string;
  readonly issuer: string;
  /** Null until the server is there. */
  directory(): Directory | null;
}

const tokenSeconds = 8 * 3_600;

function isThisMachine(host: string): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(host);
}

export function demoSite(options: DemoSiteOptions): HttpHook {
  return (path, query, remote, host) => {
    if (path === '/demo/token' || path === '/demo/crm') return forPerson(options, path, query, remote, host);
    return demoFile(path, policyFor(host));
  };
}

/** What only this machine gets, asked for one active person. */
async function forPerson(
  options: DemoSiteOptions,
  path: string,
  query: string,
  remote: string,
  host: string,
): Promise<HttpAnswer> {
  const { secret, audience, issuer } = options;
  if (secret === null) return json(403, { error: options.noTokensBecause });
  if (!isLoopback(remote) || !isThisMachine(host)) {
    return json(403, { error: 'demo tokens are for this machine only' });
  }
  const directory = options.directory();
  if (directory === null) return json(503, { error: 'the server is starting' });
  const asked = new URLSearchParams(query);
  const person = asked.get('person') ?? '';
  if (!directory.isActive(person)) return json(404, { error: 'there is no such active person' });
  if (path === '/demo/crm') return json(200, crmOf(directory, person, asked.get('record')));
  const token = await issueToken({ secret, person, audience, issuer, ttlSeconds: tokenSeconds });
  return json(200, { person, token, expiresInSeconds: tokenSeconds, note: 'for demos only' });
}

function json(status: number, value: object): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` };
}

/** Only files of this server run and style; `'self'` does not cover WebSockets in every browser. */
function policyFor(host: string): string {
  const socket = isThisMachine(host) ? ` ws://${host}` : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self'${socket}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
