/** How the dialog of invitations looks. */
import { css } from 'lit';

export const inviteStyles = css`
  .says {
    display: grid;
    gap: 4px;
    padding: 10px 12px;
    border-radius: var(--p-radius);
    background: var(--p-sunken);
  }
`;
