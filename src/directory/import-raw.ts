/** What every format of an import comes to before anything is validated. */
export interface Refused {
  /** Where the entity begins, from 1. */
  readonly line: number;
  /** Empty for the line as a whole. */
  readonly field: string;
  readonly reason: string;
}
/** What a format makes of the file: the fields of one entity, not validated yet. */
export type Raw = { readonly line: number; readonly fields: Readonly<Record<string, unknown>> } | Refused;

/** The file as a whole cannot be read: it is too large, no UTF-8, or has a wrong header. */
export class UnreadableImport extends Error {
  override readonly name = 'UnreadableImport';
}
