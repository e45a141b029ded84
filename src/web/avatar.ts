/** A person as two letters on a colour of their own. Decoration: the name always stands beside it. */
import { html, type TemplateResult } from 'lit';
import type { Person } from '../client/index.ts';

export function avatar({ id, first, last }: Person): TemplateResult {
  return html`<span class="avatar c${hueOf(id)}" aria-hidden="true">${initial(first)}${initial(last)}</span>`;
}

/** The first character as a reader sees one: names begin with emoji and combined letters, too. */
function initial(name: string): string {
  return [...name.trim()][0]?.toLocaleUpperCase() ?? '';
}

function hueOf(id: string): number {
  let sum = 0;
  for (const char of id) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 1_000_003;
  return sum % 6;
}
