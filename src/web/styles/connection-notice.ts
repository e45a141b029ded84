/** How the connection's notice looks. */
import { css } from 'lit';

export const connectionNoticeStyles = css`
  p {
    display: flex;
    gap: 8px;
    align-items: center;
    padding: 6px 12px;
    background: var(--p-warn-soft);
    color: var(--p-warn);
    font-size: 0.8125rem;
  }
  .closed {
    background: var(--p-danger-soft);
    color: var(--p-danger);
  }
`;
