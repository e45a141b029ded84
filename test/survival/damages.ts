/** Ways in which files of a data directory come to harm, chosen by chance; each says what it did. */
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const pageBytes = 4_096;

/** Harms one file of the store at `path`; `earlier`: the same store at an earlier time. Returns what it did. */
export function harm(path: string, earlier: string, random: (below: number) => number): string {
  const file = someFile(path, random);
  const name = relative(path, file);
  const kind = (Object.keys(kinds) as (keyof typeof kinds)[])[random(Object.keys(kinds).length)] as keyof typeof kinds;
  const before = readFileSync(file);
  const what = kinds[kind](file, { random, earlier: join(earlier, name), length: usedLength(before) });
  return `${name}: ${what}`;
}

interface Means {
  readonly random: (below: number) => number;
  readonly earlier: string;
  /** Without the zeros at its end. */
  readonly length: number;
}

const kinds = {
  bit(file: string, { random, length }: Means): string {
    const bytes = readFileSync(file);
    const [at, bit] = [random(Math.max(1, length)), random(8)];
    if (bytes.length > 0) bytes[at] = (bytes[at] as number) ^ (1 << bit);
    writeFileSync(file, bytes);
    return `bit ${bit} of byte ${at}`;
  },
  zeroedPage(file: string, { random, length }: Means): string {
    const page = random(Math.ceil(length / pageBytes) || 1);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0, page * pageBytes, Math.min(bytes.length, (page + 1) * pageBytes)));
    return `page ${page} zeroed`;
  },
  swappedPages(file: string, { random, length }: Means): string {
    const bytes = readFileSync(file);
    const pages = Math.floor(length / pageBytes);
    const [a, b] = [random(Math.max(1, pages)) * pageBytes, random(Math.max(1, pages)) * pageBytes];
    const first = Buffer.from(bytes.subarray(a, a + pageBytes));
    bytes.copy(bytes, a, b, b + pageBytes);
    first.copy(bytes, b);
    writeFileSync(file, bytes);
    return `pages ${a / pageBytes} and ${b / pageBytes} swapped`;
  },
  truncated(file: string, { random, length }: Means): string {
    const left = random(2) === 0 ? random(length + 1) : Math.floor(random(length + 1) / pageBytes) * pageBytes;
    truncateSync(file, left);
    return `cut to ${left} of ${length}`;
  },
  garbage(file: string, { random }: Means): string {
    const garbage = Buffer.from(Array.from({ length: 1 + random(9_000) }, () => random(256)));
    writeFileSync(file, Buffer.concat([readFileSync(file), garbage]));
    return `${garbage.length} bytes of garbage at its end`;
  },
  stale(file: string, { earlier }: Means): string {
    if (!existsSync(earlier)) return 'left as it is';
    writeFileSync(file, readFileSync(earlier));
    return 'an earlier copy of it';
  },
} as const;

/** Each store's main file as often as all others of the directory together. */
function someFile(path: string, random: (below: number) => number): string {
  const all = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((file) => statSync(file).isFile() && !file.endsWith('ballast') && !file.endsWith('lock.mdb'))
    .sort();
  const main = all.filter((file) => file.endsWith('data.mdb') || /frames-/.test(file));
  const among = random(2) === 0 ? main : all;
  return among[random(among.length)] as string;
}

function usedLength(bytes: Buffer): number {
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === 0) length -= 1;
  return length;
}
