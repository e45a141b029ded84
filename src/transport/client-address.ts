/**
 * Whose connection it is. Behind a reverse proxy that is the proxy's address, unless the operator names the proxies whose
 * word about it is taken: each adds, at the end of `X-Forwarded-For`, the address that it was reached from.
 */
import { BlockList, isIP, SocketAddress } from 'node:net';

/** Addresses, and networks as `10.0.0.0/8`. Throws, naming it, on what is neither. */
export function parseProxies(proxies: readonly string[]): BlockList {
  const trusted = new BlockList();
  for (const proxy of proxies) {
    const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(proxy) ?? [];
    const family = familyOf(address);
    const widest = family === 'ipv4' ? 32 : 128;
    const prefix = Number(bits ?? widest);
    if (family === null || prefix > widest) {
      throw new Error(`'${proxy}' is neither an address nor a network such as 10.0.0.0/8`);
    }
    trusted.addSubnet(address, prefix, family);
  }
  return trusted;
}

/**
 * From the end of the header as far as those who wrote it are trusted: what stands before that, anyone can have made up.
 * `peer` in its plain form; '' where the peer is gone.
 */
export function clientAddress(peer: string, forwardedFor: string | undefined, trusted: BlockList): string {
  const hops = forwardedFor === undefined ? [] : forwardedFor.split(',');
  let address = peer;
  while (isTrusted(address, trusted)) {
    const before = hops.pop()?.trim() ?? '';
    if (familyOf(before) === null) break;
    address = plainAddress(before);
  }
  return address;
}

/** One form for one peer, whichever adapter or address family saw it: short, and IPv4 as IPv4. '' where it is gone. */
export function plainAddress(address: string): string {
  if (address === '') return '';
  const family = address.includes(':') ? 'ipv6' : 'ipv4';
  return new SocketAddress({ address, family }).address.replace(/^::ffff:(?=\d+\.)/, '');
}

function isTrusted(address: string, trusted: BlockList): boolean {
  const family = familyOf(address);
  return family !== null && trusted.check(address, family);
}

function familyOf(address: string): 'ipv4' | 'ipv6' | null {
  const version = isIP(address);
  if (version === 0) return null;
  return version === 4 ? 'ipv4' : 'ipv6';
}
