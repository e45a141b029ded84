/**
 * Colours, type and spacing. Elements that stand in the host's page carry `theme`; those inside them inherit it. Each
 * `--parley-…` may be set on the page, on an ancestor or on the element itself; `theme="light"` and `theme="dark"` fix
 * the scheme, otherwise the system's preference holds.
 */
import { css } from 'lit';

export const theme = css`
  :host {
    color-scheme: light dark;
    --p-bg: var(--parley-background, light-dark(#ffffff, #15181d));
    --p-sunken: var(--parley-background-sunken, light-dark(#f4f6f8, #0f1216));
    --p-raised: var(--parley-background-raised, light-dark(#ffffff, #1c2027));
    --p-hover: var(--parley-background-hover, light-dark(#eceff3, #262b34));
    --p-line: var(--parley-border, light-dark(#dfe3e9, #2c323c));
    --p-field: var(--parley-border-field, light-dark(#868f9c, #6f7a89));
    --p-text: var(--parley-text, light-dark(#1a1f27, #e8ebf0));
    --p-muted: var(--parley-text-muted, light-dark(#58616e, #a0a9b6));
    --p-accent: var(--parley-accent, light-dark(#2456d6, #8fb0ff));
    --p-on-accent: var(--parley-on-accent, light-dark(#ffffff, #0c1a3d));
    --p-accent-soft: var(--parley-accent-soft, light-dark(#eaf0fe, #1d2a4a));
    --p-danger: var(--parley-danger, light-dark(#b3261e, #ff9d94));
    --p-on-danger: var(--parley-on-danger, light-dark(#ffffff, #3d0b07));
    --p-danger-soft: var(--parley-danger-soft, light-dark(#fdeeec, #3a1c1a));
    --p-warn: var(--parley-warning, light-dark(#8a5300, #f0bf6c));
    --p-warn-soft: var(--parley-warning-soft, light-dark(#fff5e0, #362a14));
    --p-shadow: var(--parley-shadow, 0 12px 32px light-dark(#1a1f2733, #00000099), 0 2px 6px light-dark(#1a1f271f, #00000080));
    --p-font: var(--parley-font, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif);
    --p-size: var(--parley-font-size, 0.875rem);
    --p-radius: var(--parley-radius, 8px);
    color: var(--p-text);
    font: 400 var(--p-size) / 1.45 var(--p-font);
  }
  :host([theme='light']) {
    color-scheme: light;
  }
  :host([theme='dark']) {
    color-scheme: dark;
  }
`;

/** What every element of ours looks like inside. */
export const base = css`
  /* Texts run as their own language does, whichever way the page goes; they keep to the page's side, as their authors do. */
  :host {
    box-sizing: border-box;
    overflow-wrap: anywhere;
    text-align: left;
  }
  :host(:dir(rtl)) {
    text-align: right;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  ::before,
  ::after {
    box-sizing: border-box;
  }
  h2,
  h3,
  p {
    margin: 0;
    font-size: inherit;
  }
  h2,
  li,
  p,
  label {
    unicode-bidi: plaintext;
  }
  svg {
    display: block;
    flex: none;
  }
  button,
  input,
  select,
  textarea {
    font: inherit;
    color: inherit;
    margin: 0;
  }
  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    min-block-size: 32px;
    padding: 4px 12px;
    border: 1px solid transparent;
    border-radius: calc(var(--p-radius) * 0.75);
    background: none;
    font-weight: 550;
    overflow-wrap: break-word;
    cursor: pointer;
    touch-action: manipulation;
  }
  button:hover {
    background: var(--p-hover);
  }
  button:disabled {
    opacity: 0.55;
    cursor: default;
  }
  :focus-visible {
    outline: 2px solid var(--p-accent);
    outline-offset: 1px;
  }
  .primary {
    background: var(--p-accent);
    color: var(--p-on-accent);
  }
  .primary:hover {
    background: color-mix(in oklab, var(--p-accent), var(--p-text) 14%);
  }
  .danger {
    background: var(--p-danger);
    color: var(--p-on-danger);
  }
  .danger:hover {
    background: color-mix(in oklab, var(--p-danger), var(--p-text) 14%);
  }
  .outline {
    border-color: var(--p-line);
  }
  .icon {
    padding: 0;
    inline-size: 32px;
    color: var(--p-muted);
  }
  .icon:hover {
    color: var(--p-text);
  }
  .quiet {
    min-block-size: 26px;
    padding: 2px 8px;
    color: var(--p-muted);
    font-size: 0.8125rem;
  }
  .quiet:hover {
    color: var(--p-text);
  }
  input:not([type='checkbox']),
  select,
  textarea {
    inline-size: 100%;
    min-block-size: 34px;
    padding: 6px 10px;
    border: 1px solid var(--p-field);
    border-radius: calc(var(--p-radius) * 0.75);
    background: var(--p-bg);
  }
  input:focus-visible,
  select:focus-visible,
  textarea:focus-visible {
    outline-offset: 0;
    border-color: var(--p-accent);
  }
  [aria-invalid='true'] {
    border-color: var(--p-danger) !important;
  }
  input[type='checkbox'] {
    inline-size: 18px;
    block-size: 18px;
    flex: none;
    accent-color: var(--p-accent);
  }
  ::placeholder {
    color: var(--p-muted);
    opacity: 1;
  }
  /* An empty field has no text yet that could tell its direction. */
  :host(:dir(rtl)) :placeholder-shown {
    direction: rtl;
  }
  .muted {
    color: var(--p-muted);
  }
  .fault {
    color: var(--p-danger);
  }
  .small {
    font-size: 0.8125rem;
  }
  .vh {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  @media (prefers-reduced-motion: reduce) {
    :host,
    *,
    ::before,
    ::after {
      animation: none !important;
      transition: none !important;
    }
  }
  @media (forced-colors: active) {
    button {
      border-color: ButtonText;
    }
  }
`;
