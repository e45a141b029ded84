/** The text of a message with its links. User text becomes text nodes, and the `href` of a checked link, only. */
import { html, type TemplateResult } from 'lit';

/** Nothing without one of these is a link. */
const hint = /:\/\/|@|mailto:/i;

let tokensOf: typeof import('./links.ts').tokensOf | null = null;
let loading: Promise<void> | null = null;

/** Can links be found by now? */
export function hasLinks(): boolean {
  return tokensOf !== null;
}

/** Null = no link waits to be found. Otherwise what was rendered as mere text is to be rendered again then. */
export function linksLoading(): Promise<void> | null {
  return tokensOf === null ? loading : null;
}

export function linkedText(text: string): readonly (string | TemplateResult)[] {
  if (!hint.test(text)) return [text];
  if (tokensOf === null) {
    loading ??= import('./links.ts').then(
      (links) => {
        tokensOf = links.tokensOf;
      },
      // Without it texts stay as they are, and the next one asks again.
      () => {
        loading = null;
      },
    );
    return [text];
  }
  return tokensOf(text).map((token) =>
    typeof token === 'string'
      ? token
      : html`<a part="link" href=${token.href} target="_blank" rel="noopener noreferrer nofollow">${token.text}</a>`,
  );
}
