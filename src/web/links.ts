/** Finds links, with `linkify-it`. It comes when a message may have one: most have none. */
import { LinkifyIt } from 'linkify-it';

export type Token = string | { readonly text: string; readonly href: string };

const linkify = new LinkifyIt().add('ftp:', null).add('//', null);
const allowed = /^(https?|mailto):/;
/** With these a link could read as another than it is. */
const misleading = /[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/;

/** The text in parts, in order: what is no link as it stands, links with http, https or mailto and nothing else. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let from = 0;
  for (const match of linkify.match(text) ?? []) {
    const href = hrefOf(match.url);
    if (href === null || misleading.test(match.raw)) continue;
    if (match.index > from) tokens.push(text.slice(from, match.index));
    tokens.push({ text: match.raw, href });
    from = match.lastIndex;
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
