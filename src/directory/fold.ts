/**
 * Text as it is searched: case and accents aside. "Sørensen", "SORENSEN" and "Sörensen" all become "sorensen".
 */

/** Letters that decompose to no base letter, though people who lack the key type one. */
const plainLetters: Readonly<Record<string, string>> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ı: 'i',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  // Which of the two sigmas stands at a word's end depends on what follows, and a prefix does not know it.
  ς: 'σ',
};

/** Most names are: nothing to decompose, nothing to replace. */
const plainAscii = /^[\x21-\x7e]*(?: [\x21-\x7e]+)* ?$/;

/** A name as the index holds it; runs of white space become one space. Upper case first, because ß has no lower twin. */
export function fold(name: string): string {
  return foldPrefix(name).trimEnd();
}

/** What was typed so far: a space at its end counts, so that "van " finds "van Dyk" and not "Vance". */
export function foldPrefix(typed: string): string {
  if (plainAscii.test(typed)) return typed.toLowerCase().trimStart();
  return typed
    .toUpperCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[øłđðħıæœþς]/gu, (letter) => plainLetters[letter] as string)
    .replace(/\s+/gu, ' ')
    .trimStart();
}

/** A folded name from each of its words on: "acme corp" is found by "ac" and by "corp". At most eight words count. */
export function wordStarts(folded: string): string[] {
  const starts = [folded];
  for (let at = folded.indexOf(' '); at >= 0 && starts.length < 8; at = folded.indexOf(' ', at + 1)) {
    starts.push(folded.slice(at + 1));
  }
  return starts;
}
