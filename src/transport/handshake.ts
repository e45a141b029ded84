/**
 * Who may open a WebSocket: the questions to a handshake, the same for both adapters. The Origin check is a second line
 * of defence: a connection can do nothing before its `hello` brings a token, and browsers attach no token by themselves.
 */
import type { HttpAnswer } from '../session/connection.ts';
import { subprotocol } from '../wire/close-codes.ts';
import { plainAnswer } from './http-answer.ts';

export interface HandshakeRequest {
  /** What follows the `?`, undecoded; '' where there is none. */
  readonly query: string;
  /** Lower-case names; a header sent twice is joined by ', ', as HTTP reads it. */
  readonly headers: ReadonlyMap<string, string>;
}

/** The origins a configuration allows, in the form browsers send. Throws on what cannot be one. */
export function parseOrigins(origins: readonly string[]): ReadonlySet<string> {
  return new Set(
    origins.map((origin) => {
      const parsed = parseOrigin(origin.replace(/\/$/, '').toLowerCase());
      if (!parsed) throw new Error(`'${origin}' is not an origin; one looks like https://crm.example.com`);
      return parsed.origin;
    }),
  );
}

const noRoom = plainAnswer(503, 'Too many connections are open here; try again later.', { 'retry-after': '5' });

/** The answer that refuses the handshake, or null where it passes. `isFull`: are as many sockets open as may be? */
export function refuseHandshake(
  request: HandshakeRequest,
  allowed: ReadonlySet<string>,
  isFull: boolean,
): HttpAnswer | null {
  if (isFull) return noRoom;
  const { headers } = request;
  for (const name of new URLSearchParams(request.query).keys()) {
    if (/^(access_)?token$/i.test(name)) {
      return plainAnswer(
        400,
        'A token does not belong in the address, where logs keep it: send it in the hello frame.',
      );
    }
  }
  const origin = headers.get('origin');
  if (origin !== undefined && !originPasses(origin, headers.get('host'), allowed)) {
    return plainAnswer(403, 'This origin may not connect here; the server lists those that may.');
  }
  if (headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    return plainAnswer(400, 'Only an upgrade to websocket is understood.');
  }
  if (headers.get('sec-websocket-version') !== '13') {
    return plainAnswer(426, 'Only version 13 of WebSocket is understood.', { 'sec-websocket-version': '13' });
  }
  if (!/^[+/0-9A-Za-z]{22}==$/.test(headers.get('sec-websocket-key') ?? '')) {
    return plainAnswer(400, 'Sec-WebSocket-Key is missing or not 16 bytes in base64.');
  }
  const offered = (headers.get('sec-websocket-protocol') ?? '').split(',').map((name) => name.trim());
  if (!offered.includes(subprotocol)) {
    return plainAnswer(400, `Sec-WebSocket-Protocol must offer ${subprotocol}; nothing else is spoken here.`);
  }
  return null;
}

/** An Origin passes where the server allows it, or where it is the host that the client believes to be talking to. */
function originPasses(origin: string, host: string | undefined, allowed: ReadonlySet<string>): boolean {
  const parsed = parseOrigin(origin);
  if (!parsed) return false;
  if (allowed.has(parsed.origin)) return true;
  if (!host || /[^\w.:[\]-]/.test(host)) return false;
  // The origin's own scheme decides which port may be left out: a proxy in front may have ended TLS.
  const own = URL.canParse(`${parsed.protocol}//${host}`) ? new URL(`${parsed.protocol}//${host}`).host : null;
  return own === parsed.host;
}

/** Only the exact form that browsers serialize: no path, no credentials, no list, not 'null'. */
function parseOrigin(text: string): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return (url.protocol === 'https:' || url.protocol === 'http:') && url.origin === text ? url : null;
}
