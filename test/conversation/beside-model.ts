/** The machine and the model side by side: one history, compared after every step in everything a person can see. */
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import type { Command, Facts, RecordRef } from '../../src/conversation/commands.ts';
import type { ConversationEvent } from '../../src/conversation/events.ts';
import {
  type ConversationActor,
  type ConversationMachine,
  conversationMachine,
  conversationOf,
  createConversationActor,
  dispatch,
} from '../../src/conversation/machine.ts';
import type { ConversationState } from '../../src/conversation/state.ts';
import {
  copyRanges,
  isVisible,
  listOrder,
  participantsShown,
  type Range,
  showsPerson,
  standingOf,
  tabOrder,
  tabRanges,
  unreadOf,
} from '../../src/conversation/visibility.ts';
import { beginning, type History, peopleOf, resolve } from '../model/history.ts';
import * as model from '../model/model.ts';

interface Conversation {
  readonly actor: ConversationActor;
  readonly events: ConversationEvent[];
}

function toRecordRef(rec: model.Rec): RecordRef {
  const [kind, id] = rec.split(':') as [RecordRef['kind'], string];
  return { kind, id };
}

/** What the host would find out before it asks. */
function factsFor(log: model.Log, ask: model.Ask): Facts {
  const about = ask.verb === 'start' ? ask.about : (model.startOf(log, ask.talk)?.about ?? null);
  const named = 'people' in ask ? ask.people : [];
  const inside = model.participantsOf(log, ask.talk);
  return {
    inactive: new Set([ask.who, ...named, ...inside].filter((who) => !model.isActive(log, who))),
    viewsRecord: about !== null && model.mayView(log, ask.who, about),
  };
}

function toCommand(ask: model.Ask, now: number, facts: Facts): Command {
  const from = { by: ask.who, now, facts };
  switch (ask.verb) {
    case 'start':
      return {
        ...from,
        type: 'start',
        conversation: ask.talk,
        text: ask.text,
        people: ask.people,
        about: ask.about === null ? null : toRecordRef(ask.about),
        private: ask.secret,
      };
    case 'reply':
      return { ...from, type: 'reply', text: ask.text };
    case 'read':
      return { ...from, type: 'read', upTo: ask.upTo };
    case 'invite':
      return { ...from, type: 'invite', people: ask.people };
    case 'leave':
      return { ...from, type: 'leave' };
    case 'delete':
      return { ...from, type: 'delete', upTo: ask.upTo };
  }
}

function toLines(events: readonly ConversationEvent[], ranges: readonly Range[]): model.Line[] {
  const lines: model.Line[] = [];
  for (const event of events) {
    if (!('seq' in event) || !isVisible(ranges, event.seq)) continue;
    const { seq, at, by: who } = event;
    if (event.type === 'joined') lines.push({ seq, at, kind: 'came', who, guest: event.who });
    else if (event.type === 'left') lines.push({ seq, at, kind: 'went', who });
    else lines.push({ seq, at, kind: 'message', who, text: event.text });
  }
  return lines;
}

/** Runs a history on a machine and throws at the first difference from the model. Returns the answers that came. */
export function runBesideModel(history: History, machine: ConversationMachine = conversationMachine): Set<string> {
  const people = peopleOf(history);
  const log: model.Happening[] = beginning(people);
  const conversations = new Map<model.Talk, Conversation>();
  const answers = new Set<string>();
  history.steps.forEach((step, index) => {
    const nth = index + 1;
    const action = resolve(log, people, step, nth, `talk${nth}`);
    if (action.kind === 'ask') {
      const { ask, refusal } = action;
      const answer = perform(conversations, machine, log, ask, 1_000 * nth);
      if (answer !== refusal) expect(answer, `step ${nth}: ${JSON.stringify(ask).slice(0, 200)}`).toBe(refusal);
      answers.add(refusal ?? `${ask.verb} done`);
    }
    if ('happens' in action) log.push(...action.happens);
    // A state cannot change by itself: whole conversations are compared when asked something, and all now and then.
    const about = action.kind === 'ask' && nth % 8 !== 0 ? [action.ask.talk] : [...conversations.keys()];
    compare(conversations, log, people, nth, about);
  });
  return answers;
}

function perform(
  conversations: Map<model.Talk, Conversation>,
  machine: ConversationMachine,
  log: model.Log,
  ask: model.Ask,
  now: number,
): string | null {
  const known = conversations.get(ask.talk);
  const conversation = known ?? { actor: createConversationActor(null, machine), events: [] };
  const before = conversationOf(conversation.actor);
  const outcome = dispatch(conversation.actor, toCommand(ask, now, factsFor(log, ask)));
  if ('refusal' in outcome) {
    if (conversationOf(conversation.actor) !== before) throw new Error('a refusal changed the state');
    return outcome.refusal.name;
  }
  conversation.events.push(...outcome.events);
  conversations.set(ask.talk, conversation);
  return null;
}

/** Everything the state says, and everything the model says, about every person. */
function compare(
  conversations: ReadonlyMap<model.Talk, Conversation>,
  log: model.Log,
  people: readonly model.Who[],
  nth: number,
  about: readonly model.Talk[],
): void {
  // One filter a step, another one each time: all of them together would take most of the time.
  const other = people[nth % people.length] as model.Who;
  const fromState = people.map((who) => seenByState(conversations, log, other, who, about));
  const fromModel = people.map((who) => seenByModel(log, other, who, about));
  // Much faster than `toEqual`, which is asked only to say where they differ.
  if (!isDeepStrictEqual(fromState, fromModel)) expect(fromState, `after step ${nth}`).toStrictEqual(fromModel);
}

function stateOf(conversation: Conversation): ConversationState {
  return conversationOf(conversation.actor) as ConversationState;
}

function seenByState(
  conversations: ReadonlyMap<model.Talk, Conversation>,
  log: model.Log,
  other: model.Who,
  who: model.Who,
  about: readonly model.Talk[],
) {
  const all = [...conversations].map(([talk, conversation]) => ({
    talk,
    ...conversation,
    state: stateOf(conversation),
  }));
  const listed = all.filter(({ state }) => listOrder(state, who) !== null);
  const orders = (talks: typeof all) =>
    talks
      .map(({ talk, state }) => ({ talk, order: listOrder(state, who) as number, unread: unreadOf(state, who) }))
      .sort((a, b) => b.order - a.order);
  return {
    who,
    sidebar: orders(listed),
    filtered: orders(listed.filter(({ state }) => showsPerson(state, who, other))),
    badge: all.filter(({ state }) => unreadOf(state, who) > 0).length,
    talks: all
      .filter(({ talk }) => about.includes(talk))
      .map(({ talk, state, events }) => {
        const record = model.startOf(log, talk)?.about ?? null;
        const tab = record === null || !model.mayView(log, who, record) ? [] : tabRanges(state, who);
        return {
          talk,
          standing: standingOf(state, who),
          copy: toLines(events, copyRanges(state, who)),
          names: state.members.has(who) ? participantsShown(state, who).sort() : [],
          tab: tab.length === 0 ? null : { order: tabOrder(state, who), lines: toLines(events, tab) },
        };
      }),
  };
}

function seenByModel(
  log: model.Log,
  other: model.Who,
  who: model.Who,
  about: readonly model.Talk[],
): ReturnType<typeof seenByState> {
  return {
    who,
    sidebar: model.sidebarOf(log, who) as model.Listed[],
    filtered: model.sidebarOf(log, who, other),
    badge: model.badgeOf(log, who),
    talks: model
      .talksOf(log)
      .filter((talk) => about.includes(talk))
      .map((talk) => {
        const mine = model.holdingOf(log, talk, who);
        const lines = model.tabLines(log, talk, who);
        return {
          talk,
          standing: model.standsOf(log, talk, who),
          copy: mine.listed ? mine.copy : [],
          names: mine.ever ? [...model.namesShown(log, talk, who)].sort() : [],
          tab: lines === null ? null : { order: model.orderOf(lines, mine), lines },
        };
      }),
  };
}
