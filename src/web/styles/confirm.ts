/** How a question looks. */
import { css } from 'lit';

export const confirmStyles = css`
  ul {
    display: grid;
    gap: 6px;
    margin: 0;
    padding-inline-start: 1.2em;
  }
`;
