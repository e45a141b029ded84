/** What frames are made of: ids, numbers, references. */
import Type, { type Static } from 'typebox';
import { limits } from '../limits.ts';

export const closed = { additionalProperties: false } as const;
export const uint = (description: string) =>
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description });
export const seq = (description: string) => Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description });
export const ascii = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, pattern: '^[\\x21-\\x7e]+$', description });

export const Id = ascii(
  limits.commandIdMaxChars,
  'Chosen by the client; a command keeps its id over every retry (CMD-1).',
);
export const PersonId = ascii(limits.idMaxChars, 'A person of the directory.');
export const ConversationId = Type.String({ pattern: '^[A-Za-z0-9_-]{22}$', description: 'A conversation.' });
export const RecordKind = Type.Union(
  [Type.Literal('contact'), Type.Literal('company'), Type.Literal('household'), Type.Literal('opportunity')],
  { description: 'Kind of a CRM record.' },
);
export const RecordRef = Type.Object({ kind: RecordKind, id: ascii(limits.idMaxChars, 'Id in the CRM.') }, closed);
export type RecordRef = Static<typeof RecordRef>;
