/**
 * The close codes and what a client does on each. 41xx: connect again, with backoff. 44xx: connect again with a fresh
 * token. 45xx: terminal, connecting again would end the same way. Any other code (1006, 1001 …): connect again.
 */
export const subprotocol = 'parley.v1';

export const closeCodes = {
  drain: { code: 4100, then: 'reconnect', meaning: 'The server goes down or restarts.' },
  'slow-consumer': { code: 4101, then: 'reconnect', meaning: 'Too much waited to be read; resume.' },
  silent: { code: 4102, then: 'reconnect', meaning: 'Nothing came for too long.' },
  fenced: {
    code: 4103,
    then: 'reconnect',
    meaning: 'The server cannot vouch for its store any more; retry commands by id.',
  },
  overloaded: { code: 4104, then: 'reconnect', meaning: 'No room for another session just now.' },
  'hello-timeout': { code: 4105, then: 'reconnect', meaning: 'No hello in time.' },
  'token-invalid': { code: 4401, then: 'new-token', meaning: 'The token was not accepted.' },
  'token-expired': { code: 4402, then: 'new-token', meaning: 'The token has expired.' },
  deactivated: { code: 4501, then: 'stop', meaning: 'The person is deactivated or unknown.' },
  'protocol-error': {
    code: 4502,
    then: 'stop',
    meaning: 'The client broke the protocol; the error frame before says how.',
  },
  'too-many-sessions': { code: 4503, then: 'stop', meaning: 'The person has too many sessions.' },
} as const satisfies {
  readonly [name: string]: {
    readonly code: number;
    readonly then: 'reconnect' | 'new-token' | 'stop';
    readonly meaning: string;
  };
};

export type CloseName = keyof typeof closeCodes;
