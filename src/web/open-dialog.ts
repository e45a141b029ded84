/**
 * Opens dialogs in an element, with its client and looks. Their code is fetched when the page has a moment to spare, or
 * when the first is opened; where it cannot be had, opening rejects and may be tried again.
 */
import type { ConversationView, CrmRecord } from '../client/index.ts';
import type { DialogElement } from './dialog.ts';
import type { ParleyElement } from './parley-element.ts';

const load = () => import('./dialogs.ts');

export function fetchDialogs(): void {
  const later = globalThis.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 1_000));
  later(() => void load().catch(() => {}));
}

/** Says what will happen, a sentence each, and asks. True = yes. */
export async function confirmIn(
  owner: ParleyElement,
  question: { readonly heading: string; readonly says: readonly unknown[]; readonly action: string },
): Promise<boolean> {
  const { Confirm } = await load();
  return opened(owner, Object.assign(new Confirm(), question));
}

/** True = people were invited. */
export async function inviteIn(owner: ParleyElement, view: ConversationView): Promise<boolean> {
  const { Invite } = await load();
  return opened(owner, Object.assign(new Invite(), { view }));
}

/** True = the boxes were saved. */
export async function manageAlertsIn(owner: ParleyElement): Promise<boolean> {
  const { ManageAlerts } = await load();
  return opened(owner, new ManageAlerts());
}

/**
 * The form for a new conversation; `about` is the record of the tab it is opened from, and then stays that. Resolves
 * with the new conversation's id, or with null where it was cancelled.
 */
export async function composeIn(owner: ParleyElement, about: CrmRecord | null): Promise<string | null> {
  const { NewConversation } = await load();
  const dialog = Object.assign(new NewConversation(), { about });
  return (await opened(owner, dialog)) ? dialog.started : null;
}

function opened(owner: ParleyElement, dialog: DialogElement): Promise<boolean> {
  dialog.client = owner.parley;
  const done = dialog.opened();
  owner.renderRoot.append(dialog);
  return done;
}
