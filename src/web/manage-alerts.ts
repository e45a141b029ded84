/** `<parley-manage-alerts>`: the four boxes of ALERT-1. */
import { css, html, nothing, type PropertyValues } from 'lit';
import type { AlertPreferences } from '../client/index.ts';
import { DialogElement } from './dialog.ts';
import {
  type NotificationsState,
  notificationsState,
  turnNotificationsOff,
  turnNotificationsOn,
} from './notifications.ts';
import { define } from './parley-element.ts';

const rows = ['conversations', 'messages'] as const;
const columns = ['email', 'popup'] as const;

export class ManageAlerts extends DialogElement {
  static override properties = { boxes: { state: true }, notifications: { state: true } };
  static override styles = [
    ...DialogElement.styles,
    css`
      table {
        inline-size: 100%;
        border-collapse: collapse;
      }
      th {
        padding: 8px 0;
        font-weight: 600;
        text-align: start;
      }
      thead th + th,
      td {
        inline-size: 5.5rem;
        text-align: center;
      }
      tbody tr {
        border-block-start: 1px solid var(--p-line);
      }
      th span {
        display: block;
        font-weight: 400;
      }
      .device {
        display: flex;
        gap: 8px;
        margin: 0;
        font-weight: 400;
        cursor: pointer;
      }
      td label {
        display: grid;
        place-items: center;
        min-block-size: 44px;
        margin: 0;
        cursor: pointer;
      }
    `,
  ];

  /** Null until the server has said them. */
  declare boxes: AlertPreferences | null;
  declare notifications: NotificationsState;

  constructor() {
    super();
    this.boxes = null;
    this.notifications = 'unavailable';
  }

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
    }
  }

  protected override heading$(): string {
    return this.locale.texts.manageAlerts;
  }

  protected override body(): unknown {
    const { texts } = this.locale;
    const { boxes } = this;
    const names = { conversations: texts.forConversations, messages: texts.forMessages };
    return html`<p class="muted">${texts.alertsHint}</p>
      <table aria-busy=${boxes === null ? 'true' : 'false'}>
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
                      @change=${(event: Event) => this.#set(column, row, (event.target as HTMLInputElement).checked)}
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

  #set(column: (typeof columns)[number], row: (typeof rows)[number], checked: boolean): void {
    if (this.boxes !== null) this.boxes = { ...this.boxes, [column]: { ...this.boxes[column], [row]: checked } };
  }

  protected override button() {
    return { text: this.locale.texts.save, kind: 'primary' } as const;
  }

  protected override async act(): Promise<boolean> {
    if (this.boxes === null) return false;
    await this.parley?.setAlerts(this.boxes);
    return true;
  }
}

define('parley-manage-alerts', ManageAlerts);
