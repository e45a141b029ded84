/** How what waits to be sent looks. */
import { css } from 'lit';

export const waitingStyles = css`
  .waiting {
    padding: 6px 10px;
    border-radius: calc(var(--p-radius) * 0.75);
    background: var(--p-sunken);
  }
  .waiting.failed {
    background: var(--p-danger-soft);
  }
  .waiting .text {
    opacity: 0.85;
  }
  .waiting p {
    display: flex;
    gap: 6px;
    margin-block-start: 2px;
  }
  .waiting .row {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin-block-start: 6px;
  }
  .text {
    white-space: pre-wrap;
    unicode-bidi: plaintext;
  }
`;
