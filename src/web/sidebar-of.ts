/** Which sidebar a launcher, a pop-up or a record's tab means. */

import { upwards } from './upwards.ts';

/** What they need of `<parley-sidebar>`. */
export interface SidebarElement extends HTMLElement {
  open: boolean;
  show(): void;
  hide(): void;
  openConversation(conversation: string): void;
}

/**
 * The one that `id` names, or else the nearest: that of the closest ancestor which has one in it, so that several
 * people's sidebars can stand on one page. Null where there is none.
 */
export function sidebarOf(element: HTMLElement, id: string): SidebarElement | null {
  return nearest(element, id === '' ? 'parley-sidebar' : `#${CSS.escape(id)}`) as SidebarElement | null;
}

/** In the closest ancestor that has such an element in it. */
export function nearest(element: HTMLElement, selector: string): HTMLElement | null {
  for (const node of upwards(element)) {
    const found = (node as Partial<ParentNode>).querySelector?.<HTMLElement>(selector);
    if (found) return found;
  }
  return null;
}
