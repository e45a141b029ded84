/** Who holds a right: one question in constant time, however many people are named. */
import type { CrmRecord, PersonId, Right } from './entities.ts';

/** Below this many people a list is searched as fast as a set, and costs no second copy. */
const setFrom = 9;

export interface Rights {
  readonly view: (person: PersonId) => boolean;
  /** Both rights are private (SEE-4): the name is for those who hold both. */
  readonly nameIsRestricted: boolean;
  readonly edit: (person: PersonId) => boolean;
}

export function rightsOf(record: CrmRecord): Rights {
  return {
    view: holders(record.view),
    edit: holders(record.edit),
    nameIsRestricted: record.view !== 'everyone' && record.edit !== 'everyone',
  };
}

const everyone = () => true;

function holders(right: Right): (person: PersonId) => boolean {
  if (right === 'everyone') return everyone;
  if (right.length < setFrom) return (person) => right.includes(person);
  const set = new Set(right);
  return (person) => set.has(person);
}
