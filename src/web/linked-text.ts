/** The text of a message with its links. User text becomes text nodes, and the `href` of a checked link, only. */
import { html, type TemplateResult } from 'lit';
import { tokensOf } from './links.ts';

export function linkedText(text: string): readonly (string | TemplateResult)[] {
  return tokensOf(text).map((token) =>
    typeof token === 'string'
      ? token
      : html`<a part="link" href=${token.href} target="_blank" rel="noopener noreferrer nofollow">${token.text}</a>`,
  );
}
