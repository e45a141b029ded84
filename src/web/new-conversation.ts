/** `<parley-new-conversation>`: the form behind Add. What is typed is kept as a draft until the outbox has it. */
import { html, nothing, type PropertyValues } from 'lit';
import { type CrmRecord, type Parley, ParleyError, type Person } from '../client/index.ts';
import { DialogElement } from './dialog.ts';
import { loadDraft, saveDraft } from './drafts.ts';
import { define, type ParleyElement } from './parley-element.ts';
import type { PeoplePicker } from './people-picker.ts';
import { newConversationStyles } from './styles/new-conversation.ts';
import './people-picker.ts';
import { recordKinds } from './record-name.ts';
import type { RecordPicker } from './record-picker.ts';
import './record-picker.ts';
import { refusalText } from './texts/refusal-text.ts';
import { bytesOf, sendsOn } from './typing.ts';

/** The limit is spoken of from here on. */
const nearLimitBytes = 500;

interface Draft {
  readonly text: string;
  readonly people: readonly Person[];
  readonly about: CrmRecord | null;
  readonly private: boolean;
}
const empty: Draft = { text: '', people: [], about: null, private: false };

type Field = 'text' | 'people' | 'about';
const noFaults: Readonly<Record<Field, string>> = { text: '', people: '', about: '' };

/**
 * Opens the form for a new conversation; `about` is the record of the tab it is opened from, and then stays that.
 * Resolves with the new conversation's id, or with null where it was cancelled.
 */
export async function composeIn(owner: ParleyElement, about: CrmRecord | null): Promise<string | null> {
  const dialog = new NewConversation();
  await dialog.openIn(owner, { about });
  return dialog.started;
}

class NewConversation extends DialogElement {
  static override initial = { ...DialogElement.initial, about: null, draft: empty, kind: '', faults: noFaults };
  static override styles = [...DialogElement.styles, newConversationStyles];

  /** The record whose tab it was opened from: About is that, and stays it (START-2). Null = free to choose. */
  declare about: CrmRecord | null;
  declare draft: Draft;
  declare kind: CrmRecord['kind'] | '';
  declare faults: Readonly<Record<Field, string>>;
  /** Id of what was started; null until then. */
  started: string | null = null;

  /** One draft for the sidebar, and one for each record's tab. */
  get #key(): string {
    return this.about === null ? 'new' : `new ${this.about.kind} ${this.about.id}`;
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (!changed.has('about') || this.parley === null) return;
    this.draft = { ...readDraft(loadDraft(this.parley, this.#key)), ...(this.about && { about: this.about }) };
  }

  protected override headingText(): string {
    return this.locale.texts.newConversation;
  }

  protected override button() {
    return { text: this.locale.texts.start, kind: 'primary' } as const;
  }

  protected override body(): unknown {
    const { draft, faults } = this;
    const { texts } = this.locale;
    const left = (this.parley?.textMaxBytes ?? 0) - bytesOf(draft.text);
    const textFault = faults.text || (left < 0 ? texts.bytesOver(-left) : '');
    return html`
      <div class="about">
        ${this.about !== null || draft.about !== null ? nothing : this.#kinds()}
        <parley-record-picker
          labelled
          .client=${this.parley}
          .kind=${this.kind}
          .label=${texts.about}
          .hint=${texts.aboutHint}
          .fixed=${this.about !== null}
          .chosen=${draft.about === null ? [] : [draft.about]}
          .fault=${faults.about}
          @change=${(event: Event) => this.#change({ about: (event.target as RecordPicker).chosen[0] ?? null }, 'about')}
        ></parley-record-picker>
      </div>
      <div>
        <label for="text">${texts.message}</label>
        <textarea
          id="text"
          rows="4"
          dir="auto"
          aria-required="true"
          aria-invalid=${textFault !== ''}
          aria-describedby="text-note"
          .value=${draft.text}
          @input=${(event: Event) => this.#change({ text: (event.target as HTMLTextAreaElement).value }, 'text')}
          @keydown=${(event: KeyboardEvent) => sendsOn(event) && void this.submit(event)}
        ></textarea>
        <p id="text-note" class="small ${textFault === '' ? 'muted' : 'fault'}">
          ${textFault || (left < nearLimitBytes ? texts.bytesLeft(left) : nothing)}
        </p>
      </div>
      <label class="private">
        <input
          type="checkbox"
          .checked=${draft.private}
          aria-describedby="private-note"
          @change=${(event: Event) => this.#change({ private: (event.target as HTMLInputElement).checked })}
        />
        <span>${texts.privateBox}</span>
      </label>
      <p id="private-note" class="small muted note">${texts.privateHint}</p>
      <parley-people-picker
        labelled
        .client=${this.parley}
        .label=${texts.participants}
        .hint=${texts.participantsHint}
        .chosen=${draft.people}
        .fault=${faults.people}
        @change=${(event: Event) => this.#change({ people: (event.target as PeoplePicker).chosen }, 'people')}
      ></parley-people-picker>
    `;
  }

  #kinds() {
    const { texts } = this.locale;
    return html`<div>
      <label for="kind">${texts.aboutKind}</label>
      <select
        id="kind"
        @change=${(event: Event) => {
          this.kind = (event.target as HTMLSelectElement).value as CrmRecord['kind'] | '';
        }}
      >
        <option value="">${texts.anyKind}</option>
        ${recordKinds.map((kind) => html`<option value=${kind}>${texts.kind[kind]}</option>`)}
      </select>
    </div>`;
  }

  #change(part: Partial<Draft>, field?: Field): void {
    this.draft = { ...this.draft, ...part };
    if (field !== undefined) this.faults = { ...this.faults, [field]: '' };
    this.#keep(this.parley);
  }

  #keep(client: Parley | null): void {
    const { text, people, about } = this.draft;
    const isEmpty = text.trim() === '' && people.length === 0 && (about === null || this.about !== null);
    if (client !== null) saveDraft(client, this.#key, isEmpty ? '' : JSON.stringify(this.draft));
  }

  protected override async act(): Promise<boolean> {
    const client = this.parley;
    if (client === null || !this.#isComplete(client)) return false;
    const { draft } = this;
    // From here on the outbox keeps it, also over a reload: kept twice, it would be sent twice.
    saveDraft(client, this.#key, '');
    try {
      const { conversation } = await client.start({
        text: draft.text,
        people: draft.people.map(({ id }) => id),
        private: draft.private,
        ...(draft.about === null ? {} : { about: draft.about }),
      });
      this.started = conversation;
    } catch (error) {
      this.#takeBack(client, draft.text);
      throw error;
    }
    return true;
  }

  #isComplete(client: Parley): boolean {
    const { texts } = this.locale;
    const { text, people } = this.draft;
    const peoplePicker = this.renderRoot.querySelector('parley-people-picker') as PeoplePicker;
    const recordPicker = this.renderRoot.querySelector('parley-record-picker') as RecordPicker;
    this.faults = {
      about: recordPicker.isUnfinished ? texts.aboutMissing : '',
      people: peoplePicker.isUnfinished
        ? texts.participantMissing
        : people.length === 0
          ? texts.participantsMissing
          : '',
      text:
        text.trim() === ''
          ? texts.messageMissing
          : bytesOf(text) > client.textMaxBytes
            ? texts.refusals['text-too-long']
            : '',
    };
    const { about, people: person, text: message } = this.faults;
    if (about !== '') recordPicker.focus();
    else if (message !== '') this.renderRoot.querySelector('textarea')?.focus();
    else if (person !== '') peoplePicker.focus();
    return about === '' && person === '' && message === '';
  }

  /** Refused while one still sees the form: it stands here again, and not in the list as failed. */
  #takeBack(client: Parley, text: string): void {
    if (!this.isConnected) return;
    const failed = client.outbox
      .getSnapshot()
      .findLast((item) => item.status === 'failed' && item.command === 'start' && item.text === text);
    if (failed !== undefined) client.outbox.discard(failed.id);
    this.#keep(client);
  }

  protected override refused(error: unknown): string {
    const text = refusalText(this.locale.texts, error);
    const name = error instanceof ParleyError ? error.name : '';
    const field: Field | null = name.startsWith('about')
      ? 'about'
      : /people|person/.test(name)
        ? 'people'
        : /text/.test(name)
          ? 'text'
          : null;
    if (field === null || name === 'person-deactivated') return text;
    this.faults = { ...noFaults, [field]: text };
    return '';
  }
}

function readDraft(text: string): Draft {
  try {
    return { ...empty, ...(JSON.parse(text) as Partial<Draft>) };
  } catch {
    return empty;
  }
}

define('parley-new-conversation', NewConversation);
