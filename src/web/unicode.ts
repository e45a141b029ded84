/**
 * What linkify-it takes from `uc.micro`: classes of characters as sources of expressions without the flag `u`. The
 * build puts this in its place. The one long class, punctuation, is made from what the browser knows anyway.
 */
export const Any =
  /[\0-\uD7FF\uE000-\uFFFF]|[\uD800-\uDBFF][\uDC00-\uDFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?:[^\uD800-\uDBFF]|^)[\uDC00-\uDFFF]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the class of controls
export const Cc = /[\0-\x1F\x7F-\x9F]/;
export const Z = /[ \xA0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]/;
export const P = punctuation();

/** Beyond these two planes there is none. One high surrogate leads a block. */
function punctuation(): RegExp {
  const [planes, block] = [0x20000, 0x400];
  const classes: string[] = [];
  let inFirstPlane = '';
  for (let start = 0; start < planes; start += block) {
    const text = String.fromCodePoint(...Array.from({ length: block }, (_, at) => start + at));
    const ranges = [...text.matchAll(/\p{P}+/gu)].map(([run]) => rangeOf(run)).join('');
    if (start < 0x10000) inFirstPlane += ranges;
    else if (ranges !== '') classes.push(`${escaped(text, 0)}[${ranges}]`);
  }
  return new RegExp([`[${inFirstPlane}]`, ...classes].join('|'));
}

/** From the first to the last of a run, by their last code units. */
function rangeOf(run: string): string {
  const first = run.codePointAt(0) as number;
  return `${escaped(run, first > 0xffff ? 1 : 0)}-${escaped(run, run.length - 1)}`;
}

function escaped(text: string, at: number): string {
  return `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`;
}
