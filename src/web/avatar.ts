/** A person as two letters on a colour of their own. Decoration: the name always stands beside it. */
import { css, html, type TemplateResult } from 'lit';
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

export const avatarStyles = css`
  .avatar {
    display: inline-grid;
    place-items: center;
    flex: none;
    inline-size: 28px;
    block-size: 28px;
    border-radius: 50%;
    overflow: hidden;
    background: light-dark(#dfe6f5, #2c3a57);
    color: light-dark(#27407a, #c3d3f7);
    font-size: 0.6875rem;
    font-weight: 650;
    line-height: 1;
    user-select: none;
  }
  .c1 {
    background: light-dark(#dcefe4, #21402f);
    color: light-dark(#1c5636, #b3e2c6);
  }
  .c2 {
    background: light-dark(#f6e3d8, #4a3123);
    color: light-dark(#7a3c14, #f3c9ac);
  }
  .c3 {
    background: light-dark(#efe0f4, #412b4b);
    color: light-dark(#66297c, #e3bff0);
  }
  .c4 {
    background: light-dark(#d9eef2, #1d3f47);
    color: light-dark(#12525f, #aadde8);
  }
  .c5 {
    background: light-dark(#f8e0e6, #4b2933);
    color: light-dark(#842344, #f4bccb);
  }
`;
