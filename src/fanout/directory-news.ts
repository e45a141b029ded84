/**
 * SEE-6: a change of the directory reaches live sessions at once: names of people, and what each reader sees of a CRM
 * record. The directory tells after the change is durable.
 */
import type { ConversationId, PersonId } from '../conversation/commands.ts';
import { isParticipant } from '../conversation/visibility.ts';
import type { Directory, DirectoryChange } from '../directory/directory.ts';
import { aboutView, nameOf } from '../views/card.ts';
import { recordKey } from '../views/missed.ts';
import { type ConversationIndex, type ConversationReader, stateUnlessDamaged } from '../views/reader.ts';
import type { Sidebars } from '../views/sidebars.ts';
import { encode } from '../wire/codec.ts';
import type { Audience } from './audience.ts';
import { tellTabsOfRights } from './tabs.ts';

export interface DirectoryNewsPort {
  readonly audience: Audience;
  readonly sidebars: Sidebars;
  readonly directory: Directory;
  readonly reader: ConversationReader;
  readonly index: ConversationIndex;
  /** Writes what was queued. */
  flush(): void;
}

/** Tells one change after the other: who resumes from a version has heard of every version before it. */
export class DirectoryNews {
  readonly #port: DirectoryNewsPort;
  #turn: Promise<void> = Promise.resolve();

  constructor(port: DirectoryNewsPort) {
    this.#port = port;
  }

  /** `failed` hears of what could not be told. */
  tell(change: DirectoryChange, failed: (error: Error) => void): void {
    // Lost rights close tabs at once, whatever is still being told.
    closeTabs(this.#port, change);
    this.#turn = this.#turn.then(() => tell(this.#port, change)).catch(failed);
  }
}

function recordsIn(change: DirectoryChange): Set<string> {
  return new Set(change.records.flatMap(({ before, after }) => [before, after].filter(isSet).map(recordKey)));
}

function closeTabs({ audience, directory, flush }: DirectoryNewsPort, change: DirectoryChange): void {
  const records = recordsIn(change);
  tellTabsOfRights(
    { audience, directory },
    audience.allTabs().filter(({ record }) => records.has(recordKey(record))),
  );
  flush();
}

async function tell(port: DirectoryNewsPort, change: DirectoryChange): Promise<void> {
  const { version } = change;
  const records = recordsIn(change);
  if (records.size > 0) await tellAbout(port, records, version);
  for (const { after } of change.people) await tellName(port, after.id, version);
  port.flush();
}

/** SEE-4: what each connected reader sees of these records in their list now. */
async function tellAbout(port: DirectoryNewsPort, records: ReadonlySet<string>, version: number): Promise<void> {
  const { audience, directory, sidebars, reader } = port;
  for (const person of [...audience.people()]) {
    for (const row of [...(sidebars.peek(person)?.rows() ?? [])]) {
      if (row.order === null || row.about === null || !records.has(recordKey(row.about))) continue;
      const stored = await stateUnlessDamaged(reader, row.conversation, unheard);
      const about = stored === null ? null : aboutView(directory, stored.state, person);
      if (about === null) continue;
      const bytes = encode({ t: 'about', directory: version, conversation: row.conversation, about });
      for (const subscriber of audience.of(person)) subscriber.push(bytes);
    }
  }
}

/** To everyone connected who shares a conversation with the person, or may see them in an open tab. */
async function tellName(port: DirectoryNewsPort, person: PersonId, version: number): Promise<void> {
  const { audience, directory, reader, index } = port;
  const readers = new Set<PersonId>([person, ...audience.allTabs().map(({ subscriber }) => subscriber.person)]);
  const conversations = new Set<ConversationId>();
  for (const { state } of reader.unarchivedStates()) if (state.members.has(person)) conversations.add(state.id);
  for (const conversation of await index.conversationsOf(person, unheard)) conversations.add(conversation);
  for (const conversation of conversations) {
    const stored = await stateUnlessDamaged(reader, conversation, unheard);
    if (stored === null) continue;
    for (const [other, member] of stored.state.members) {
      if (member.copy || isParticipant(stored.state, other)) readers.add(other);
    }
  }
  const bytes = encode({ t: 'person', directory: version, person: nameOf(person, directory.person(person)) });
  for (const other of readers) for (const subscriber of audience.of(other)) subscriber.push(bytes);
}

/** Who is in a damaged conversation is told by whichever others they share; the archive names the damage. */
function unheard(): void {}

function isSet<T>(value: T | undefined): value is T {
  return value !== undefined;
}
