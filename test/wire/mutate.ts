/** Seeded damage to byte strings: one seed derives every choice, so a failing run can be had again. */

/** Mulberry32: 0 ≤ x < 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Heads of every kind of value, where structure breaks most easily. */
const heads = [
  0x00, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x91, 0x9f, 0xa0, 0xa1, 0xbf, 0xc0, 0xc1, 0xc2, 0xc4, 0xc7, 0xca, 0xcb, 0xcf,
  0xd3, 0xd4, 0xd6, 0xd8, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xff,
];

/** `seeds` are not changed; the result is 1 to 4 small injuries away from one of them. */
export function mutate(seeds: readonly Uint8Array[], random: () => number): Uint8Array {
  const below = (n: number) => Math.floor(random() * n);
  const pick = () => seeds[below(seeds.length)] as Uint8Array;
  const head = () => heads[below(heads.length)] as number;
  let bytes = [...pick()];
  for (let round = random() < 0.5 ? 0 : below(4); round >= 0; round--) {
    const at = below(bytes.length + 1);
    switch (below(9)) {
      case 0:
        bytes[Math.min(at, bytes.length - 1)] = (bytes[at] ?? 0) ^ (1 << below(8));
        break;
      case 1:
        bytes[Math.min(at, bytes.length - 1)] = head();
        break;
      case 2:
        bytes[Math.min(at, bytes.length - 1)] = below(256);
        break;
      case 3:
        bytes.splice(at, 1 + below(4));
        break;
      case 4:
        bytes.splice(at, 0, head());
        break;
      case 5:
        bytes.splice(at, 0, ...Array.from({ length: below(6) }, () => below(256)));
        break;
      case 6:
        bytes.length = at;
        break;
      case 7:
        bytes.splice(at, 0, ...bytes.slice(below(bytes.length + 1)).slice(0, 16));
        break;
      default: {
        const other = pick();
        bytes = [...bytes.slice(0, at), ...other.subarray(below(other.length))];
      }
    }
    if (bytes.length === 0) break;
  }
  return Uint8Array.from(bytes);
}
