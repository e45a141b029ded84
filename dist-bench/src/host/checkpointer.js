const eventsPerBatch = 1_000;
const none = { commands: [], preferences: [], outbox: [], outboxDone: [] };
export async function checkpoint(partition, port) {
    const number = partition.claim.partition;
    const upTo = partition.committed;
    const commands = port.memory.unarchived(number, upTo);
    const alerts = port.alerts(number);
    for (const batch of batches(port.dirty(number))) {
        const conversations = batch.map(({ resident, events }) => ({
            stored: { state: stateOf(resident), position: resident.position },
            events,
        }));
        await port.archive.write({ partition: number, ...none, conversations });
        for (const { resident, events } of batch) {
            resident.unarchived = resident.unarchived.slice(events.length);
            if (resident.unarchived.length === 0)
                port.clean(resident);
        }
    }
    const { preferences, outbox, outboxDone } = alerts;
    for (let from = 0; from < commands.length; from += eventsPerBatch) {
        await port.archive.write({
            partition: number,
            ...none,
            conversations: [],
            commands: commands.slice(from, from + eventsPerBatch),
        });
    }
    if (preferences.length + outbox.length + outboxDone.length > 0) {
        await port.archive.write({ partition: number, ...none, conversations: [], preferences, outbox, outboxDone });
    }
    port.memory.archived(commands);
    alerts.taken();
    partition.archived = upTo;
    if (!port.held())
        await port.journal.checkpoint(partition.claim, upTo);
}
/**
 * Groups of conversations with together about `eventsPerBatch` events. Lazily: a conversation's state and events are
 * taken when its batch is written, so the two belong together whatever was committed since the checkpoint began.
 */
function* batches(dirty) {
    let batch = [];
    let events = 0;
    for (const resident of [...dirty]) {
        batch.push({ resident, events: resident.unarchived.slice() });
        events += resident.unarchived.length;
        if (events < eventsPerBatch)
            continue;
        yield batch;
        batch = [];
        events = 0;
    }
    if (batch.length > 0)
        yield batch;
}
function stateOf(resident) {
    if (resident.state === null)
        throw new Error(`conversation ${resident.id} has events and no state`);
    return resident.state;
}
//# sourceMappingURL=checkpointer.js.map