/** Is it the same as what is there? Decides what an import changes and what a change tells. */
import type { Directory } from './directory.ts';
import { type CrmRecord, type Person, personAsTold, type Right, type ToldPerson } from './entities.ts';

export type Assessment = 'added' | 'changed' | 'same';

/** Both in the normal form of `entity-validation.ts`; null and undefined are the same nothing. */
export function sameEntity(
  a: Person | CrmRecord | null | undefined,
  b: Person | CrmRecord | null | undefined,
): boolean {
  if (!a || !b) return !a && !b;
  if ('last' in a && 'last' in b) {
    return a.id === b.id && a.first === b.first && a.last === b.last && a.email === b.email && a.active === b.active;
  }
  if ('kind' in a && 'kind' in b) {
    return (
      a.kind === b.kind && a.id === b.id && a.name === b.name && sameRight(a.view, b.view) && sameRight(a.edit, b.edit)
    );
  }
  return false;
}

function sameRight(a: Right, b: Right): boolean {
  if (a === 'everyone' || b === 'everyone') return a === b;
  return a.length === b.length && a.every((person, index) => person === b[index]);
}

export function assessPerson(directory: Directory, told: ToldPerson): Assessment {
  const before = directory.person(told.id);
  return before === undefined ? 'added' : sameEntity(before, personAsTold(told, before)) ? 'same' : 'changed';
}

export function assessRecord(directory: Directory, record: CrmRecord): Assessment {
  const before = directory.record(record.kind, record.id);
  return before === undefined ? 'added' : sameEntity(before, record) ? 'same' : 'changed';
}
