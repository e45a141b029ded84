/** `<parley-connection-notice>`: says that what is shown may be old. Silent over short drops, which nobody needs to know of. */
import { html, nothing } from 'lit';
import type { ConnectionState, Parley } from '../client/index.ts';
import { announce } from './announcer.ts';
import { icon } from './icons.ts';
import { define, ParleyElement } from './parley-element.ts';
import { connectionNoticeStyles } from './styles/connection-notice.ts';
import { base } from './styles/theme.ts';

/** A drop shorter than this is not mentioned. */
const quietMs = 3_000;

/** What was announced last of each client, by whichever of its notices. */
const announced = new WeakMap<Parley, ConnectionState>();

class ParleyConnectionNotice extends ParleyElement {
  static override styles = [base, connectionNoticeStyles];

  /** What is said; null = nothing. */
  #said: Exclude<ConnectionState, 'online'> | null = null;
  #wait: ReturnType<typeof setTimeout> | undefined;

  protected override follow(client: Parley): (() => void)[] {
    const look = () => this.#look(client.state.getSnapshot());
    look();
    return [client.state.subscribe(look), () => this.#forget()];
  }

  #look(state: ConnectionState): void {
    if (state === 'online') {
      this.#forget();
      this.#tell(state);
    } else if (this.#said !== null || state === 'closed') this.#say(state);
    else {
      this.#wait ??= setTimeout(() => {
        const now = this.parley?.state.getSnapshot() ?? 'online';
        if (now !== 'online') this.#say(now);
      }, quietMs);
    }
  }

  #forget(): void {
    clearTimeout(this.#wait);
    this.#wait = undefined;
    this.#said = null;
    this.requestUpdate();
  }

  #say(state: Exclude<ConnectionState, 'online'>): void {
    this.#said = state;
    this.#tell(state);
    this.requestUpdate();
  }

  /** That all is well is worth a word only after one that it was not. */
  #tell(state: ConnectionState): void {
    const client = this.parley;
    if (client === null || (announced.get(client) ?? 'online') === state) return;
    announced.set(client, state);
    announce(this, this.locale.texts[state === 'online' ? 'connected' : state]);
  }

  protected override render(): unknown {
    const state = this.#said;
    return state === null
      ? nothing
      : html`<p part="connection" class=${state}>${icon('warn')}<span>${this.locale.texts[state]}</span></p>`;
  }
}

define('parley-connection-notice', ParleyConnectionNotice);
