/**
 * Members for a state under construction. A message changes one of them, its author's: copying a thousand for each message
 * would be most of what it leaves to the collector. So the few that changed last stand beside a map that states share.
 */
import type { PersonId } from './commands.ts';
import type { Member } from './state.ts';

export type Members = ReadonlyMap<PersonId, Member>;

export interface DraftMembers extends Members {
  set(person: PersonId, member: Member): unknown;
}

/** With fewer, a copy costs less than looking in two places. */
const sharedMin = 64;
/** Beside the shared map; with more they are put together. */
const newerMax = 32;

/** To change members that are in it already; `members` stays as it is. */
export function changing(members: Members): DraftMembers {
  if (members.size < sharedMin) return copyOf(members);
  if (!(members instanceof SharedMembers)) return new SharedMembers(members, new Map());
  return members.newer.size < newerMax
    ? new SharedMembers(members.shared, copyOf(members.newer))
    : new SharedMembers(copyOf(members), new Map());
}

/** To add members as well. */
export function copyOf(members: Members): Map<PersonId, Member> {
  const copy = new Map<PersonId, Member>();
  members.forEach((member, person) => {
    copy.set(person, member);
  });
  return copy;
}

/** As a plain map, which can be sent to another thread. */
export function plain(members: Members): Members {
  return members instanceof SharedMembers ? copyOf(members) : members;
}

class SharedMembers implements DraftMembers {
  /** Everyone, in order; never changed. */
  readonly shared: Members;
  /** Of some of them, what they are by now. */
  readonly newer: Map<PersonId, Member>;

  constructor(shared: Members, newer: Map<PersonId, Member>) {
    this.shared = shared;
    this.newer = newer;
  }

  get size(): number {
    return this.shared.size;
  }

  get(person: PersonId): Member | undefined {
    return this.newer.get(person) ?? this.shared.get(person);
  }

  has(person: PersonId): boolean {
    return this.shared.has(person);
  }

  /** Throws RangeError for one who is not in it: their place would be unknown. */
  set(person: PersonId, member: Member): void {
    if (!this.shared.has(person)) throw new RangeError(`${person} is no member`);
    this.newer.set(person, member);
  }

  forEach(visit: (member: Member, person: PersonId, members: Members) => void): void {
    this.shared.forEach((member, person) => {
      visit(this.newer.get(person) ?? member, person, this);
    });
  }

  *entries(): MapIterator<[PersonId, Member]> {
    for (const [person, member] of this.shared) yield [person, this.newer.get(person) ?? member];
  }

  [Symbol.iterator](): MapIterator<[PersonId, Member]> {
    return this.entries();
  }

  keys(): MapIterator<PersonId> {
    return this.shared.keys();
  }

  *values(): MapIterator<Member> {
    for (const [, member] of this.entries()) yield member;
  }
}
