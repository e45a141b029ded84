/**
 * How far each partition had got, in a file of its own: epoch and first position of its newest durable frame. It is written in
 * passing, as the end marks of the segments are, so it may be old, never wrong. A segment that has gone, or was replaced by
 * an earlier copy of itself, cannot tell of its own loss: this does.
 *
 * At sixteen times the partition's number: a checked note of epoch and first position.
 */
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { noteBytes, openNotes, readNote, writeNote } from '../runtime/checked-note.ts';
import type { Position } from './entry.ts';

export interface NotedEnd {
  readonly epoch: number;
  /** Of the newest frame; the one before the segment's first where there is none. */
  readonly first: Position;
}

const name = 'ends';

export class EndsFile {
  readonly #descriptor: number;

  /** `path`: directory of the journal. */
  constructor(path: string) {
    this.#descriptor = openNotes(join(path, name));
  }

  note(partition: number, { epoch, first }: NotedEnd): Promise<void> {
    return writeNote(this.#descriptor, partition * noteBytes, { small: epoch, large: first });
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** Null where nothing has been noted, or a power cut has torn it. */
export function readNotedEnd(path: string, partition: number): NotedEnd | null {
  const note = readNote(join(path, name), partition * noteBytes);
  return note === null ? null : { epoch: note.small, first: note.large };
}
