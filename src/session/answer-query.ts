/** The questions of the protocol. A string is the name of the error that answers. */
import { fold, foldPrefix } from '../directory/fold.ts';
import type { ErrorName } from '../wire/errors.ts';
import type { ClientFrame, CommandFrame, Results } from '../wire/frames.ts';
import type { House } from './house.ts';
import type { Subscription } from './subscription.ts';

export type QueryFrame = Exclude<ClientFrame, CommandFrame | { t: 'hello' } | { t: 'ping' } | { t: 'renew' }>;
type Answer = Results[QueryFrame['t']] | ErrorName;

export async function answerQuery(house: House, subscription: Subscription, frame: QueryFrame): Promise<Answer> {
  const { queries, limits } = house;
  const { person } = subscription;
  switch (frame.t) {
    case 'list': {
      const at = house.host.positions();
      const page = await queries.list(person, frame.limit, frame.before ?? null, frame.with ?? null);
      return { ...page, badge: (await house.sidebars.of(person)).badge, at };
    }
    case 'get':
      return (await queries.get(person, frame.conversation)) ?? 'not-found';
    case 'history': {
      const { conversation, before, limit } = frame;
      return (await queries.history(person, conversation, before, limit, frame.tab ?? false)) ?? 'not-found';
    }
    case 'openTab': {
      const { kind, id } = frame.record;
      const first = frame.before === undefined;
      const one = house.audience.hasTab(subscription, frame.record) ? 0 : 1;
      if (first && house.audience.tabsOf(subscription) + one > limits.tabsPerSessionMax) return 'too-many-tabs';
      // Subscribed before the page is made: what changes meanwhile is held and follows it.
      if (first) house.audience.openTab(subscription, { kind, id });
      const page = await queries.tab(person, { kind, id }, frame.limit, frame.before ?? null);
      if (page === null) house.audience.closeTab(subscription, { kind, id });
      return page ?? 'not-found';
    }
    case 'closeTab':
      house.audience.closeTab(subscription, frame.record);
      return {};
    case 'people':
      return asPeople(await queries.people(person, frame.last, frame.conversation ?? null));
    case 'correspondents': {
      const beginning = foldPrefix(frame.last);
      return asPeople(await queries.correspondents(person, (last) => fold(last).startsWith(beginning)));
    }
    case 'records':
      return { records: queries.records(person, frame.name, frame.kind ?? null) };
    case 'alerts': {
      const { email, popup } = await house.preferences.of(person);
      return { preferences: { email: { ...email }, popup: { ...popup } } };
    }
  }
}

function asPeople(people: Results['people']['people'] | null): Results['people'] | 'not-found' {
  return people === null ? 'not-found' : { people };
}
