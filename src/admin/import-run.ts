/**
 * An import against the running server, in batches: compares or writes, and says for each line what came of it. Every
 * batch is one durable change and writing the same again changes nothing, so an interrupted import is simply run again.
 */
import type { CrmRecord, ToldPerson } from '../directory/entities.ts';
import type { Parsed } from '../directory/import.ts';
import { limits } from '../limits.ts';
import { type AdminClient, AdminRefused } from './admin-client.ts';

export type ImportKind = 'people' | 'records';
type Entity = ToldPerson | CrmRecord;

export type LineReport =
  | { readonly line: number; readonly outcome: 'added' | 'changed' | 'same'; readonly id: string }
  | { readonly line: number; readonly outcome: 'refused'; readonly field: string; readonly reason: string };

interface Wanted {
  readonly line: number;
  readonly entity: Entity;
}

/** Ordered by line within each batch; refusals of the file come first. Rejects as `AdminClient.call` does. */
export async function* runImport(
  client: AdminClient,
  kind: ImportKind,
  parsed: readonly Parsed<Entity>[],
  apply: boolean,
): AsyncGenerator<LineReport[]> {
  const wanted: Wanted[] = [];
  const refused: LineReport[] = [];
  for (const one of parsed) {
    if ('entity' in one) wanted.push(one);
    else refused.push({ line: one.line, outcome: 'refused', field: one.field, reason: one.reason });
  }
  if (refused.length > 0) yield refused;
  for (const batch of batchesOf(wanted)) yield await send(client, kind, batch, apply);
}

/** As many as the server takes at once, in number and in bytes. */
function* batchesOf(wanted: readonly Wanted[]): Generator<Wanted[]> {
  const bytesMax = limits.adminBodyMaxBytes - 1_024;
  let batch: Wanted[] = [];
  let bytes = 0;
  for (const one of wanted) {
    const size = Buffer.byteLength(JSON.stringify(one.entity)) + 1;
    if (batch.length > 0 && (batch.length >= limits.importBatchEntities || bytes + size > bytesMax)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(one);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

async function send(client: AdminClient, kind: ImportKind, batch: Wanted[], apply: boolean): Promise<LineReport[]> {
  const path = apply ? '/v1/directory' : '/v1/directory?dry-run=true';
  try {
    const answer = await client.call('POST', path, { [kind]: batch.map((one) => one.entity) });
    const outcomes = (answer as Record<ImportKind, readonly ('added' | 'changed' | 'same')[]>)[kind];
    return batch.map(({ line, entity }, at) => ({ line, outcome: outcomes[at] ?? 'same', id: idOf(entity) }));
  } catch (error) {
    if (!(error instanceof AdminRefused) || error.status !== 422) throw error;
    // The server knows who was erased, and one of another version may judge otherwise: the rest of the batch is tried
    // without that line.
    const at = Number(/^\w+\[(\d+)\]/.exec(error.field)?.[1] ?? Number.NaN);
    const bad = batch[at];
    if (bad === undefined) throw error;
    const field = error.field.replace(/^\w+\[\d+\]\.?/, '');
    const rest = batch.filter((one) => one !== bad);
    const others = rest.length > 0 ? await send(client, kind, rest, apply) : [];
    // The message begins with the field's place in the batch, which is nothing to whoever has the file.
    const reason = error.message.replace(`${error.field} `, '');
    return [...others, { line: bad.line, outcome: 'refused', field, reason }];
  }
}

function idOf(entity: Entity): string {
  return 'kind' in entity ? `${entity.kind}/${entity.id}` : entity.id;
}
