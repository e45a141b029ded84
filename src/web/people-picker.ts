/** `<parley-people-picker>`: one or more people, by last name or from the list. */
import type { TemplateResult } from 'lit';
import type { Parley, Person } from '../client/index.ts';
import { avatar } from './avatar.ts';
import { Combobox } from './combobox.ts';
import { define } from './parley-element.ts';
import { avatarStyles } from './styles/avatar.ts';
import { comboboxStyles } from './styles/combobox.ts';
import { nameOf } from './texts/texts.ts';

export class PeoplePicker extends Combobox<Person> {
  static override initial = { ...Combobox.initial, among: 'people', conversation: '' };
  static override styles = [...comboboxStyles, avatarStyles];

  /** `people`: everyone active (INVITE-1); `correspondents`: people of one's own conversations (LIST-4). */
  declare among: 'people' | 'correspondents';
  /** Leaves out its participants; '' = nobody. */
  declare conversation: string;

  protected override find(client: Parley, text: string, signal: AbortSignal): Promise<readonly Person[]> {
    if (this.among === 'correspondents') return client.correspondents(text, { signal });
    const { conversation } = this;
    return client.people(text, conversation === '' ? { signal } : { signal, conversation });
  }

  protected override nameOf(person: Person): string {
    return nameOf(person);
  }

  protected override sign(person: Person): TemplateResult {
    return avatar(person);
  }
}

define('parley-people-picker', PeoplePicker);
