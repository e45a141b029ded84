/**
 * The actors in memory. A request finds its conversation (hydrating it where it is not in memory), is decided by the
 * conversation's one actor, and is answered when what it did is durable. Conversations never wait for each other but for
 * the shared commit. Everything the rest of the house learns, it learns from `committed`, in order, after the fact.
 */
import { apply } from '../conversation/apply.js';
import { isTimelineEvent } from '../conversation/events.js';
import { conversationOf, createConversationActor, dispatch } from '../conversation/machine.js';
import { participants } from '../conversation/visibility.js';
import { answerOf } from './answers.js';
import { checkpoint } from './checkpointer.js';
import { CommandMemory } from './command-memory.js';
import { Partition } from './partition.js';
import { conversationIdOf, hashBody, partitionOf, toCommand, } from './request.js';
import { createResident, isIdle } from './resident.js';
export class Host {
    #port;
    #memory;
    #partitions = [];
    /** In order of last use, the longest idle first. */
    #residents = new Map();
    #dirty = [];
    #checkpoints = [];
    #holds = new Set();
    #timer = null;
    #stopped = false;
    constructor(port) {
        this.#port = port;
        this.#memory = new CommandMemory(port.archive);
    }
    /** Claims every partition and replays what no checkpoint covers. Throws what the journal's port throws. */
    static async open(port) {
        const host = new Host(port);
        for (let number = 0; number < port.journal.partitions; number += 1) {
            host.#dirty.push(new Set());
            host.#checkpoints.push(null);
            await host.#recover(number);
        }
        host.#timer = port.clock.every(port.limits.checkpointIntervalMs, () => {
            for (const partition of host.#partitions)
                void host.#checkpoint(partition);
        });
        return host;
    }
    /** Conversations in memory. */
    get residents() {
        return this.#residents.size;
    }
    /** Committed entries that no checkpoint covers yet: what a start would replay. */
    get tail() {
        return this.#partitions.reduce((sum, partition) => sum + partition.committed - partition.archived, 0);
    }
    /** Up to where everything is durable and told, for each partition. */
    positions() {
        return this.#partitions.map((partition) => partition.committed);
    }
    /**
     * Does what the person asks. `done` is called once: with the answer, after it is durable; with the first answer, for an
     * id that was used before; or with a fault. After a fence it is never called.
     */
    request(person, id, request, done) {
        const bodyHash = hashBody(request);
        const finish = this.#memory.claim(person, id, bodyHash, done);
        if (finish === null)
            return;
        const command = { person, id, bodyHash };
        if (request.type === 'readAll')
            void this.#readAll(command, request.at, finish);
        else if (request.type === 'setAlerts') {
            void this.#whenNew(command, finish, () => {
                const preferences = { person, boxes: request.preferences };
                this.#record(this.#partitionFor(person), command, { ok: {} }, finish, { preferences });
            });
        }
        else {
            const conversation = request.type === 'start' ? conversationIdOf(person, id) : request.conversation;
            this.#inTurn(conversation, finish, (resident) => this.#whenNew(command, finish, () => this.#decide(resident, request, command, finish)));
        }
    }
    /** The conversation as committed, null if there is none. */
    async state(conversation) {
        const resident = this.#residents.get(conversation);
        if (resident?.loaded) {
            return resident.state === null ? null : { state: resident.state, position: resident.position };
        }
        return this.#port.archive.state(conversation);
    }
    /** Timeline events with `from` ≤ seq ≤ `to`, ascending, the newest `limit` of them; committed ones. */
    async timeline(conversation, from, to, limit) {
        const fresh = this.#unarchived(conversation).filter(({ event }) => 'seq' in event && event.seq >= from && event.seq <= to);
        if (fresh.length >= limit)
            return fresh.slice(-limit);
        const older = await this.#port.archive.timeline(conversation, from, to, limit);
        return joined(older, fresh).slice(-limit);
    }
    /** Timeline events after `position`, ascending; null if there are more than `limit`. */
    async timelineSince(conversation, position, limit) {
        const fresh = this.#unarchived(conversation).filter((event) => event.position > position);
        const older = await this.#port.archive.timelineSince(conversation, position, limit);
        if (older === null)
            return null;
        const all = joined(older, fresh);
        return all.length > limit ? null : all;
    }
    /** Conversations that the archive's indexes may not know of yet. */
    *unarchivedStates() {
        for (const dirty of this.#dirty) {
            for (const { state, position } of dirty)
                if (state !== null)
                    yield { state, position };
        }
    }
    /** Keeps the journal whole until `release`, so that a snapshot taken meanwhile is complete. */
    hold(name) {
        this.#holds.add(name);
    }
    release(name) {
        this.#holds.delete(name);
    }
    /** Brings the archive up to date. */
    async checkpoint() {
        for (const partition of this.#partitions) {
            await this.#checkpoints[partition.claim.partition];
            await this.#checkpoint(partition);
        }
    }
    /** Takes no more requests, waits for what is under way, checkpoints and releases the partitions. */
    async close() {
        this.#stopped = true;
        this.#timer?.cancel();
        while (this.#partitions.some((partition) => partition.backlog > 0) || this.#busy()) {
            await new Promise((resolve) => void this.#port.clock.after(5, resolve));
        }
        await this.checkpoint();
        for (const partition of this.#partitions)
            await this.#port.journal.release(partition.claim);
    }
    /** A crash, for tests: no checkpoint, no release. */
    abandon() {
        this.#stopped = true;
        this.#timer?.cancel();
    }
    #busy() {
        for (const resident of this.#residents.values())
            if (resident.waiting > 0 || resident.pending > 0)
                return true;
        return false;
    }
    #partitionFor(id) {
        return this.#partitions[partitionOf(id, this.#partitions.length)];
    }
    // ---- in memory ------------------------------------------------------------------------------------------------------
    /** Runs `work` when everything asked of this conversation before has been decided. `finish` hears of a failure. */
    #inTurn(conversation, finish, work) {
        const resident = this.#resident(conversation);
        resident.waiting += 1;
        resident.tail = resident.tail.then(async () => {
            try {
                if (!resident.loaded)
                    await this.#load(resident);
                if (resident.broken)
                    await this.#rebuild(resident);
                await work(resident);
            }
            catch (error) {
                this.#port.log.error({ conversation, error: error.stack }, 'a conversation is unavailable');
                finish({ fault: 'unavailable' });
            }
            finally {
                resident.waiting -= 1;
                if (resident.state === null && isIdle(resident))
                    this.#residents.delete(conversation);
            }
        });
    }
    #resident(conversation) {
        let resident = this.#residents.get(conversation);
        if (resident === undefined) {
            this.#passivate();
            resident = createResident(conversation, partitionOf(conversation, this.#partitions.length));
        }
        else
            this.#residents.delete(conversation);
        this.#residents.set(conversation, resident);
        return resident;
    }
    async #load(resident) {
        const stored = await this.#port.archive.state(resident.id);
        resident.state = stored?.state ?? null;
        resident.position = stored?.position ?? 0;
        resident.loaded = true;
    }
    /** Drops the longest idle conversations beyond the budget; the archive has all of them. */
    #passivate() {
        let excess = this.#residents.size + 1 - this.#port.limits.residentConversationsMax;
        for (const [id, resident] of this.#residents) {
            if (excess <= 0)
                return;
            if (!isIdle(resident))
                continue;
            resident.actor?.stop();
            this.#residents.delete(id);
            excess -= 1;
        }
    }
    #unarchived(conversation) {
        const resident = this.#residents.get(conversation);
        return resident === undefined ? [] : resident.unarchived.filter(({ event }) => isTimelineEvent(event));
    }
    // ---- deciding -------------------------------------------------------------------------------------------------------
    /** CMD-1: `work` unless the id was answered before; a fault where nothing can be taken on. */
    async #whenNew(command, finish, work) {
        try {
            const known = await this.#memory.recall(command.person, command.id, command.bodyHash);
            if (known !== null)
                return finish(known);
            if (this.#stopped)
                return finish({ fault: 'unavailable' });
            if (!this.#port.writable())
                return finish({ fault: 'read-only' });
            const { pendingEntriesMax, replayEntriesMax } = this.#port.limits;
            const backlog = this.#partitions.reduce((most, partition) => Math.max(most, partition.backlog), 0);
            if (backlog >= pendingEntriesMax || this.tail >= replayEntriesMax)
                return finish({ fault: 'busy' });
            work();
        }
        catch (error) {
            this.#port.log.error({ person: command.person, error: error.stack }, 'a command failed');
            finish({ fault: 'internal' });
        }
    }
    #decide(resident, request, command, finish, by = command.person) {
        const partition = this.#partitions[resident.partition];
        const decided = this.#ask(resident, request, by);
        if (decided === 'broken')
            return finish({ fault: 'internal' });
        const { outcome, actor } = decided;
        if ('refusal' in outcome) {
            const refused = { refused: outcome.refusal.name };
            if (command === null)
                return finish(refused);
            return this.#record(partition, command, refused, finish);
        }
        const after = conversationOf(actor);
        const answer = answerOf(outcome.events, after);
        const entry = {
            position: partition.nextPosition,
            at: outcome.events[0].at,
            conversation: resident.id,
            events: outcome.events,
            preferences: null,
            command: command === null ? null : { ...command, answer },
        };
        resident.pending += 1;
        partition.enqueue({ entry, resident, after, done: () => finish(answer) });
    }
    #ask(resident, request, by) {
        try {
            resident.actor ??= createConversationActor(resident.state, this.#port.machine);
            const { actor } = resident;
            const state = conversationOf(actor);
            const facts = this.#facts(request, state, by);
            const outcome = dispatch(actor, toCommand(request, resident.id, by, this.#port.clock.tick(), facts));
            return { outcome, actor };
        }
        catch (error) {
            this.#port.log.error({ conversation: resident.id, error: error.stack }, 'the rules threw');
            resident.actor?.stop();
            resident.actor = null;
            resident.broken = true;
            return 'broken';
        }
    }
    /**
     * The rules threw: a bug, which costs this one conversation one command and no other conversation anything. Behind the
     * commands decided before it, the state is rebuilt from the archive's snapshot and the events since.
     */
    async #rebuild(resident) {
        while (resident.pending > 0)
            await new Promise((resolve) => this.#port.clock.soon(resolve));
        const stored = await this.#port.archive.state(resident.id);
        const since = resident.unarchived.filter(({ event }) => event.v > (stored?.state.v ?? 0));
        resident.state = since.reduce((state, { event }) => apply(state, event), stored?.state ?? null);
        resident.broken = false;
    }
    #facts(request, state, by) {
        const people = [by];
        if (request.type === 'start' || request.type === 'invite')
            people.push(...request.people);
        else if (request.type === 'leave' && state !== null)
            people.push(...participants(state));
        const about = request.type === 'start' ? request.about : (state?.about ?? null);
        return {
            inactive: this.#port.inactiveAmong(people),
            viewsRecord: about !== null && this.#port.mayView(by, about),
        };
    }
    /** READ-3: every conversation with something unread, each up to what stands at these positions. */
    async #readAll(command, at, finish) {
        const { person } = command;
        await this.#whenNew(command, finish, () => {
            void (async () => {
                let marked = 0;
                for (const conversation of await this.#port.unreadOf(person)) {
                    const upTo = await this.#shownAt(conversation, at);
                    if (upTo > 0 && 'ok' in (await this.#read(conversation, person, upTo)))
                        marked += 1;
                }
                const answer = marked === 0 ? { refused: 'read-nothing-unread' } : { ok: { conversations: marked } };
                this.#record(this.#partitionFor(person), command, answer, finish);
            })().catch((error) => {
                this.#port.log.error({ person, error: error.stack }, 'Mark All Read failed');
                finish({ fault: 'internal' });
            });
        });
    }
    #read(conversation, person, upTo) {
        return new Promise((resolve) => {
            this.#inTurn(conversation, resolve, (resident) => this.#decide(resident, { type: 'read', conversation, upTo }, null, resolve, person));
        });
    }
    /** The last seq of the conversation that stands at these positions, 0 if none does. */
    async #shownAt(conversation, at) {
        const stored = await this.state(conversation);
        if (stored === null)
            return 0;
        const position = at[partitionOf(conversation, this.#partitions.length)] ?? 0;
        if (stored.position <= position)
            return stored.state.head;
        const since = await this.timelineSince(conversation, position, Number.MAX_SAFE_INTEGER);
        const first = since?.[0]?.event;
        return first !== undefined && 'seq' in first ? first.seq - 1 : stored.state.head;
    }
    /** An entry without events: a refusal, preferences, the end of Mark All Read. */
    #record(partition, command, answer, finish, extra = {}) {
        const entry = {
            position: partition.nextPosition,
            at: this.#port.clock.tick(),
            conversation: null,
            events: [],
            preferences: null,
            ...extra,
            command: { ...command, answer },
        };
        partition.enqueue({ entry, resident: null, after: null, done: () => finish(answer) });
    }
    // ---- behind the commit ----------------------------------------------------------------------------------------------
    #released(partition, group, ms) {
        const committed = [];
        for (const { entry, resident, after } of group) {
            const before = resident?.state ?? null;
            if (resident !== null)
                resident.pending -= 1;
            this.#keep(partition, entry, resident, after);
            committed.push({ partition: partition.claim.partition, entry, before, after });
        }
        this.#port.metrics.commit(ms, group.length);
        this.#port.committed(committed);
        for (const { done } of group)
            done();
        this.#port.answered();
        if (partition.committed - partition.archived >= this.#port.limits.checkpointEntries)
            void this.#checkpoint(partition);
    }
    /** Notes a durable entry: the conversation's state moves on, and a checkpoint will take it over. */
    #keep(partition, entry, resident, after) {
        if (entry.command !== null) {
            this.#memory.remember(partition.claim.partition, entry.position, entry.at, entry.command);
        }
        if (resident === null || after === null)
            return;
        resident.state = after;
        resident.position = entry.position;
        for (const event of entry.events)
            resident.unarchived.push({ position: entry.position, event });
        this.#dirty[resident.partition].add(resident);
    }
    async #checkpoint(partition) {
        const { partition: number } = partition.claim;
        if (this.#checkpoints[number] || partition.archived === partition.committed)
            return;
        const { journal, archive, limits, clock } = this.#port;
        const run = checkpoint(partition, {
            journal,
            archive,
            memory: this.#memory,
            dirty: (which) => this.#dirty[which],
            alerts: (which) => this.#port.alertsToArchive(which),
            clean: (resident) => void this.#dirty[number].delete(resident),
            held: () => this.#holds.size > 0,
        })
            .then(() => archive.forgetCommands(clock.now() - limits.commandMemoryDays * 86_400_000_000, 1_000))
            .then(() => { }, (error) => this.#port.fenced(error));
        this.#checkpoints[number] = run;
        await run;
        this.#checkpoints[number] = null;
    }
    async #recover(number) {
        const { journal, clock } = this.#port;
        const claim = await journal.claim(number);
        const partition = new Partition(claim, {
            journal,
            clock,
            limits: this.#port.limits,
            released: (which, group, ms) => this.#released(which, group, ms),
            fenced: (error) => this.#port.fenced(error),
        });
        this.#partitions.push(partition);
        for await (const entry of journal.replay(claim)) {
            clock.raiseFloor(entry.at);
            await this.#replay(partition, entry);
        }
    }
    /** What the archive has already is skipped by the event's number: replay may begin before the archive's end. */
    async #replay(partition, entry) {
        if (entry.conversation === null) {
            this.#keep(partition, entry, null, null);
            return this.#port.replayed(entry, null);
        }
        const resident = this.#residentIn(entry.conversation, partition.claim.partition);
        if (!resident.loaded)
            await this.#load(resident);
        const events = entry.events.filter((event) => event.v > (resident.state?.v ?? 0));
        const after = events.reduce(apply, resident.state);
        this.#keep(partition, { ...entry, events }, resident, events.length > 0 ? after : null);
        if (events.length > 0)
            this.#port.replayed({ ...entry, events }, after);
    }
    #residentIn(conversation, partition) {
        const resident = this.#residents.get(conversation) ?? createResident(conversation, partition);
        this.#residents.set(conversation, resident);
        return resident;
    }
}
/** Archived and fresh events of one conversation: a checkpoint may just have moved some from here to there. */
function joined(older, fresh) {
    const last = older[older.length - 1]?.event;
    const seen = last !== undefined && 'seq' in last ? last.seq : 0;
    return [...older, ...fresh.filter(({ event }) => 'seq' in event && event.seq > seen)];
}
//# sourceMappingURL=host.js.map