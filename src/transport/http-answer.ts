/** Plain HTTP on the public port: the composition root's hook behind one set of defaults, the same for both adapters. */
import type { Log } from '../runtime/log.ts';
import type { HttpAnswer, TransportOptions } from '../session/connection.ts';

/** Where WebSockets are opened. */
export const endpointPath = '/v1';

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly remote: string;
  /** The Host header, '' where there is none. */
  readonly host: string;
}

/** Everything is forbidden to a page unless its answer says otherwise; header names are lower-case. */
const defaultHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/plain; charset=utf-8',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** `text` as a complete answer. */
export function plainAnswer(status: number, text: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers: { ...defaultHeaders, ...headers }, body: `${text}\n` };
}

/** The answer to anything that is not a WebSocket handshake. Never rejects: what the hook throws becomes a 500. */
export async function answerHttp(request: HttpRequest, hook: TransportOptions['http'], log: Log): Promise<HttpAnswer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return plainAnswer(405, 'Only GET and HEAD are answered here.', { allow: 'GET, HEAD' });
  }
  if (request.path === endpointPath) {
    return plainAnswer(426, 'This is a WebSocket endpoint.', { upgrade: 'websocket' });
  }
  try {
    const answer = (await hook?.(request.path, request.query, request.remote, request.host)) ?? null;
    return answer ? withDefaults(answer) : plainAnswer(404, 'There is nothing here.');
  } catch (error) {
    log.error({ error: String(error) }, 'a page could not be answered');
    return plainAnswer(500, 'The server failed to answer.');
  }
}

function withDefaults(answer: HttpAnswer): HttpAnswer {
  const headers: Record<string, string> = { ...defaultHeaders };
  for (const [name, value] of Object.entries(answer.headers)) headers[name.toLowerCase()] = value;
  return { status: answer.status, headers, body: answer.body };
}
