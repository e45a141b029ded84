/** How the form for a new conversation looks. */
import { css } from 'lit';

export const newConversationStyles = css`
  .about {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(11rem, 100%), 1fr));
    gap: 12px;
    align-items: start;
  }
  textarea {
    display: block;
    min-block-size: 6rem;
    max-block-size: 18rem;
    field-sizing: content;
    resize: vertical;
  }
  #text-note:empty {
    display: none;
  }
  label.private {
    display: flex;
    align-items: center;
    gap: 8px;
    margin: 0;
    font-weight: 600;
    cursor: pointer;
  }
  .note {
    margin-block-start: -12px;
    padding-inline-start: 26px;
  }
`;
