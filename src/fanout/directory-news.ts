/**
 * SEE-6: a change of the directory reaches live sessions at once: names of people, and what each reader sees of a CRM
 * record. The directory tells after the change is durable.
 */
import type { PersonId } from '../conversation/commands.ts';
import { isParticipant } from '../conversation/visibility.ts';
import type { Directory, DirectoryChange } from '../directory/directory.ts';
import { aboutView, nameOf } from '../views/card.ts';
import { recordKey } from '../views/missed.ts';
import type { ConversationIndex, ConversationReader } from '../views/reader.ts';
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

export async function tellDirectoryNews(port: DirectoryNewsPort, change: DirectoryChange): Promise<void> {
  const { audience, directory } = port;
  const records = new Set(change.records.flatMap(({ before, after }) => [before, after].filter(isSet).map(recordKey)));
  const { version } = change;
  // Whoever is deactivated loses view rights, so their tabs are asked too; their sessions end besides (CMD-4).
  tellTabsOfRights(
    { audience, directory },
    audience.allTabs().filter(({ record }) => records.has(recordKey(record))),
  );
  port.flush();
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
      const stored = await reader.state(row.conversation);
      const about = stored === null ? null : aboutView(directory, stored.state, person);
      if (about === null) continue;
      const bytes = encode({ t: 'about', directory: version, conversation: row.conversation, about });
      for (const subscriber of audience.of(person) ?? []) subscriber.push(bytes);
    }
  }
}

/** To everyone connected who shares a conversation with the person. */
async function tellName(port: DirectoryNewsPort, person: PersonId, version: number): Promise<void> {
  const { audience, directory, reader, index } = port;
  const readers = new Set<PersonId>([person]);
  const conversations = new Set(await index.conversationsOf(person));
  for (const { state } of reader.unarchivedStates()) if (state.members.has(person)) conversations.add(state.id);
  for (const conversation of conversations) {
    const stored = await reader.state(conversation);
    if (stored === null) continue;
    for (const [other, member] of stored.state.members) {
      if (member.copy || isParticipant(stored.state, other)) readers.add(other);
    }
  }
  const bytes = encode({ t: 'person', directory: version, person: nameOf(person, directory.person(person)) });
  for (const other of readers) for (const subscriber of audience.of(other) ?? []) subscriber.push(bytes);
}

function isSet<T>(value: T | undefined): value is T {
  return value !== undefined;
}
