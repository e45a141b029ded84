/** How every dialog looks. */
import { css } from 'lit';

export const dialogStyles = css`
  :host {
    display: contents;
  }
  dialog {
    inline-size: min(30rem, 100vi - 24px);
    max-block-size: min(46rem, 100dvb - 24px);
    padding: 0;
    overflow: auto;
    overscroll-behavior: contain;
    border: 1px solid var(--p-line);
    border-radius: calc(var(--p-radius) * 1.5);
    background: var(--p-raised);
    color: var(--p-text);
    box-shadow: var(--p-shadow);
    font: 400 var(--p-size) / 1.45 var(--p-font);
    animation: rise 0.16s ease-out;
  }
  dialog::backdrop {
    background: #0b0e1366;
  }
  form {
    display: flex;
    flex-direction: column;
    gap: 14px;
    padding: 20px;
  }
  h2 {
    font-size: 1.0625rem;
    font-weight: 650;
    line-height: 1.3;
    padding-inline-end: 32px;
  }
  .close {
    position: absolute;
    inset-block-start: 14px;
    inset-inline-end: 12px;
  }
  footer {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: 8px;
    margin-block-start: 2px;
  }
  label,
  legend {
    display: block;
    padding: 0;
    margin-block-end: 4px;
    font-weight: 600;
  }
  .fault {
    margin-block-start: 4px;
  }
  @keyframes rise {
    from {
      opacity: 0;
      translate: 0 8px;
    }
  }
`;
