/** How the field one replies in looks. */
import { css } from 'lit';

export const composerStyles = css`
  :host {
    display: block;
  }
  form {
    display: flex;
    align-items: end;
    gap: 6px;
  }
  textarea {
    flex: 1;
    min-inline-size: 0;
    max-block-size: 14rem;
    field-sizing: content;
    resize: none;
    line-height: 1.4;
  }
  button {
    min-block-size: 34px;
    padding-inline: 10px;
  }
  .below {
    display: flex;
    justify-content: space-between;
    gap: 8px;
    margin-block-start: 3px;
    font-size: 0.75rem;
  }
`;
