/** Sentences with names in them: each name is isolated, so that none can turn the rest of the sentence around. */
import { html, type TemplateResult } from 'lit';

/** A character that no text holds: the server refuses control characters in names, and these are not names. */
const mark = '\u0001';

export function sentence(
  text: (...names: string[]) => string,
  ...names: readonly string[]
): (string | TemplateResult)[] {
  const parts = text(...names.map((_, i) => `${mark}${i}${mark}`)).split(mark);
  return parts.map((part, i) => (i % 2 === 0 ? part : html`<bdi>${names[Number(part)] ?? ''}</bdi>`));
}
