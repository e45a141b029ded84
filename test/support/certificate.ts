/**
 * A certificate of the test's own, self-signed, so that whoever is told to trust it does and nobody else: X.509 v3 with a
 * key on P-256, in DER by hand, because Node reads certificates and makes none.
 */
import { generateKeyPairSync, sign } from 'node:crypto';

export interface Certificate {
  /** PEM, both. */
  readonly cert: string;
  readonly key: string;
}

const constructed = { sequence: 0x30, set: 0x31, version: 0xa0, extensions: 0xa3 } as const;
const primitive = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  text: 0x0c,
  time: 0x18,
} as const;
/** Of the names within subjectAltName. */
const altName = { dns: 0x82, ip: 0x87 } as const;

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Uint8Array[]) => der(constructed.sequence, ...parts);
const oid = (...bytes: readonly number[]) => der(primitive.oid, Buffer.from(bytes));
const extension = (id: Buffer, value: Buffer) => sequence(id, der(primitive.octets, value));
const time = (at: Date) => der(primitive.time, Buffer.from(at.toISOString().replace(/[-:T]|\.\d+/g, '')));

const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const commonName = oid(0x55, 0x04, 0x03);
const subjectAltName = oid(0x55, 0x1d, 0x11);
const basicConstraints = oid(0x55, 0x1d, 0x13);

/** For this host (a name, or an address of IPv4), valid for an hour either way. */
export function certificateFor(host: string): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(der(constructed.set, sequence(commonName, der(primitive.text, Buffer.from(host)))));
  const isAddress = /^\d+(\.\d+){3}$/.test(host);
  const names = isAddress
    ? der(altName.ip, Buffer.from(host.split('.').map(Number)))
    : der(altName.dns, Buffer.from(host));
  const extensions = sequence(
    extension(subjectAltName, sequence(names)),
    extension(basicConstraints, sequence(der(primitive.boolean, Buffer.from([0xff])))),
  );
  const hourMs = 3_600_000;
  const signed = sequence(
    der(constructed.version, der(primitive.integer, Buffer.from([2]))),
    der(primitive.integer, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    sequence(time(new Date(Date.now() - hourMs)), time(new Date(Date.now() + hourMs))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(constructed.extensions, extensions),
  );
  const signature = der(primitive.bits, Buffer.from([0]), sign('sha256', signed, privateKey));
  const lines = sequence(signed, ecdsaWithSha256, signature)
    .toString('base64')
    .match(/.{1,64}/g)
    ?.join('\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}
