/** `<parley-record-picker>`: the CRM record a conversation is about, of any kind or of one. */
import type { TemplateResult } from 'lit';
import type { CrmRecord, Parley } from '../client/index.ts';
import { Combobox } from './combobox.ts';
import { icon } from './icons.ts';
import { define } from './parley-element.ts';
import { recordName } from './record-name.ts';
import { comboboxStyles } from './styles/combobox.ts';

export class RecordPicker extends Combobox<CrmRecord> {
  static override initial = { ...Combobox.initial, kind: '', single: true };
  static override styles = comboboxStyles;

  /** '' = of any kind. */
  declare kind: CrmRecord['kind'] | '';

  protected override find(client: Parley, text: string, signal: AbortSignal): Promise<readonly CrmRecord[]> {
    return client.records(text, this.kind === '' ? undefined : this.kind, { signal });
  }

  protected override nameOf(record: CrmRecord): string {
    return recordName(record, this.locale.texts);
  }

  protected override sign(record: CrmRecord): TemplateResult {
    return icon(record.kind);
  }
}

define('parley-record-picker', RecordPicker);
