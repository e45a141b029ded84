/** Finds links in a text. */
import { link } from './link-expression.ts';

export type Token = string | { readonly text: string; readonly href: string };

const allowed = /^(https?|mailto):/;
/** With these a link could read as another than it is. */
const misleading = /[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/;

/** The text in parts, in order: what is no link as it stands, links with http, https or mailto and nothing else. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let from = 0;
  for (const { 0: raw, index } of text.matchAll(link)) {
    const href = hrefOf(/^[a-z]+:/i.test(raw) ? raw : `mailto:${raw}`);
    if (href === null || misleading.test(raw)) continue;
    if (index > from) tokens.push(text.slice(from, index));
    tokens.push({ text: raw, href });
    from = index + raw.length;
  }
  if (from < text.length) tokens.push(text.slice(from));
  return tokens;
}

function hrefOf(url: string): string | null {
  try {
    const { protocol, href } = new URL(url);
    return allowed.test(protocol) ? href : null;
  } catch {
    return null;
  }
}
