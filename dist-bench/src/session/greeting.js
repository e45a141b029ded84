import { nameOf, peopleOf } from '../views/card.js';
import { missedSince, recordKey } from '../views/missed.js';
/** The session is among the audience already, its pushes held: what happens while this is made follows it. */
export async function greet(house, subscription, resume, expiresAt) {
    const { person } = subscription;
    const at = house.host.positions();
    const directory = house.directory.version;
    const [sidebar] = await Promise.all([house.sidebars.of(person), house.preferences.of(person)]);
    const missed = resume === null ? null : await catchUp(house, person, resume, directory);
    const { badge } = sidebar;
    subscription.badge = badge;
    const welcome = {
        t: 'welcome',
        person: nameOf(person, house.directory.person(person)),
        epoch: house.epoch,
        at,
        directory,
        resumed: missed !== null,
        badge,
        expiresAt,
        heartbeatMs: house.limits.heartbeatMs,
        textMaxBytes: house.limits.textMaxBytes,
    };
    return missed === null ? [welcome] : [welcome, ...missed, { t: 'live', at, directory, badge }];
}
/** Null: the client's place cannot be found or is too far back. */
async function catchUp(house, person, resume, version) {
    const { host, directory, limits } = house;
    const now = host.positions();
    const known = resume.epoch === house.epoch &&
        resume.at.length === now.length &&
        resume.at.every((position, index) => position <= now[index]) &&
        resume.directory <= version;
    const news = known ? directory.changedSince(resume.directory) : null;
    if (news === null || news.people.length > limits.resumeConversationsMax)
        return null;
    const records = new Set(news.records.map(recordKey));
    const since = { at: resume.at, records };
    const missed = await missedSince(house.sidebars, host, directory, limits, house.partitionOf, person, since);
    if (missed === null)
        return null;
    return [
        ...news.people.map((changed) => ({
            t: 'person',
            directory: version,
            person: nameOf(changed.id, changed),
        })),
        ...missed.gone.map((conversation) => ({ t: 'gone', conversation })),
        ...missed.cards.map((card) => ({ t: 'card', card, people: peopleOf(directory, [card]) })),
    ];
}
//# sourceMappingURL=greeting.js.map