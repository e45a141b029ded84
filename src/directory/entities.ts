/** What the directory knows: people and CRM records. */
export type PersonId = string;
export const recordKinds = ['contact', 'company', 'household', 'opportunity'] as const;
export type RecordKind = (typeof recordKinds)[number];

export interface Person {
  readonly id: PersonId;
  readonly first: string;
  readonly last: string;
  /** For alerts; null = none. */
  readonly email: string | null;
  /** False: sessions end, nothing can be done any more, what was written stays (CMD-4). */
  readonly active: boolean;
}

/**
 * A person as the CRM tells of them. Without `active` they stay as they are, and someone new is active: a new name must
 * not bring back someone who was deactivated (CMD-4).
 */
export type ToldPerson = Omit<Person, 'active'> & { readonly active?: boolean };

/** `before` is what is there of them when the change is made. */
export function personAsTold(told: ToldPerson, before: Person | undefined): Person {
  const { active = before?.active ?? true } = told;
  return Object.freeze({ ...told, active });
}

/** ERASE-2: what is left of someone who was erased: the id, so that it is not given a name again. */
export function erasedPerson(id: PersonId): Person {
  return Object.freeze({ id, first: '', last: '', email: null, active: false });
}

/** Nobody else is without a last name. */
export function isErased(person: Person | undefined): boolean {
  return person?.last === '';
}

/** Everyone, or only the people named. */
export type Right = 'everyone' | readonly PersonId[];

export interface RecordKey {
  readonly kind: RecordKind;
  readonly id: string;
}
/** `view` and `edit` not 'everyone' = private view and edit security (SEE-4). */
export interface CrmRecord extends RecordKey {
  readonly name: string;
  readonly view: Right;
  readonly edit: Right;
}
