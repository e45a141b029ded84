/** How the pickers look. */
import { css } from 'lit';
import { base } from './theme.ts';

export const comboboxStyles = [
  base,
  css`
    :host {
      display: block;
      min-inline-size: 0;
    }
    label,
    .label {
      display: block;
      margin-block-end: 4px;
      font-weight: 600;
    }
    .field {
      position: relative;
    }
    .field input {
      padding-inline-end: 36px;
      text-overflow: ellipsis;
    }
    .field .icon {
      position: absolute;
      inset-block-start: 1px;
      inset-inline-end: 1px;
    }
    .drop {
      margin-block-start: 4px;
      padding: 4px;
      max-block-size: 14rem;
      overflow: auto;
      border: 1px solid var(--p-line);
      border-radius: var(--p-radius);
      background: var(--p-raised);
      box-shadow: var(--p-shadow);
    }
    /* Without a label it stands in a header, and its list lies over what is below. */
    :host(:not([labelled])) .drop {
      position: absolute;
      inset-inline: 0;
      z-index: 2;
    }
    .drop p {
      padding: 6px 8px;
    }
    [role='option'] {
      display: flex;
      align-items: center;
      gap: 8px;
      min-block-size: 36px;
      padding: 4px 8px;
      border-radius: calc(var(--p-radius) * 0.75);
      cursor: pointer;
    }
    [role='option']:hover {
      background: var(--p-hover);
    }
    [aria-selected='true'] {
      background: var(--p-accent-soft);
      outline: 2px solid var(--p-accent);
      outline-offset: -2px;
    }
    .chips {
      display: flex;
      flex-wrap: wrap;
      gap: 6px;
      margin: 0 0 6px;
      padding: 0;
      list-style: none;
    }
    .chips:last-child {
      margin: 0;
    }
    .chips li {
      display: inline-flex;
      align-items: center;
      gap: 6px;
      max-inline-size: 100%;
      min-block-size: 30px;
      padding: 2px 4px 2px 3px;
      padding-inline: 4px;
      border-radius: 16px;
      background: var(--p-accent-soft);
    }
    .chips bdi {
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
      padding-inline-end: 4px;
    }
    .chips .avatar {
      inline-size: 24px;
      block-size: 24px;
      font-size: 0.625rem;
    }
    .chips > li > svg {
      margin-inline-start: 4px;
    }
    .chips button {
      min-block-size: 24px;
      inline-size: 24px;
      padding: 0;
      border-radius: 50%;
    }
    .chips button svg {
      inline-size: 12px;
      block-size: 12px;
    }
  `,
];
