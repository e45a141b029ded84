/** Commands talk to the running server through its admin port. */
import type { Config } from './config-keys.ts';
import { adminTokenOf } from './config-secrets.ts';

/** Nobody answers there, or not in time. */
export class AdminUnreachable extends Error {
  override readonly name = 'AdminUnreachable';
}
/** The server said no. */
export class AdminRefused extends Error {
  override readonly name = 'AdminRefused';
  readonly status: number;
  /** The error's stable name. */
  readonly error: string;
  /** Path of the field that is not as it must be; empty where none is. */
  readonly field: string;

  constructor(status: number, error: string, message: string, field: string) {
    super(message);
    this.status = status;
    this.error = error;
    this.field = field;
  }
}

export interface AdminClient {
  readonly url: string;
  /** The JSON of the answer. Rejects with `AdminUnreachable` or `AdminRefused`. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
}

const timeoutMs = 30_000;

/** Throws `SecretUnreadable` where the admin token cannot be had. */
export function createAdminClient(config: Config): AdminClient {
  const token = adminTokenOf(config);
  const url = `http://${reachable(config.adminHost)}:${config.adminPort}`;
  return {
    url,
    async call(method, path, body) {
      let status: number;
      let text: string;
      try {
        const response = await fetch(url + path, {
          method,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(timeoutMs),
        });
        status = response.status;
        text = await response.text();
      } catch (cause) {
        throw new AdminUnreachable(`no server answers at ${url}`, { cause });
      }
      const answer = jsonOf(text);
      if (status < 400) return answer;
      const { name = 'unknown', message = `status ${status}`, field = '' } = answer?.error ?? {};
      throw new AdminRefused(status, name, message, field);
    },
  };
}

/** An address to listen on everywhere is not one to connect to. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

type Answer = {
  readonly error?: { readonly name?: string; readonly message?: string; readonly field?: string };
} | null;

function jsonOf(text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return null;
  }
}
