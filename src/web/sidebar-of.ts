/** Which sidebar a launcher, a pop-up or a record's tab means. */

import { upwards } from './upwards.ts';

/** What they need of `<parley-sidebar>`. */
export interface SidebarElement extends HTMLElement {
  open: boolean;
  show(): void;
  hide(): void;
  openConversation(conversation: string): void;
}

const name = 'parley-sidebar';

/**
 * The one that `id` names, or else the nearest: that of the closest ancestor which has one in it, so that several
 * people's sidebars can stand on one page. Null where there is none.
 */
export function sidebarOf(element: HTMLElement, id: string): SidebarElement | null {
  for (const node of upwards(element)) {
    const found = (node as Partial<ParentNode>).querySelector?.(id === '' ? name : `#${CSS.escape(id)}`);
    if (found) return found as SidebarElement;
  }
  return null;
}
