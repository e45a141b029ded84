/** How a button with its menu looks. */
import { css } from 'lit';

export const menuStyles = css`
  .icon svg {
    stroke-width: 3;
  }
  [role='menu'] {
    position-area: self-block-end span-self-inline-start;
    position-try-fallbacks: flip-inline, flip-block;
    min-inline-size: 12rem;
    max-inline-size: calc(100vi - 16px);
    margin-block: 4px;
    padding: 4px;
    border: 1px solid var(--p-line);
    border-radius: var(--p-radius);
    background: var(--p-raised);
    color: var(--p-text);
    box-shadow: var(--p-shadow);
  }
  [role='menuitem'] {
    display: flex;
    inline-size: 100%;
    justify-content: flex-start;
    gap: 10px;
    min-block-size: 36px;
    font-weight: 400;
    text-align: start;
  }
`;
