/** Whose word about a client's address is taken, and how far. */
import { describe, expect, it } from 'vitest';
import { clientAddress, parseProxies } from '../../src/transport/client-address.ts';

const trusted = parseProxies(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);

describe('the address of a client', () => {
  it.each([
    ['is the peer’s where nobody is trusted', '203.0.113.7', '198.51.100.1', [], '203.0.113.7'],
    ['is the peer’s where it is no proxy of ours', '203.0.113.7', '198.51.100.1', ['127.0.0.1'], '203.0.113.7'],
    ['is the proxy’s where it says nothing', '127.0.0.1', undefined, ['127.0.0.1'], '127.0.0.1'],
    ['is what the proxy says', '127.0.0.1', '198.51.100.1', ['127.0.0.1'], '198.51.100.1'],
    [
      'is the last one that is no proxy: what stands before it anyone can have sent',
      '127.0.0.1',
      '1.2.3.4, 198.51.100.1, 10.9.9.9',
      ['127.0.0.1', '10.0.0.0/8'],
      '198.51.100.1',
    ],
    [
      'is the first proxy’s where the client is one of them',
      '127.0.0.1',
      '10.1.1.1',
      ['127.0.0.1', '10.0.0.0/8'],
      '10.1.1.1',
    ],
    ['ends at what is no address', '127.0.0.1', '198.51.100.1, unknown', ['127.0.0.1'], '127.0.0.1'],
    ['ends at what is no address with a port', '127.0.0.1', '198.51.100.1:80', ['127.0.0.1'], '127.0.0.1'],
    ['ends at an empty place', '127.0.0.1', '198.51.100.1,', ['127.0.0.1'], '127.0.0.1'],
    ['is short, however it was written', '127.0.0.1', '2001:0DB8:0:0:0:0:0:1', ['127.0.0.1'], '2001:db8::1'],
    ['is IPv4 where it was wrapped in IPv6', '127.0.0.1', '::ffff:198.51.100.1', ['127.0.0.1'], '198.51.100.1'],
    ['may come through a proxy with IPv6', 'fd00::5', '198.51.100.1', ['fd00::/8'], '198.51.100.1'],
    ['is nothing where the peer is gone', '', '198.51.100.1', ['127.0.0.1'], ''],
  ])('%s', (_, peer, forwardedFor, proxies, expected) => {
    expect(clientAddress(peer, forwardedFor, parseProxies(proxies))).toBe(expected);
  });

  it('takes a header of nothing but proxies to its beginning', () => {
    const hops = Array.from({ length: 1_000 }, () => '10.0.0.1').join(',');
    expect(clientAddress('127.0.0.1', hops, trusted)).toBe('10.0.0.1');
  });
});

describe('the list of proxies', () => {
  it.each([
    '',
    'proxy.example',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '10.0.0',
    '*',
  ])('refuses %j by name', (proxy) => {
    expect(() => parseProxies([proxy])).toThrow(`'${proxy}' is neither an address nor a network`);
  });
});
