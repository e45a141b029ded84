/** What typing a message has in common, wherever it is typed. */

const isMac = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '');

/** The key that sends, with Enter. */
export const sendKey = isMac ? '⌘' : 'Ctrl';

/** Enter makes a new line; with Ctrl or Cmd it sends, but never while an input method is composing. */
export function sendsOn(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.isComposing;
}

const encoder = new TextEncoder();

/** Bytes of UTF-8: the measure of REPLY-1. */
export function bytesOf(text: string): number {
  return encoder.encode(text).length;
}
