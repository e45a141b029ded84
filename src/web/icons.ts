/** Icons: drawn on a grid of 24, in the colour of the text. Decoration only: buttons have names of their own. */
import { html, type TemplateResult } from 'lit';
import type { RecordRef } from '../client/index.ts';

const paths = {
  add: 'M12 5v14M5 12h14',
  refresh: 'M20 11a8 8 0 1 0-2.3 6.3M20 4v7h-7',
  more: 'M4.5 12h1M11.5 12h1M18.5 12h1',
  close: 'M6 6l12 12M18 6L6 18',
  check: 'M4 12.5l5 5L20 6.5',
  invite: 'M10 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8M3 21a7 7 0 0 1 12-5M19 14v6M16 17h6',
  leave: 'M14 4H6v16h8M10 12h11M17 8l4 4-4 4',
  delete: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  lock: 'M6 11h12v9H6zM8 11V8a4 4 0 0 1 8 0v3',
  send: 'M12 19V5M5 12l7-7 7 7',
  down: 'M6 9l6 6 6-6',
  bell: 'M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 21h4',
  talk: 'M4 5h16v11H10l-5 4v-4H4zM8 9h8M8 12.5h5',
  warn: 'M12 4L2.5 20h19zM12 10v5M12 17.5v.01',
  contact: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21a8 8 0 0 1 16 0',
  company: 'M5 21V4h9v17M14 9h5v12M3 21h18M8 8h3M8 12h3M8 16h3',
  household: 'M4 11l8-7 8 7v10H4zM10 21v-6h4v6',
  opportunity: 'M4 20V10M10 20V4M16 20v-8M22 20H2',
} as const;

export type IconName = keyof typeof paths | RecordRef['kind'];

/** 16 pixels, or as the styles say. */
export function icon(name: IconName): TemplateResult {
  return html`<svg viewBox="0 0 24 24" width="16" height="16" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${paths[name]} /></svg>`;
}
