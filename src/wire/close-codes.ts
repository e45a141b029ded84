/**
 * The close codes and what a client does on each. 41xx: connect again, with backoff. 44xx: connect again with a fresh
 * token. 45xx: terminal, connecting again would end the same way. Any other code (1006, 1001 …): connect again.
 */
export const subprotocol = 'parley.v1';

export const closeCodes = {
  drain: { code: 4100, client: 'reconnect' },
  'slow-consumer': { code: 4101, client: 'reconnect' },
  silent: { code: 4102, client: 'reconnect' },
  fenced: { code: 4103, client: 'reconnect' },
  overloaded: { code: 4104, client: 'reconnect' },
  'hello-timeout': { code: 4105, client: 'reconnect' },
  'address-limited': { code: 4106, client: 'reconnect' },
  'token-invalid': { code: 4401, client: 'new-token' },
  'token-expired': { code: 4402, client: 'new-token' },
  deactivated: { code: 4501, client: 'stop' },
  'protocol-error': { code: 4502, client: 'stop' },
  'too-many-sessions': { code: 4503, client: 'stop' },
} as const satisfies {
  readonly [name: string]: { readonly code: number; readonly client: 'reconnect' | 'new-token' | 'stop' };
};

export type CloseName = keyof typeof closeCodes;

/** For the protocol's documents: what a client tells its user is its own. */
export const closeMeanings: { readonly [name in CloseName]: string } = {
  drain: 'The server goes down or restarts.',
  'slow-consumer': 'Too much waited to be read; resume.',
  silent: 'Nothing came for too long.',
  fenced: 'The server cannot vouch for its store any more; retry commands by id.',
  overloaded: 'No room for another session just now.',
  'hello-timeout': 'No hello in time.',
  'address-limited':
    'Too many connections or bad tokens from this address; the error frame before says how long to wait.',
  'token-invalid': 'The token was not accepted.',
  'token-expired': 'The token has expired.',
  deactivated: 'The person is deactivated or unknown.',
  'protocol-error': 'The client broke the protocol; the error frame before says how.',
  'too-many-sessions': 'The person has too many sessions.',
};
