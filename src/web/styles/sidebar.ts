/** How the sidebar looks: standing in the page, or sliding over it. */
import { css } from 'lit';

export const sidebarStyles = css`
  :host {
    display: none;
    inline-size: min(var(--parley-sidebar-width, 24rem), 100%);
    block-size: 100%;
    min-block-size: 0;
    background: var(--p-bg);
    border-inline-start: 1px solid var(--p-line);
  }
  :host([open]) {
    display: block;
  }
  :host([slide]) {
    position: fixed;
    inset-block: 0;
    inset-inline-end: 0;
    z-index: var(--parley-layer, 1000);
    block-size: auto;
    max-inline-size: 100vi;
    box-shadow: var(--p-shadow);
    transition:
      translate 0.2s ease-out,
      display 0.2s allow-discrete;
    translate: 100% 0;
  }
  :host([slide]:dir(rtl)) {
    translate: -100% 0;
  }
  :host([slide][open]) {
    translate: 0 0;
  }
  @starting-style {
    :host([slide][open]) {
      translate: 100% 0;
    }
    :host([slide][open]:dir(rtl)) {
      translate: -100% 0;
    }
  }
  aside {
    container-type: inline-size;
    display: flex;
    flex-direction: column;
    block-size: 100%;
    min-block-size: 0;
  }
  header {
    display: grid;
    gap: 10px;
    padding: 10px 16px 12px;
    border-block-end: 1px solid var(--p-line);
  }
  .bar {
    display: flex;
    align-items: center;
    gap: 2px;
    min-inline-size: 0;
    margin-inline-end: -8px;
  }
  h2 {
    min-inline-size: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    font-size: 1.0625rem;
    font-weight: 650;
    outline-offset: 3px;
  }
  .gap {
    flex: 1;
  }
  .add {
    margin-inline-end: 4px;
    padding-inline: 9px 12px;
  }
  /* Where there is little room the title needs it most. */
  @container (max-width: 350px) {
    .add {
      padding-inline: 8px;
    }
    .add span {
      position: absolute;
      inline-size: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
  }
  .scroll {
    flex: 1;
    min-block-size: 0;
    overflow-y: auto;
    overscroll-behavior: contain;
    background: var(--p-sunken);
    scrollbar-width: thin;
  }
  parley-cards {
    display: block;
    outline: none;
  }
  .problem {
    display: flex;
    gap: 6px;
    padding: 8px 16px;
    background: var(--p-danger-soft);
  }
  .starting {
    display: grid;
    gap: 6px;
    padding: 12px 16px;
    border-block-end: 1px solid var(--p-line);
    background: var(--p-bg);
  }
  h3 {
    font-weight: 650;
  }
  .note {
    display: grid;
    justify-items: center;
    gap: 8px;
    padding: 48px 24px;
    color: var(--p-muted);
    text-align: center;
  }
  .note h3 {
    color: var(--p-text);
    font-size: 0.9375rem;
  }
  .note > svg {
    inline-size: 32px;
    block-size: 32px;
    stroke-width: 1.5;
  }
  .bones {
    display: flex;
    gap: 10px;
    padding: 16px;
    background: var(--p-bg);
    border-block-end: 1px solid var(--p-line);
  }
  .bones div {
    flex: 1;
    display: grid;
    gap: 10px;
  }
  .bones i {
    display: block;
    block-size: 12px;
    inline-size: 55%;
    border-radius: 6px;
    background: var(--p-hover);
    animation: breathe 1.2s ease-in-out infinite alternate;
  }
  .bones > i {
    inline-size: 28px;
    block-size: 28px;
    border-radius: 50%;
  }
  .bones i + i {
    inline-size: 90%;
  }
  @keyframes breathe {
    to {
      opacity: 0.45;
    }
  }
  [aria-busy='true'] svg {
    animation: turn 0.9s linear infinite;
  }
  @keyframes turn {
    to {
      rotate: 1turn;
    }
  }
  .end {
    block-size: 1px;
  }
`;
