/** What one wrote and the server has not taken yet, or has refused: under the conversation it belongs to. */
import { html, nothing, type TemplateResult } from 'lit';
import type { OutboxItem, Parley } from '../client/index.ts';
import { icon } from './icons.ts';
import { linkedText } from './linked-text.ts';
import { refusalText } from './texts/refusal-text.ts';
import type { Texts } from './texts/texts.ts';

/** By conversation; '' = conversations that are only to be started. */
export type Waiting = ReadonlyMap<string, readonly OutboxItem[]>;

/** Lists that are as they were are the identical objects of `before`. */
export function waitingIn(items: readonly OutboxItem[], before: Waiting): Waiting {
  const lists = new Map<string, readonly OutboxItem[]>();
  for (const item of items) {
    if (item.text === null) continue;
    const key = item.conversation ?? '';
    lists.set(key, [...(lists.get(key) ?? []), item]);
  }
  for (const [key, list] of lists) {
    const old = before.get(key);
    if (old?.length === list.length && old.every((item, i) => item === list[i])) lists.set(key, old);
  }
  return lists;
}

export function waitingItem(client: Parley, item: OutboxItem, texts: Texts): TemplateResult {
  const { id, text, status, error } = item;
  return html`<div class="waiting ${status}" part="message">
    <div class="text" dir="auto">${linkedText(text ?? '')}</div>
    ${
      status === 'failed'
        ? html`<p class="fault small">${icon('warn')}<span>${texts.notSent} ${refusalText(texts, error)}</span></p>
            <div class="row">
              <button class="quiet outline" @click=${() => void client.outbox.retry(id).catch(() => {})}>${texts.retry}</button>
              <button class="quiet outline" @click=${() => client.outbox.discard(id)}>${texts.discard}</button>
            </div>`
        : status === 'pending'
          ? html`<p class="muted small">${texts.sending}</p>`
          : nothing
    }
  </div>`;
}
