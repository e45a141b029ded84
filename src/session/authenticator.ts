/** Port: who holds this token, and until when. Adapter: `authenticator-jwt.ts`. */
export interface Identity {
  readonly person: string;
  /** Microseconds since 1970. */
  readonly expiresAt: number;
}
export interface Authenticator {
  /** Never throws; 'unavailable' where the keys cannot be had just now. Takes no longer than a few seconds. */
  verify(token: string): Promise<Identity | 'token-invalid' | 'token-expired' | 'unavailable'>;
}
