/** What somebody at the CRM sees, by roles and names, and the few things that they do again and again. */
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

const patienceMs = 15_000;

/** Waits until so many of these are to be seen. */
export async function see(what: Locator, count = 1): Promise<void> {
  await expect
    .poll(() => what.filter({ visible: true }).count(), { timeout: patienceMs, message: `${what} is to be seen` })
    .toBe(count);
}

/** Waits until none of these is to be seen. */
export function seeNo(what: Locator): Promise<void> {
  return see(what, 0);
}

/** Waits until each of these says what stands at its place, in this order. */
export async function seeTexts(what: Locator, texts: readonly (string | RegExp)[]): Promise<void> {
  const matching = texts.map((text) =>
    typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text),
  );
  await expect.poll(() => textsOf(what), { timeout: patienceMs }).toEqual(matching);
}

/** The texts of these, with what stands in their shadow roots. */
function textsOf(what: Locator): Promise<string[]> {
  return what.evaluateAll((all) => {
    const textOf = (node: Node): string => {
      if (node.nodeType === Node.TEXT_NODE) return node.textContent ?? '';
      if (node instanceof HTMLStyleElement) return '';
      const within = (node as Element).shadowRoot ?? node;
      return Array.from(within.childNodes, textOf).join('');
    };
    return all.map(textOf);
  });
}

export function sidebarOf(page: Page): Locator {
  return page.locator('parley-sidebar');
}

/** The record's tab, on its page. */
export function tabOf(page: Page): Locator {
  return page.locator('parley-record-tab');
}

/** What pops up in the page's corner. */
export function popupsOf(page: Page): Locator {
  return page.locator('parley-alerts').getByRole('listitem');
}

/** The toolbar button, with so many in its badge. */
export function launcherOf(page: Page, unread: number): Locator {
  const name = unread === 0 ? 'Conversations' : `Conversations, ${unread} with unread messages`;
  return page.locator('parley-launcher').getByRole('button', { name, exact: true });
}

/** Conversations of a sidebar or tab in which this stands. */
export function cardIn(place: Locator, text: string | RegExp): Locator {
  return cardsIn(place).filter({ hasText: text });
}

export function cardsIn(place: Locator): Locator {
  return place.locator('parley-conversation');
}

export function button(place: Locator | Page, name: string | RegExp): Locator {
  return place.getByRole('button', { name, exact: true });
}

export async function replyIn(card: Locator, text: string): Promise<void> {
  await card.getByRole('textbox', { name: 'Send a message' }).fill(text);
  await button(card, 'Reply').click();
}

/** The dialog that is open. */
export function dialogOf(page: Page): Locator {
  return page.getByRole('dialog');
}

/** Manage alerts, with its four boxes as the server has them: before they come, each of them is empty. */
export async function openAlerts(page: Page): Promise<Locator> {
  await button(sidebarOf(page), 'More actions').click();
  await page.getByRole('menuitem', { name: 'Manage alerts' }).click();
  const dialog = dialogOf(page);
  await see(dialog.getByRole('checkbox', { name: /^(E-mail|Pop-up): / }).and(dialog.locator(':enabled')), 4);
  return dialog;
}

/** Finds somebody by typing the last name and takes them with the keyboard. */
export async function pick(box: Locator, last: string): Promise<void> {
  await box.pressSequentially(last);
  await see(box.page().getByRole('option').filter({ hasText: last }));
  await see(box.page().getByRole('option'));
  await box.press('Enter');
}
