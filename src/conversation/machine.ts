/**
 * A conversation's rules as one machine: commands in, events or one refusal out. Read it top to bottom: each command
 * lists in order what refuses it, by the rule's number, and ends in what accepts it. Pure: time and facts come with the
 * command, no transition waits for anything. `docs/conversation-machine.md` is drawn from it.
 */
import { type ActorRefFrom, assign, createActor, emit, setup } from 'xstate';
import { applyAll } from './apply.ts';
import type { Command } from './commands.ts';
import { decide, MisplacedCommand } from './decide.ts';
import type { ConversationEvent } from './events.ts';
import { type Refusal, type RefusalName, refuse } from './refusals.ts';
import { type GuardName, guards } from './rules.ts';
import type { ConversationState } from './state.ts';

/** What a command came to: at least one event, all applied; or one refusal, and nothing changed. */
export type Outcome = { readonly events: readonly ConversationEvent[] } | { readonly refusal: Refusal };

/** The machine emits a refusal and does not keep it. */
type Emitted = { readonly type: 'refused'; readonly refusal: Refusal };

export interface ConversationContext {
  /** Null until it is started. */
  readonly conversation: ConversationState | null;
}

type Ask = (question: { context: ConversationContext; event: Command }) => boolean;
type Predicate = (conversation: ConversationState | null, command: Command) => boolean;

/** Each guard stands only where its command comes and, but for a start's, only where there is a conversation. */
function asGuards(predicates: typeof guards): Record<GuardName, Ask> {
  const asked = Object.entries(predicates).map(([name, predicate]) => {
    const holds = predicate as Predicate;
    const ask: Ask = ({ context, event }) => holds(context.conversation, event);
    return [name, ask] as const;
  });
  return Object.fromEntries(asked) as Record<GuardName, Ask>;
}

const builder = setup({
  types: {
    context: {} as ConversationContext,
    events: {} as Command,
    emitted: {} as Emitted,
  },
  guards: {
    ...asGuards(guards),
    'two people': ({ event }) => event.type === 'start' && event.people.length === 1,
    'one of three': ({ context }) => context.conversation?.current === 3,
  },
  actions: {
    refuse: emit((_, { name }: { readonly name: RefusalName }) => ({ type: 'refused', refusal: refuse(name) })),
    apply: assign(({ context: { conversation }, event }) => ({
      conversation: applyAll(conversation, decide(conversation, event)),
    })),
    misplaced: ({ event }) => {
      throw new MisplacedCommand(`${event.type} of a conversation that exists`);
    },
  },
});

function refusing<G extends GuardName>(guard: G) {
  return { guard, actions: [because(guard)] } as const;
}
/** Where only the refusal is left: what the guard asks is always so in this state. */
function because(guard: GuardName) {
  return { type: 'refuse', params: { name: guard.slice(guard.indexOf(' ') + 1) as RefusalName } } as const;
}
const accepting = ['apply'] as const;
const known = [refusing('CMD-4 person-deactivated'), refusing('SEE-5 not-found')] as const;
const unknown = [refusing('CMD-4 person-deactivated'), { actions: [because('SEE-5 not-found')] }] as const;

const startRefusals = [
  refusing('CMD-4 person-deactivated'),
  refusing('START-1 start-text-blank'),
  refusing('START-1 start-text-too-long'),
  refusing('START-1 start-people-missing'),
  refusing('START-1 start-people-repeated'),
  refusing('START-1 start-too-many-people'),
  refusing('START-1 start-person-inactive'),
  refusing('START-2 about-not-found'),
] as const;

const inviteRefusals = [
  ...known,
  refusing('LEAVE-4 left-invite'),
  refusing('DELETE-2 deleted-invite'),
  refusing('INVITE-1 invite-not-participant'),
  refusing('INVITE-1 invite-people-missing'),
  refusing('INVITE-1 invite-people-repeated'),
  refusing('INVITE-1 invite-person-inactive'),
  refusing('INVITE-1 invite-already-participant'),
  refusing('INVITE-1 invite-too-many-people'),
] as const;

const leaveRefusals = [...known, refusing('LEAVE-1 leave-not-participant'), refusing('LEAVE-2 leave-starter')] as const;

export const conversationMachine = builder.createMachine({
  id: 'conversation',
  context: { conversation: null },
  initial: 'absent',
  states: {
    absent: {
      on: {
        start: [
          ...startRefusals,
          { guard: 'two people', target: 'open.pair', actions: accepting },
          { target: 'open.group', actions: accepting },
        ],
        reply: unknown,
        read: unknown,
        invite: unknown,
        leave: unknown,
        delete: unknown,
      },
    },
    open: {
      initial: 'pair',
      on: {
        // Ids are derived from the start command, whose memory answers a repetition: a second start is a bug.
        start: { actions: ['misplaced'] },
        reply: [
          ...known,
          refusing('LEAVE-4 left-reply'),
          refusing('DELETE-2 deleted-reply'),
          refusing('REPLY-1 reply-not-participant'),
          refusing('REPLY-1 text-blank'),
          refusing('REPLY-1 text-too-long'),
          { actions: accepting },
        ],
        read: [
          ...known,
          refusing('READ-1 read-not-participant'),
          refusing('LEAVE-4 left-read-beyond'),
          refusing('READ-1 read-beyond-shown'),
          refusing('READ-2 read-nothing-unread'),
          { actions: accepting },
        ],
        delete: [
          ...known,
          refusing('DELETE-1 delete-not-participant'),
          refusing('DELETE-1 delete-no-copy'),
          refusing('DELETE-6 delete-beyond-shown'),
          { actions: accepting },
        ],
      },
      states: {
        // Two current participants, one of them the starter: nobody can leave.
        pair: {
          on: {
            invite: [...inviteRefusals, { target: 'group', actions: accepting }],
            leave: [...leaveRefusals, { actions: [because('LEAVE-3 leave-too-few')] }],
          },
        },
        group: {
          on: {
            invite: [...inviteRefusals, { actions: accepting }],
            leave: [
              ...leaveRefusals,
              refusing('LEAVE-3 leave-too-few'),
              { guard: 'one of three', target: 'pair', actions: accepting },
              { actions: accepting },
            ],
          },
        },
      },
    },
  },
});

export type ConversationMachine = typeof conversationMachine;
export type ConversationActor = ActorRefFrom<ConversationMachine>;

/** The rules threw: a bug. The actor is dead; whoever holds it rebuilds the conversation from what is durable. */
export class RulesBroken extends Error {
  override readonly name = 'RulesBroken';
}

/** `dispatch` tells; without an observer XState would report the error as an uncaught exception as well. */
const told = { error() {} };

/** Of the one command under way: sending is synchronous. */
let refusal: Refusal | null = null;
function note(emitted: Emitted): void {
  refusal = emitted.refusal;
}

/**
 * A started actor in a given state, null = not started yet. Restored from our own plain state: what XState would
 * persist is not kept anywhere.
 */
export function createConversationActor(
  conversation: ConversationState | null,
  machine: ConversationMachine = conversationMachine,
): ConversationActor {
  const value = conversation === null ? 'absent' : ({ open: conversation.current > 2 ? 'group' : 'pair' } as const);
  const snapshot = machine.resolveState({ value, context: { conversation } });
  const actor = createActor(machine, { snapshot });
  actor.subscribe(told);
  actor.on('refused', note);
  return actor.start();
}

/** Gives the actor one command. Throws `RulesBroken` if the rules threw, now or before, or left it without an answer. */
export function dispatch(actor: ConversationActor, command: Command): Outcome {
  assertAlive(actor, command);
  const before = conversationOf(actor);
  refusal = null;
  actor.send(command);
  assertAlive(actor, command);
  if (refusal !== null) return { refusal };
  if (conversationOf(actor) === before) throw new RulesBroken(`the rules left ${command.type} without an answer`);
  // Deciding is pure, so what is told is what was applied; and an idle actor holds no text.
  return { events: decide(before, command) };
}

function assertAlive(actor: ConversationActor, command: Command): void {
  const { status, error } = actor.getSnapshot();
  if (status !== 'active') throw new RulesBroken(`the rules threw, asked for ${command.type}`, { cause: error });
}

/** The state as decided so far, null before the start. */
export function conversationOf(actor: ConversationActor): ConversationState | null {
  return actor.getSnapshot().context.conversation;
}
