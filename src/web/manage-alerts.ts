/** `<parley-manage-alerts>`: the four boxes of ALERT-1. */
import { html, nothing, type PropertyValues } from 'lit';
import type { AlertPreferences } from '../client/index.ts';
import { DialogElement } from './dialog.ts';
import {
  type NotificationsState,
  notificationsState,
  turnNotificationsOff,
  turnNotificationsOn,
} from './notifications.ts';
import { define } from './parley-element.ts';
import { manageAlertsStyles } from './styles/manage-alerts.ts';

const rows = ['conversations', 'messages'] as const;
const columns = ['email', 'popup'] as const;
const everything = { conversations: true, messages: true };

export class ManageAlerts extends DialogElement {
  static override initial = { ...DialogElement.initial, boxes: null, notifications: 'unavailable' };
  static override styles = [...DialogElement.styles, manageAlertsStyles];

  /** Null until the server has said them. */
  declare boxes: AlertPreferences | null;
  declare notifications: NotificationsState;

  protected override firstUpdated(changed: PropertyValues): void {
    super.firstUpdated(changed);
    if (this.parley !== null) this.notifications = notificationsState(this.parley);
    void this.#load();
  }

  async #load(): Promise<void> {
    try {
      this.boxes = (await this.parley?.alerts()) ?? null;
    } catch (error) {
      this.fault = this.refused(error);
      // Nobody knows any more what they were: they are chosen as if for the first time.
      if ((error as Error).name === 'damaged') this.boxes = { email: everything, popup: everything };
    }
  }

  protected override headingText(): string {
    return this.locale.texts.manageAlerts;
  }

  protected override body(): unknown {
    const { texts } = this.locale;
    const { boxes } = this;
    const names = { conversations: texts.forConversations, messages: texts.forMessages };
    return html`<p class="muted">${texts.alertsHint}</p>
      <table aria-busy=${boxes === null}>
        <thead>
          <tr>
            <td></td>
            ${columns.map((column) => html`<th scope="col">${texts[column]}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) => html`<tr>
              <th scope="row">
                ${names[row]}
                ${row === 'messages' ? html`<span class="muted small">${texts.forMessagesHint}</span>` : nothing}
              </th>
              ${columns.map(
                (column) => html`<td>
                  <label>
                    <span class="vh">${texts[column]}: ${names[row]}</span>
                    <input
                      type="checkbox"
                      name="${column}-${row}"
                      ?disabled=${boxes === null}
                      .checked=${boxes?.[column][row] ?? false}
                    />
                  </label>
                </td>`,
              )}
            </tr>`,
          )}
        </tbody>
      </table>
      ${this.#device()}`;
  }

  /** These are asked for by the person, here, and hold for this browser from that moment on. */
  #device(): unknown {
    const { texts } = this.locale;
    if (this.notifications === 'unavailable') return nothing;
    if (this.notifications === 'denied') return html`<p class="muted small">${texts.notificationsDenied}</p>`;
    return html`<label class="device">
      <input type="checkbox" .checked=${this.notifications === 'on'} @change=${this.#notify} />
      <span>${texts.notifications}</span>
    </label>`;
  }

  readonly #notify = async (event: Event): Promise<void> => {
    if (this.parley === null) return;
    const box = event.target as HTMLInputElement;
    this.notifications = box.checked ? await turnNotificationsOn(this.parley) : turnNotificationsOff(this.parley);
    box.checked = this.notifications === 'on';
  };

  protected override button() {
    return { text: this.locale.texts.save, kind: 'primary' } as const;
  }

  protected override async act(): Promise<boolean> {
    if (this.boxes === null) return false;
    const isChecked = (name: string) =>
      this.renderRoot.querySelector<HTMLInputElement>(`[name=${name}]`)?.checked ?? false;
    const boxesOf = (column: string) => ({
      conversations: isChecked(`${column}-conversations`),
      messages: isChecked(`${column}-messages`),
    });
    this.boxes = { email: boxesOf('email'), popup: boxesOf('popup') };
    await this.parley?.setAlerts(this.boxes);
    return true;
  }
}

define('parley-manage-alerts', ManageAlerts);
