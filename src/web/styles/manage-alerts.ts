/** How the four boxes look. */
import { css } from 'lit';

export const manageAlertsStyles = css`
  table {
    inline-size: 100%;
    border-collapse: collapse;
  }
  th {
    padding: 8px 0;
    font-weight: 600;
    text-align: start;
    overflow-wrap: break-word;
  }
  thead th + th,
  td {
    inline-size: 4.5rem;
    text-align: center;
  }
  tbody tr {
    border-block-start: 1px solid var(--p-line);
  }
  th span {
    display: block;
    font-weight: 400;
  }
  .device {
    display: flex;
    gap: 8px;
    margin: 0;
    font-weight: 400;
    cursor: pointer;
  }
  td label {
    display: grid;
    place-items: center;
    min-block-size: 44px;
    margin: 0;
    cursor: pointer;
  }
`;
