/** How the toolbar's button looks. */
import { css } from 'lit';

export const launcherStyles = css`
  :host {
    display: inline-block;
  }
  button {
    position: relative;
    min-block-size: 36px;
    background: var(--p-bg);
    border-color: var(--p-line);
    white-space: nowrap;
  }
  button[aria-expanded='true'] {
    background: var(--p-accent-soft);
  }
  .badge {
    min-inline-size: 20px;
    padding: 2px 6px;
    border-radius: 10px;
    background: var(--p-accent);
    color: var(--p-on-accent);
    font-size: 0.75rem;
    font-weight: 650;
    line-height: 16px;
    font-variant-numeric: tabular-nums;
    text-align: center;
  }
  @media (forced-colors: active) {
    .badge {
      border: 1px solid ButtonText;
    }
  }
`;
