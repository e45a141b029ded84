/** What a CRM record is and how it is called (SEE-4). */
import type { About, CrmRecord } from '../client/index.ts';
import type { Texts } from './texts/texts.ts';

/** In the order in which they are offered. */
export const recordKinds = ['contact', 'company', 'household', 'opportunity'] as const satisfies CrmRecord['kind'][];

/** Its name; its kind and "restricted" where the name is not for this reader. */
export function recordName(record: About | CrmRecord, texts: Texts): string {
  const name = 'name' in record ? record.name : null;
  return name ?? texts.restricted(texts.kind[record.kind]);
}
