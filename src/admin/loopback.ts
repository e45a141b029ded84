/** What is for this very machine only: the demo's tokens, and mail without encryption. */

/** Is this an address of the loopback interface, as a host to listen on, one to connect to, or a peer? */
export function isLoopback(address: string): boolean {
  return /^127(\.\d{1,3}){3}$/.test(address) || address === '::1' || address === 'localhost';
}
