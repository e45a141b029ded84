/**
 * The close codes and what a client does on each. 41xx: connect again, with backoff. 44xx: connect again with a fresh
 * token. 45xx: terminal, connecting again would end the same way. Any other code (1006, 1001 …): connect again.
 */
export const subprotocol = 'parley.v1';

export const closeCodes = {
  drain: { code: 4100, client: 'reconnect', meaning: 'The server goes down or restarts.' },
  'slow-consumer': { code: 4101, client: 'reconnect', meaning: 'Too much waited to be read; resume.' },
  silent: { code: 4102, client: 'reconnect', meaning: 'Nothing came for too long.' },
  fenced: {
    code: 4103,
    client: 'reconnect',
    meaning: 'The server cannot vouch for its store any more; retry commands by id.',
  },
  overloaded: { code: 4104, client: 'reconnect', meaning: 'No room for another session just now.' },
  'hello-timeout': { code: 4105, client: 'reconnect', meaning: 'No hello in time.' },
  'token-invalid': { code: 4401, client: 'new-token', meaning: 'The token was not accepted.' },
  'token-expired': { code: 4402, client: 'new-token', meaning: 'The token has expired.' },
  deactivated: { code: 4501, client: 'stop', meaning: 'The person is deactivated or unknown.' },
  'protocol-error': {
    code: 4502,
    client: 'stop',
    meaning: 'The client broke the protocol; the error frame before says how.',
  },
  'too-many-sessions': { code: 4503, client: 'stop', meaning: 'The person has too many sessions.' },
} as const satisfies {
  readonly [name: string]: {
    readonly code: number;
    readonly client: 'reconnect' | 'new-token' | 'stop';
    readonly meaning: string;
  };
};

export type CloseName = keyof typeof closeCodes;
