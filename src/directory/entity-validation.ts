/**
 * What a person and a CRM record may look like. Everything that enters the directory passes here, whoever brings it:
 * the admin port, an import, the demo. What comes out is a frozen copy in one normal form.
 */
import { limits } from '../limits.ts';
import {
  type CrmRecord,
  type RecordKey,
  type RecordKind,
  type Right,
  recordKinds,
  type ToldPerson,
} from './entities.ts';

/** A field is not as it must be. The message names field and reason and never repeats the value. */
export class InvalidEntity extends Error {
  override readonly name = 'InvalidEntity';
  /** Path of the field, such as `last`, `view[3]` or `people[12].email`; empty for the entity as a whole. */
  readonly field: string;
  readonly reason: string;

  constructor(field: string, reason: string) {
    super(field === '' ? reason : `${field} ${reason}`);
    this.field = field;
    this.reason = reason;
  }

  /** The same, as a part of something larger. */
  within(path: string): InvalidEntity {
    return new InvalidEntity(this.field === '' ? path : `${path}.${this.field}`, this.reason);
  }
}

/** ERASE-2. */
export const erasedReason = 'is of a person who was erased; who comes back gets another id';

const idForm = new RegExp(`^[\\x21-\\x7e]{1,${limits.idMaxChars}}$`);
/** One @, something on both sides, nothing that could end a header or an address list. */
const emailForm = /^[^\s@<>()[\],;:\\"]{1,64}@[^\s@<>()[\],;:\\".][^\s@<>()[\],;:\\"]*$/u;
const halfSurrogate = /\p{Cs}/u;
/** Control characters, line and paragraph separators, and the controls that turn the direction of what follows. */
const unseen = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** Anything but white space, format characters, and what is drawn as nothing (U+2800 is the empty Braille cell). */
const visible = /[^\s\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;

type Fields = Readonly<Record<string, unknown>>;

/** A person from anything: JSON of a request, a line of a file, a value of our own. */
export function validPerson(input: unknown): ToldPerson {
  const fields = objectWith(input, ['id', 'first', 'last', 'email', 'active']);
  const { active, email = null } = fields;
  if (active !== undefined && typeof active !== 'boolean') throw new InvalidEntity('active', 'must be true or false');
  return Object.freeze({
    id: validId(fields.id),
    first: validName('first', fields.first ?? '', true),
    last: validName('last', fields.last, false),
    email: email === null ? null : validEmail(email),
    ...(active === undefined ? {} : { active }),
  });
}

export function validRecord(input: unknown): CrmRecord {
  const fields = objectWith(input, ['kind', 'id', 'name', 'view', 'edit']);
  return Object.freeze({
    kind: validKind(fields.kind),
    id: validId(fields.id),
    name: validName('name', fields.name, false),
    view: validRight('view', fields.view),
    edit: validRight('edit', fields.edit),
  });
}

export function validRecordKey(input: unknown): RecordKey {
  const fields = objectWith(input, ['kind', 'id', 'name', 'view', 'edit']);
  return Object.freeze({ kind: validKind(fields.kind), id: validId(fields.id) });
}

function objectWith(input: unknown, known: readonly string[]): Fields {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new InvalidEntity('', 'must be an object');
  }
  for (const key of Object.keys(input)) {
    // An unknown key is not repeated: it is user text, and the message may reach a log.
    if (!known.includes(key)) throw new InvalidEntity('', `has a field besides ${known.join(', ')}`);
  }
  return input as Fields;
}

function validId(id: unknown): string {
  if (typeof id !== 'string') throw new InvalidEntity('id', id === undefined ? 'is missing' : 'must be a string');
  if (!idForm.test(id)) {
    throw new InvalidEntity('id', `must be 1 to ${limits.idMaxChars} printable ASCII characters without space`);
  }
  return id;
}

function validKind(kind: unknown): RecordKind {
  const known = recordKinds.find((name) => name === kind);
  if (known === undefined) throw new InvalidEntity('kind', `must be one of ${recordKinds.join(', ')}`);
  return known;
}

function validName(field: string, name: unknown, mayBeEmpty: boolean): string {
  if (typeof name !== 'string') throw new InvalidEntity(field, name === undefined ? 'is missing' : 'must be a string');
  if (halfSurrogate.test(name)) throw new InvalidEntity(field, 'holds half of a surrogate pair');
  if (unseen.test(name)) throw new InvalidEntity(field, 'holds a control character');
  const trimmed = name.trim();
  if (!visible.test(trimmed) && !(trimmed === '' && mayBeEmpty)) throw new InvalidEntity(field, 'is blank');
  if (Buffer.byteLength(trimmed) > limits.nameMaxBytes) {
    throw new InvalidEntity(field, `is longer than ${limits.nameMaxBytes} bytes of UTF-8`);
  }
  return trimmed;
}

/** What the directory takes for an e-mail address. */
export function isEmailAddress(text: string): boolean {
  return text.length <= limits.emailMaxChars && !halfSurrogate.test(text) && !unseen.test(text) && emailForm.test(text);
}

function validEmail(email: unknown): string {
  if (typeof email !== 'string') throw new InvalidEntity('email', 'must be a string or null');
  if (email.length > limits.emailMaxChars) {
    throw new InvalidEntity('email', `is longer than ${limits.emailMaxChars} characters`);
  }
  if (!isEmailAddress(email)) {
    throw new InvalidEntity('email', 'is not an e-mail address');
  }
  return email;
}

/** Sorted and without repetition, so that the same right is always the same value. */
function validRight(field: string, right: unknown): Right {
  if (right === 'everyone') return 'everyone';
  if (!Array.isArray(right)) {
    throw new InvalidEntity(field, right === undefined ? 'is missing' : "must be 'everyone' or a list of person ids");
  }
  if (right.length > limits.rightHoldersMax) {
    throw new InvalidEntity(field, `names more than ${limits.rightHoldersMax} people`);
  }
  for (let at = 0; at < right.length; at += 1) {
    if (typeof right[at] !== 'string' || !idForm.test(right[at])) {
      throw new InvalidEntity(`${field}[${at}]`, 'is not a person id');
    }
  }
  return Object.freeze([...new Set(right as string[])].sort());
}
