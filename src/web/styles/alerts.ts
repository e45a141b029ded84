/** How pop-ups look. */
import { css } from 'lit';

export const alertsStyles = css`
  :host {
    position: fixed;
    z-index: var(--parley-alerts-layer, 2147480000);
    inset-block-end: 16px;
    inset-inline-end: 16px;
    inline-size: min(360px, 100% - 32px);
    pointer-events: none;
  }
  ul {
    display: flex;
    flex-direction: column;
    gap: 8px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  li {
    position: relative;
    pointer-events: auto;
    border: 1px solid var(--p-line);
    border-radius: var(--p-radius);
    background: var(--p-raised);
    box-shadow: var(--p-shadow);
    animation: come 0.18s ease-out;
  }
  @keyframes come {
    from {
      opacity: 0;
      transform: translateY(8px);
    }
  }
  .open {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    justify-content: stretch;
    align-items: start;
    gap: 0 10px;
    inline-size: 100%;
    padding: 10px 12px 12px;
    border: 0;
    padding-inline-end: 44px;
    border-radius: inherit;
    font-weight: 400;
    text-align: inherit;
  }
  .avatar {
    grid-row: span 3;
    margin-block-start: 2px;
  }
  .who {
    font-weight: 600;
  }
  .who,
  .where {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .words {
    display: -webkit-box;
    overflow: hidden;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
  }
  .close {
    position: absolute;
    inset-block-start: 6px;
    inset-inline-end: 6px;
  }
`;
