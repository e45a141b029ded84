/** How a conversation's card looks. */
import { css } from 'lit';

export const conversationStyles = css`
  :host {
    display: block;
    contain: content;
    outline: none;
    scroll-margin-block: 8px;
  }
  article {
    position: relative;
    padding: 14px 16px 8px;
    border-block-end: 1px solid var(--p-line);
    background: var(--p-bg);
  }
  article:focus-visible {
    outline: 2px solid var(--p-accent);
    outline-offset: -3px;
  }
  article.unread::before {
    content: '';
    position: absolute;
    inset-block: 0;
    inset-inline-start: 0;
    inline-size: 3px;
    background: var(--p-accent);
  }
  header {
    display: flex;
    align-items: flex-start;
    gap: 10px;
    margin-block-end: 6px;
  }
  header > div {
    flex: 1;
    min-inline-size: 0;
  }
  h3 {
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
    overflow: hidden;
    font-size: 0.9375rem;
    font-weight: 650;
    line-height: 1.35;
  }
  .faces {
    display: flex;
    padding-block-start: 1px;
  }
  .faces .avatar {
    box-shadow: 0 0 0 2px var(--p-bg);
  }
  .faces .avatar + .avatar {
    margin-inline-start: -5px;
  }
  .about {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 2px 6px;
    color: var(--p-muted);
  }
  .about > svg,
  .private svg {
    inline-size: 14px;
    block-size: 14px;
  }
  .about > span:not(.private) {
    min-inline-size: 0;
    max-inline-size: calc(100% - 24px);
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .private {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    padding: 0 7px 0 5px;
    border-radius: 10px;
    background: var(--p-warn-soft);
    color: var(--p-warn);
    font-size: 0.75rem;
    font-weight: 600;
  }
  .count {
    min-inline-size: 20px;
    padding-inline: 6px;
    border-radius: 10px;
    background: var(--p-accent);
    color: var(--p-on-accent);
    font-size: 0.75rem;
    font-weight: 650;
    line-height: 20px;
    text-align: center;
  }
  .paging {
    display: flex;
    gap: 4px;
    margin-inline-start: 30px;
  }
  .up {
    display: inline-flex;
    rotate: 180deg;
  }
  .waiting {
    margin-block: 4px;
    margin-inline-start: 38px;
  }
  .standing {
    margin-block: 8px 4px;
    padding: 8px 10px;
    border-radius: calc(var(--p-radius) * 0.75);
    background: var(--p-sunken);
    color: var(--p-muted);
  }
  parley-composer {
    margin-block-start: 8px;
  }
  .problem {
    display: flex;
    gap: 6px;
    margin-block-start: 6px;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 0 2px;
    margin-block-start: 4px;
    margin-inline: -8px;
  }
  .actions svg {
    inline-size: 14px;
    block-size: 14px;
  }
  .actions .accent {
    color: var(--p-accent);
  }
`;
