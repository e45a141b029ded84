/** What follows an accepted hello: everything missed since the client's place, or that it has to load afresh (CMD-3). */
import type { Person } from '../directory/entities.ts';
import { readUnlessDamaged } from '../journal/unless-damaged.ts';
import { nameOf, peopleOf } from '../views/card.ts';
import { missedSince, recordKey } from '../views/missed.ts';
import type { Resume, ServerFrame } from '../wire/frames.ts';
import type { House } from './house.ts';
import { isReached } from './reached.ts';
import type { Subscription } from './subscription.ts';

/** Names no history. */
const noEpoch = '';

/** The session is among the audience already, its pushes held: what happens while this is made follows it. */
export async function greet(
  house: House,
  subscription: Subscription,
  resume: Resume | null,
  expiresAt: number,
): Promise<ServerFrame[]> {
  const { person } = subscription;
  const at = house.host.positions();
  const directory = house.directory.version;
  const [sidebar] = await Promise.all([house.sidebars.of(person), house.preferences.fetch(person)]);
  const { unavailable } = sidebar;
  const missed = resume === null || unavailable > 0 ? null : await catchUp(house, person, resume, directory);
  const { badge } = sidebar;
  subscription.badge = badge;
  const welcome: ServerFrame = {
    t: 'welcome',
    person: nameOf(person, house.directory.person(person)),
    // A list that lacks something is no place to resume from: once it is whole again, it is loaded afresh.
    epoch: unavailable > 0 ? noEpoch : house.epoch,
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

/** Null: the client's place cannot be found or is too far back, or what came since is damaged. */
async function catchUp(house: House, person: string, resume: Resume, version: number): Promise<ServerFrame[] | null> {
  const { host, directory, limits } = house;
  const known = resume.epoch === house.epoch && isReached(resume.at, host.positions()) && resume.directory <= version;
  const news = known ? directory.changedSince(resume.directory) : null;
  if (news === null || news.people.length > limits.resumeConversationsMax) return null;
  const records = new Set(news.records.map(recordKey));
  const since = { at: resume.at, records };
  const port = { sidebars: house.sidebars, reader: host, directory, limits, partitionOf: house.partitionOf };
  const missed = await readUnlessDamaged(
    () => missedSince(port, person, since),
    ({ message }) => {
      house.log.error({ person, damage: message }, 'what a person missed is damaged; they load afresh');
      return null;
    },
  );
  if (missed === null) return null;
  return [
    ...news.people.map(
      (changed: Person): ServerFrame => ({
        t: 'person',
        directory: version,
        person: nameOf(changed.id, changed),
      }),
    ),
    ...missed.erased.map(({ conversation, seqs }): ServerFrame => ({ t: 'erased', conversation, seqs })),
    ...missed.gone.map((conversation): ServerFrame => ({ t: 'gone', conversation })),
    ...missed.cards.map((card): ServerFrame => ({ t: 'card', card, people: peopleOf(directory, [card]) })),
  ];
}
