/** How a record's tab looks. */
import { css } from 'lit';

export const recordTabStyles = css`
  :host {
    display: block;
    background: var(--p-bg);
  }
  header {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 8px 12px;
    border-block-end: 1px solid var(--p-line);
  }
  h2 {
    flex: 1;
    min-inline-size: 0;
    font-size: 0.9375rem;
    font-weight: 650;
  }
  .state {
    display: flex;
    flex-direction: column;
    align-items: center;
    gap: 12px;
    padding: 40px 16px;
    color: var(--p-muted);
    text-align: center;
    text-wrap: balance;
  }
  .state svg {
    inline-size: 28px;
    block-size: 28px;
  }
  .older {
    display: flex;
    justify-content: center;
    padding: 8px;
  }
`;
