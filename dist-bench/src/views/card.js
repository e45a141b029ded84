import { copyRanges, isParticipant, listOrder, participants, participantsShown, standingOf, tabOrder, tabRanges, unreadOf, } from '../conversation/visibility.js';
import { hasVisibleBefore } from './entries.js';
/** SEE-4, for this reader at this moment. A record that is no more is restricted for everyone. */
export function aboutView(directory, state, reader) {
    if (state.about === null)
        return null;
    const { kind, id } = state.about;
    const record = directory.record(kind, id);
    if (record === undefined || !directory.maySeeName(reader, kind, id))
        return { kind, restricted: true };
    return { kind, id, name: record.name, restricted: false };
}
/** A card of the reader's copy. `entries` are all that is visible from `from` on. */
export function copyCard(directory, state, reader, entries, from = entries[0]?.seq ?? state.head + 1) {
    const ranges = copyRanges(state, reader);
    return {
        ...common(directory, state, reader, ranges, entries, from),
        participants: participantsShown(state, reader),
        standing: isParticipant(state, reader) ? 'participant' : 'left',
        order: listOrder(state, reader) ?? 0,
        readUpTo: state.members.get(reader)?.readUpTo ?? 0,
        unread: unreadOf(state, reader),
    };
}
/** A card of a record's tab. For someone whom the tab does not show the conversation, the caller must not ask. */
export function tabCard(directory, state, reader, entries) {
    const from = entries[0]?.seq ?? state.head + 1;
    return {
        ...common(directory, state, reader, tabRanges(state, reader), entries, from),
        participants: participants(state),
        standing: tabStanding(standingOf(state, reader)),
        order: tabOrder(state, reader),
        readUpTo: state.members.get(reader)?.readUpTo ?? 0,
        unread: unreadOf(state, reader),
    };
}
function tabStanding(standing) {
    return standing === 'participant' || standing === 'deleted' ? standing : 'viewer';
}
function common(directory, state, reader, ranges, entries, from) {
    return {
        conversation: state.id,
        starter: state.starter,
        about: aboutView(directory, state, reader),
        private: state.private,
        visible: ranges.map(({ from: first, to }) => [first, to]),
        from,
        entries,
        more: hasVisibleBefore(ranges, from),
    };
}
/** The names of everyone these cards mention; someone the directory does not know is named by their id. */
export function peopleOf(directory, cards) {
    const ids = new Set();
    for (const card of cards) {
        ids.add(card.starter);
        for (const id of card.participants)
            ids.add(id);
        addPeopleIn(ids, card.entries);
    }
    return namesOf(directory, ids);
}
export function peopleIn(directory, entries) {
    const ids = new Set();
    addPeopleIn(ids, entries);
    return namesOf(directory, ids);
}
function addPeopleIn(ids, entries) {
    for (const entry of entries) {
        ids.add(entry.by);
        if (entry.kind === 'joined')
            ids.add(entry.who);
    }
}
export function namesOf(directory, ids) {
    return [...ids].map((id) => nameOf(id, directory.person(id)));
}
export function nameOf(id, person) {
    return { id, first: person?.first ?? '', last: person?.last ?? id, active: person?.active ?? false };
}
//# sourceMappingURL=card.js.map