/** `<parley-invite>`: who is to join, and what they will see and not see. */
import { html, nothing, type PropertyValues } from 'lit';
import type { ConversationView } from '../client/index.ts';
import { DialogElement } from './dialog.ts';
import { define } from './parley-element.ts';
import type { PeoplePicker } from './people-picker.ts';
import { inviteStyles } from './styles/invite.ts';
import './people-picker.ts';
import { recordName } from './record-name.ts';
import { sentence } from './texts/sentence.ts';

export class Invite extends DialogElement {
  static override initial = { ...DialogElement.initial, view: null, peopleFault: '' };
  static override styles = [...DialogElement.styles, inviteStyles];

  declare view: ConversationView | null;
  declare peopleFault: string;

  /** When the dialog opened, the picker had nothing yet that takes the focus. */
  protected override firstUpdated(changed: PropertyValues): void {
    super.firstUpdated(changed);
    void this.#picker?.updateComplete.then(() => this.#picker?.focus());
  }

  get #picker(): PeoplePicker | null {
    return this.renderRoot.querySelector('parley-people-picker');
  }

  protected override headingText(): string {
    return this.locale.texts.inviteTitle;
  }

  protected override body(): unknown {
    const { texts } = this.locale;
    const { view } = this;
    const about = view?.about ?? null;
    const tab = view?.private ? texts.inviteTabPrivate : texts.inviteTab;
    return html`<parley-people-picker
        labelled
        .client=${this.parley}
        .conversation=${view?.id ?? ''}
        .label=${texts.participants}
        .hint=${texts.participantsHint}
        .fault=${this.peopleFault}
        @change=${() => {
          this.peopleFault = '';
        }}
      ></parley-people-picker>
      <div class="says small">
        <p>${texts.inviteSees}</p>
        ${about === null ? nothing : html`<p>${sentence(tab, recordName(about, texts))}</p>`}
        <p>${texts.inviteTold}</p>
      </div>`;
  }

  protected override button() {
    return { text: this.locale.texts.invite, kind: 'primary' } as const;
  }

  protected override async act(): Promise<boolean> {
    const picker = this.#picker;
    const { texts } = this.locale;
    if (picker === null || this.parley === null || this.view === null) return false;
    if (picker.isUnfinished || picker.chosen.length === 0) {
      this.peopleFault = picker.isUnfinished ? texts.participantMissing : texts.participantsMissing;
      picker.focus();
      return false;
    }
    const people = picker.chosen.map(({ id }) => id);
    await this.parley.invite(this.view.id, people);
    return true;
  }
}

define('parley-invite', Invite);
