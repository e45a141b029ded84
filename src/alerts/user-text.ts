/** User text on its way into a mail: always text, never a header, a tag or a line of ours. */

/** Ends of lines, in every spelling that some reader takes for one. */
const lineEnd = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/u;
/** Controls, and the marks that turn the direction of what follows them. */
const unseen = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/gu;
/** Controls but the tab; directions stay, each line is a paragraph of its own to them. */
const controls = /[^\P{Cc}\t]|\p{Cs}/gu;

/** For a header or a name: one line of at most `maxChars` characters, without controls and turned directions. */
export function oneLine(text: string, maxChars: number): string {
  return shortened(text.replace(unseen, ' ').replace(/\s+/gu, ' ').trim(), maxChars);
}

/** The lines of a message of which at most `maxChars` characters are shown. */
export function linesOf(text: string, maxChars: number): string[] {
  return shortened(text, maxChars)
    .split(lineEnd)
    .map((line) => line.replace(controls, ''));
}

/** For the content of an element and for an attribute in double quotes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** By code points, so that no character is halved. */
function shortened(text: string, maxChars: number): string {
  // No more code points than UTF-16 units.
  if (text.length <= maxChars) return text;
  const points = [...text];
  return points.length <= maxChars ? text : `${points.slice(0, maxChars - 1).join('')}…`;
}
