/** How a CRM record is called (SEE-4). */
import type { About, CrmRecord } from '../client/index.ts';
import type { Texts } from './texts/texts.ts';

/** Its name; its kind and "restricted" where the name is not for this reader. */
export function recordName(record: About | CrmRecord, texts: Texts): string {
  const name = 'name' in record ? record.name : null;
  return name ?? texts.restricted(texts.kind[record.kind]);
}
