/** How messages and notices look. */
import { css } from 'lit';

export const timelineStyles = css`
  /* Not each message: the browser asks every such box at every frame whether it is near the screen. */
  .far {
    content-visibility: auto;
    contain-intrinsic-block-size: auto 1500px;
  }
  .message {
    display: flex;
    gap: 10px;
    padding-block: 5px;
  }
  .message > div {
    flex: 1;
    min-inline-size: 0;
  }
  .message .avatar {
    margin-block-start: 2px;
  }
  .by {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    column-gap: 8px;
    line-height: 1.3;
  }
  .by bdi {
    font-weight: 600;
    min-inline-size: 0;
  }
  time {
    color: var(--p-muted);
    font-size: 0.75rem;
    white-space: nowrap;
  }
  .dot {
    align-self: center;
    inline-size: 8px;
    block-size: 8px;
    border-radius: 50%;
    background: var(--p-accent);
    forced-color-adjust: none;
  }
  .text a {
    color: var(--p-accent);
    text-underline-offset: 2px;
    unicode-bidi: isolate;
  }
  .erased {
    color: var(--p-muted);
    font-style: italic;
  }
  .notice {
    padding-block: 4px;
    padding-inline-start: 38px;
    color: var(--p-muted);
  }
  .from {
    display: flex;
    align-items: center;
    gap: 8px;
    margin-block: 4px;
    color: var(--p-accent);
    font-size: 0.75rem;
    font-weight: 600;
  }
  .from::after {
    content: '';
    flex: 1;
    border-block-start: 1px solid currentColor;
    opacity: 0.5;
  }
`;
