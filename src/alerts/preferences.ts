/** ALERT-1: the four boxes of each person. At hand for whoever is connected; the archive has the others. */
import type { PersonId } from '../conversation/commands.ts';
import type { Archive } from '../journal/archive.ts';
import type { AlertPreferences, JournalEntry } from '../journal/entry.ts';
import { readUnlessDamaged } from '../journal/unless-damaged.ts';

/** For whoever never chose: everything. */
const defaultPreferences: AlertPreferences = {
  email: { conversations: true, messages: true },
  popup: { conversations: true, messages: true },
};

export class Preferences {
  readonly #archive: Pick<Archive, 'preferences'>;
  readonly #connected = new Map<PersonId, { sessions: number; boxes: AlertPreferences | null }>();
  /** Set since the last checkpoint. */
  readonly #unarchived = new Map<PersonId, AlertPreferences>();

  constructor(archive: Pick<Archive, 'preferences'>) {
    this.#archive = archive;
  }

  /** Throws `Damaged` where they cannot be read; once the person has set them again, they can. */
  async of(person: PersonId): Promise<AlertPreferences> {
    const known = this.#unarchived.get(person) ?? this.#connected.get(person)?.boxes;
    if (known) return known;
    const archived = await this.#archive.preferences(person);
    const boxes = this.#unarchived.get(person) ?? archived ?? defaultPreferences;
    const connected = this.#connected.get(person);
    if (connected !== undefined) connected.boxes ??= boxes;
    return boxes;
  }

  /** Has them at hand for `wantsPopup`. Of what cannot be read pop-ups come as if the person had never chosen. */
  async fetch(person: PersonId): Promise<void> {
    await readUnlessDamaged(
      () => this.of(person),
      () => null,
    );
  }

  keep(person: PersonId): void {
    const connected = this.#connected.get(person);
    // What no checkpoint has taken over yet has to be at hand afterwards, too.
    if (connected !== undefined) connected.sessions += 1;
    else this.#connected.set(person, { sessions: 1, boxes: this.#unarchived.get(person) ?? null });
  }

  release(person: PersonId): void {
    const connected = this.#connected.get(person);
    if (connected !== undefined && --connected.sessions === 0) this.#connected.delete(person);
  }

  /** For a connected person, without waiting. */
  wantsPopup(person: PersonId, kind: 'conversation' | 'message'): boolean {
    const { popup } = this.#unarchived.get(person) ?? this.#connected.get(person)?.boxes ?? defaultPreferences;
    return kind === 'conversation' ? popup.conversations : popup.messages;
  }

  committed({ preferences }: JournalEntry): void {
    if (preferences === null) return;
    const { person, boxes } = preferences;
    this.#unarchived.set(person, boxes);
    const connected = this.#connected.get(person);
    if (connected !== undefined) connected.boxes = boxes;
  }

  /** What a checkpoint takes over, and the note that it has. */
  toArchive(): { rows: { person: PersonId; boxes: AlertPreferences }[]; taken(): void } {
    const rows = [...this.#unarchived].map(([person, boxes]) => ({ person, boxes }));
    return {
      rows,
      taken: () => {
        for (const { person, boxes } of rows)
          if (this.#unarchived.get(person) === boxes) this.#unarchived.delete(person);
      },
    };
  }
}
