/**
 * Bugs to be planted in the product's source: each has to be found by the simulation. They are put in when the simulation is
 * built, all of them asleep; `AWAKE` is true in a process that was asked for that one. A snippet that does not stand exactly
 * once in its file is an error: a plant has to follow the source it is planted in.
 */
import { join } from 'node:path';
import type { Plugin } from 'vite';

export interface Plant {
  readonly name: string;
  /** From `src/`. */
  readonly file: string;
  readonly find: string;
  readonly plant: string;
  /** Of those that find it, where the first is far: it is tried first. */
  readonly seed?: number;
}

export const plants: readonly Plant[] = [
  {
    name: '[CMD-2] acknowledges before it is durable',
    file: 'host/partition.ts',
    find: 'await journal.append(',
    plant:
      'await (AWAKE ? (...all: Parameters<typeof journal.append>) => void journal.append(...all).catch(() => {}) : journal.append.bind(journal))(',
  },
  {
    name: '[CMD-2] acknowledges what could not be written',
    file: 'host/partition.ts',
    find: 'this.#fence(error as Error);',
    plant: 'if (!AWAKE) this.#fence(error as Error);',
  },
  {
    name: '[REPLY-4] lets an actor go that has decided what is not durable',
    file: 'host/awake.ts',
    find: '(resident.asked || hasWork(resident))',
    plant: '(!AWAKE && (resident.asked || hasWork(resident)))',
    seed: 110,
  },
  {
    name: '[CMD-2] writes without a flush',
    file: 'journal/segment-writer.ts',
    find: 'constants.O_RDWR | (synchronousData ?? 0)',
    plant: 'constants.O_RDWR | (AWAKE ? 0 : (synchronousData ?? 0))',
  },
  {
    name: '[CMD-2] begins a segment whose name is not durable',
    file: 'journal/segment-writer.ts',
    find: 'await syncDirectory(path);',
    plant: 'if (!AWAKE) await syncDirectory(path);',
  },
  {
    name: '[CMD-2] a torn end of the journal keeps the server from starting',
    file: 'journal/segment-reading.ts',
    find: 'newest.end > mark.end && !isWhole',
    plant: 'newest.end > mark.end && !AWAKE && !isWhole',
    seed: 435,
  },
  {
    name: '[CMD-2] the end mark is ahead of what is durable',
    file: 'journal/segment-writer.ts',
    find: 'encodeEndMark({ end: current.end, continued: false })',
    plant: 'encodeEndMark({ end: current.end + (AWAKE ? 16 : 0), continued: false })',
  },
  {
    name: '[CMD-2] a checkpoint drops one entry too many',
    file: 'host/checkpoint.ts',
    find: 'await port.journal.checkpoint(partition.claim, partition.covered);',
    plant:
      'await port.journal.checkpoint(partition.claim, Math.min(partition.committed, partition.covered + (AWAKE ? 1 : 0)));',
  },
  {
    name: '[CMD-1] a replay forgets what was answered',
    file: 'host/replay.ts',
    find: 'port.keep(partition, { ...entry, events }, resident, after);',
    plant: 'port.keep(partition, { ...entry, events, command: AWAKE ? null : entry.command }, resident, after);',
  },
  {
    name: '[CMD-1] forgets what a checkpoint has taken over',
    file: 'host/command-memory.ts',
    find: '(await this.#archive.command(person, id, key))',
    plant: '(AWAKE ? null : await this.#archive.command(person, id, key))',
  },
  {
    name: '[CMD-1] a checkpoint covers commands that it has not filed',
    file: 'host/checkpoint.ts',
    find: 'Math.min(upTo, (port.memory.oldest(number)?.position ?? upTo + 1) - 1);',
    plant: 'AWAKE ? upTo : Math.min(upTo, (port.memory.oldest(number)?.position ?? upTo + 1) - 1);',
    seed: 220,
  },
  {
    name: '[CMD-3] a resume is one short',
    file: 'views/missed.ts',
    find: 'const position = since.at[partitionOf(conversation)] ?? 0;',
    plant: 'const position = (since.at[partitionOf(conversation)] ?? 0) + (AWAKE ? 1 : 0);',
  },
  {
    name: '[CMD-3] a client does not ask again after a disconnect',
    file: 'client/requests.ts',
    find: "pending.state = 'waiting';\n    }\n  }",
    plant: "if (!AWAKE) pending.state = 'waiting';\n    }\n  }",
  },
  {
    name: '[CMD-3] a client does not notice a connection that has fallen silent',
    file: 'client/link.ts',
    find: 'if (this.#askedAtMs !== null && now - this.#askedAtMs >= answerMaxMs) {',
    plant: 'if (!AWAKE && this.#askedAtMs !== null && now - this.#askedAtMs >= answerMaxMs) {',
  },
  {
    name: '[CMD-4] sessions of a deactivated person go on',
    file: 'server.ts',
    find: 'if (!after.active) sessions.endPerson(after.id);',
    plant: 'if (!after.active && !AWAKE) sessions.endPerson(after.id);',
  },
  {
    name: '[LEAVE-3] the last two may leave',
    file: 'conversation/machine.ts',
    find: "{ actions: [because('LEAVE-3 leave-too-few')] }",
    plant: "{ actions: AWAKE ? accepting : [because('LEAVE-3 leave-too-few')] }",
  },
  {
    name: '[LEAVE-3] the deactivated still count',
    file: 'conversation/rules.ts',
    find: 'if (inactive.size === 0) return state.current;',
    plant: 'if (AWAKE || inactive.size === 0) return state.current;',
    seed: 59,
  },
  {
    name: '[LEAVE-4] news reach those who have left',
    file: 'views/change.ts',
    find: "event.type === 'erased' ? member.copy : currentStint(member) !== null",
    plant: "AWAKE || event.type === 'erased' ? member.copy : currentStint(member) !== null",
  },
  {
    name: '[SEE-1] a stint begins one entry early',
    file: 'conversation/visibility.ts',
    find: 'const from = Math.max(stint.from, after + 1);',
    plant: 'const from = Math.max(stint.from - (AWAKE && stint.from > 1 ? 1 : 0), after + 1);',
  },
  {
    name: '[SEE-3] the tab shows private conversations to everyone',
    file: 'conversation/visibility.ts',
    find: 'if (!state.private) return [',
    plant: 'if (AWAKE || !state.private) return [',
  },
  {
    name: '[SEE-4] a restricted name is told',
    file: 'views/card.ts',
    find: '!directory.maySeeName(reader, kind, id)',
    plant: '(!AWAKE && !directory.maySeeName(reader, kind, id))',
  },
  {
    name: '[SEE-4] a start is encoded once for all its readers',
    file: 'fanout/fan-out.ts',
    find: 'const about = aboutKey(',
    plant: "const about = AWAKE ? '' : aboutKey(",
    seed: 54,
  },
  {
    name: '[SEE-6] a list keeps the name that was restricted',
    file: 'fanout/directory-news.ts',
    find: 'if (records.size > 0) await tellAbout',
    plant: 'if (records.size > 0 && !AWAKE) await tellAbout',
  },
  {
    name: '[SEE-6] a tab stays open without the right',
    file: 'fanout/directory-news.ts',
    find: 'records.has(recordKey(record))),',
    plant: '!AWAKE && records.has(recordKey(record))),',
  },
  {
    name: '[SEE-6] a resume does not tell of rights that changed',
    file: 'session/greeting.ts',
    find: 'new Set(news.records.map(recordKey))',
    plant: 'new Set(AWAKE ? [] : news.records.map(recordKey))',
  },
  {
    name: '[LIST-1] a list is ordered by messages that its reader does not see',
    file: 'conversation/visibility.ts',
    find: 'member.copy ? (newestVisible(state, member)?.at ?? member.joinedAt) : null',
    plant:
      'member.copy ? (AWAKE ? state.lastMessage.at : (newestVisible(state, member)?.at ?? member.joinedAt)) : null',
  },
  {
    name: '[LIST-6] a badge that goes down is not told',
    file: 'fanout/fan-out.ts',
    find: 'if (subscriber.badge === badge) continue;',
    plant: 'if (AWAKE ? subscriber.badge >= badge : subscriber.badge === badge) continue;',
  },
  {
    name: '[READ-3] Mark All Read covers what was not sent yet',
    file: 'host/shown-at.ts',
    find: 'if (stored.position <= position) return end;',
    plant: 'if (AWAKE || stored.position <= position) return end;',
  },
  {
    name: '[READ-4] own messages are unread',
    file: 'conversation/apply.ts',
    find: 'draft.members.set(event.by, { ...author, readUpTo: event.seq });',
    plant: 'draft.members.set(event.by, { ...author, readUpTo: AWAKE ? author.readUpTo : event.seq });',
  },
  {
    name: '[DELETE-3] a message does not bring a deleted copy back',
    file: 'conversation/apply.ts',
    find: 'if (draft.hidden > 0) {',
    plant: 'if (draft.hidden > 0 && !AWAKE) {',
  },
  {
    name: '[DELETE-4] a re-invitation brings back what was deleted',
    file: 'conversation/apply.ts',
    find: 'before?.copy === false ? Math.max(deletedUpTo, last?.to ?? 0) : deletedUpTo',
    plant: 'AWAKE ? 0 : before?.copy === false ? Math.max(deletedUpTo, last?.to ?? 0) : deletedUpTo',
    seed: 113,
  },
  {
    name: '[ALERT-1] boxes are forgotten after a restart',
    file: 'alerts/preferences.ts',
    find: 'boxes: this.#unarchived.get(person) ?? null',
    plant: 'boxes: (AWAKE ? null : this.#unarchived.get(person)) ?? null',
    seed: 267,
  },
  {
    name: '[ALERT-3] a mail tells what has been read',
    file: 'alerts/mail-news.ts',
    find: 'entry.by !== person && entry.seq > readUpTo;',
    plant: 'entry.by !== person && (AWAKE || entry.seq > readUpTo);',
  },
  {
    name: '[ALERT-3] a mail is sent twice',
    file: 'alerts/mailer.ts',
    find: "this.#done(row, decided, 'sent');",
    plant: "if (AWAKE) outbox.release(row);\n      else this.#done(row, decided, 'sent');",
  },
  {
    name: '[ALERT-5] one is alerted of one’s own doing',
    file: 'fanout/fan-out.ts',
    find: 'return person !== this.#event.by && ',
    plant: 'return (AWAKE || person !== this.#event.by) && ',
  },
  {
    name: '[ALERT-5] an author follows the topic of those who are alerted',
    file: 'views/crowd.ts',
    find: 'this.moved(state, [by]);',
    plant: 'this.moved(state, AWAKE ? [] : [by]);',
  },
  {
    name: '[LEAVE-4] who left still follows the topic',
    file: 'fanout/topic.ts',
    find: 'for (const subscriber of subscribers) subscriber.unsubscribe(part.topic);',
    plant: 'if (!AWAKE) for (const subscriber of subscribers) subscriber.unsubscribe(part.topic);',
  },
  {
    name: '[INVITE-3] whose part in a conversation is another is told as before',
    file: 'views/crowd.ts',
    find: 'known?.crowd.moved(after, movedIn(change))',
    plant: 'known?.crowd.moved(after, AWAKE ? [] : movedIn(change))',
  },
  {
    name: '[ERASE-1] the journal keeps what was erased',
    file: 'journal/journal-disk.ts',
    find: 'if (isDone) await overwriteRetired(this.#path);',
    plant: 'if (isDone && !AWAKE) await overwriteRetired(this.#path);',
  },
  {
    name: '[ERASE-1] a segment that begins brings back those dropped meanwhile',
    file: 'journal/journal-disk.ts',
    find: 'const begun = await held.writer.begin(next, held.last.hash);',
    plant:
      'const stale = held.segments;\n      const begun = await held.writer.begin(next, held.last.hash);\n      if (AWAKE) held.segments = stale;',
    seed: 176,
  },
  {
    name: '[ERASE-1] a power cut gives an overwritten segment its name back',
    file: 'journal/retired-segments.ts',
    find: 'await syncDirectory(path);',
    plant: 'if (!AWAKE) await syncDirectory(path);',
    seed: 135,
  },
  {
    name: '[ERASE-1] a power cut takes a line of the ledger with it whose erasure was told',
    file: 'journal/erasure-ledger-file.ts',
    find: "await file.writeFile('\\n');\n      await file.sync();",
    plant: "await file.writeFile('\\n');\n      if (!AWAKE) await file.sync();",
    seed: 66,
  },
  {
    name: '[ERASE-2] an import gives an erased person a name',
    file: 'directory/create-directory.ts',
    find: 'if (isErased(index.person(person.id)))',
    plant: 'if (!AWAKE && isErased(index.person(person.id)))',
    seed: 169,
  },
  {
    name: '[ERASE-3] who was away is not told what was erased',
    file: 'views/missed.ts',
    find: 'if (seqs.length > 0) missed.erased.push',
    plant: 'if (seqs.length > 0 && !AWAKE) missed.erased.push',
    seed: 59,
  },
  {
    name: '[ERASE-4] an erasure is not gone on with after a start',
    file: 'erasure/erasures.ts',
    find: '      erasures.#run();',
    plant: '      if (!AWAKE) erasures.#run();',
  },
  {
    name: 'time goes back after a restart',
    file: 'host/host.ts',
    find: 'clock.raiseFloor(entry.at);',
    plant: 'if (!AWAKE) clock.raiseFloor(entry.at);',
    seed: 253,
  },
];

const source = join(import.meta.dirname, '..', '..', 'src');

/** Throws for a plant whose snippet does not stand exactly once in its file. */
export function planted(): Plugin {
  return {
    name: 'planted',
    enforce: 'pre',
    transform(code, id) {
      return plants
        .filter(({ file }) => join(source, file) === id)
        .reduce((soil, { name, file, find, plant }) => {
          if (soil.split(find).length !== 2)
            this.error(`'${name}': its snippet does not stand exactly once in src/${file}`);
          return soil.replace(find, () =>
            plant.replaceAll('AWAKE', `(globalThis.parleyPlant === ${JSON.stringify(name)})`),
          );
        }, code);
    },
  };
}
