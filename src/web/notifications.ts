/**
 * Notifications of the system, outside the page. They come only after the person has asked for them with a button, on
 * this browser, and only while the page is out of sight; within sight there are pop-ups.
 */
import type { Parley } from '../client/index.ts';
import { keep, kept } from './client-source.ts';

/**
 * `unavailable`: this browser, or this page without HTTPS, has none. `denied`: the person has forbidden them in the
 * browser, where alone they can be allowed again.
 */
export type NotificationsState = 'unavailable' | 'denied' | 'off' | 'on';

/** Wishes that storage did not take. */
const wishes = new WeakMap<Parley, boolean>();

export function notificationsState(client: Parley): NotificationsState {
  if (typeof Notification === 'undefined' || !globalThis.isSecureContext) return 'unavailable';
  if (Notification.permission === 'denied') return 'denied';
  return Notification.permission === 'granted' && isWished(client) ? 'on' : 'off';
}

/** Call it from a click: the browser asks the person, where they have not decided yet. Resolves to what holds then. */
export async function turnNotificationsOn(client: Parley): Promise<NotificationsState> {
  if (notificationsState(client) === 'unavailable') return 'unavailable';
  if (Notification.permission === 'default') await Notification.requestPermission();
  wish(client, Notification.permission === 'granted');
  return notificationsState(client);
}

export function turnNotificationsOff(client: Parley): NotificationsState {
  wish(client, false);
  return notificationsState(client);
}

/**
 * Shows one if the person wants it and the page is out of sight; null = it did not, otherwise what takes it back. `tag`
 * names what it is about: a newer one of the same tag takes its place. `open` runs when it is clicked, after the page was
 * brought to the front.
 */
export function notify(
  client: Parley,
  { title, body, tag }: { readonly title: string; readonly body: string; readonly tag: string },
  open: () => void,
): (() => void) | null {
  if (document.visibilityState === 'visible' || notificationsState(client) !== 'on') return null;
  try {
    const shown = new Notification(title, { body, tag: `parley-${tag}` });
    shown.onclick = () => {
      window.focus();
      shown.close();
      open();
    };
    return () => shown.close();
  } catch {
    // Some browsers show them from service workers only.
    return null;
  }
}

function isWished(client: Parley): boolean {
  // Asked each time: it may have been taken back in another tab.
  return wishes.get(client) ?? kept(client, 'notifications') === 'on';
}

/** Held in memory until the page is left, where it cannot be kept. */
function wish(client: Parley, wanted: boolean): void {
  if (keep(client, 'notifications', wanted ? 'on' : 'off')) wishes.delete(client);
  else wishes.set(client, wanted);
}
