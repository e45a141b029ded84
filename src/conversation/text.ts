/** What the rules ask of a message's text. Never throws, whatever the string holds: lone surrogates included. */

/** White space, control and format characters, and what is drawn as nothing (U+2800 is the empty Braille cell). */
const nothingToSee = /^[\s\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*$/u;

export function isBlank(text: string): boolean {
  return nothingToSee.test(text);
}

/** Does the text take more than `max` bytes of UTF-8? Looks at no more of it than it has to. */
export function isLongerThan(text: string, max: number): boolean {
  if (text.length > max) return true;
  if (text.length * 3 <= max) return false;
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > max) return true;
  }
  return false;
}
