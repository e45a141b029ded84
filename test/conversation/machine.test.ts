import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command, CommandType, Facts, Start } from '../../src/conversation/commands.ts';
import {
  type ConversationMachine,
  conversationMachine,
  conversationOf,
  createConversationActor,
  dispatch,
  RulesBroken,
} from '../../src/conversation/machine.ts';
import type { ConversationState } from '../../src/conversation/state.ts';
import { isBlank, isLongerThan } from '../../src/conversation/text.ts';

const facts: Facts = { inactive: new Set(), viewsRecord: false };
const from = { by: 'a', now: 1, facts };
const start: Start = {
  ...from,
  type: 'start',
  conversation: 'c',
  text: 'hi',
  people: ['b'],
  about: null,
  private: false,
};
const commands: Record<CommandType, Command> = {
  start,
  reply: { ...from, type: 'reply', text: 'x' },
  read: { ...from, type: 'read', upTo: 1 },
  invite: { ...from, type: 'invite', people: ['z'] },
  leave: { ...from, type: 'leave' },
  delete: { ...from, type: 'delete', upTo: 1 },
};

function started(...people: readonly string[]): ConversationState {
  const actor = createConversationActor(null);
  dispatch(actor, { ...start, people });
  return conversationOf(actor) as ConversationState;
}

const states = { absent: null, 'open.pair': started('b'), 'open.group': started('b', 'c') };

describe('a conversation’s machine', () => {
  for (const [name, state] of Object.entries(states)) {
    it.each(['a', 'b', 'stranger'])(
      `[CMD-2] in ${name} answers every command of %s, by events or by one refusal`,
      (by) => {
        for (const command of Object.values(commands)) {
          if (command.type === 'start' && state !== null) continue;
          const actor = createConversationActor(state);
          const outcome = dispatch(actor, { ...command, by });
          const answered = 'refusal' in outcome ? outcome.refusal.name : outcome.events[0]?.type;
          expect(answered, command.type).toBeTypeOf('string');
          expect(conversationOf(actor) === state, command.type).toBe('refusal' in outcome);
        }
      },
    );
  }

  it('keeps neither command nor outcome: an idle actor holds no text', () => {
    const actor = createConversationActor(states['open.pair']);
    dispatch(actor, { ...commands.reply, text: 'a text to be found' } as Command);
    expect(JSON.stringify(actor.getSnapshot())).not.toContain('a text to be found');
  });

  it('is restored from plain state: an actor goes on where another one was', () => {
    const first = createConversationActor(states['open.group']);
    dispatch(first, commands.reply);
    const second = createConversationActor(conversationOf(first));
    expect(dispatch(second, commands.reply)).toMatchObject({ events: [{ v: 3, seq: 3 }] });
    expect(dispatch(first, commands.reply)).toMatchObject({ events: [{ v: 3, seq: 3 }] });
  });
});

describe('rules that throw', () => {
  const uncaught: unknown[] = [];
  const note = (error: unknown) => uncaught.push(error);
  beforeEach(() => {
    process.on('uncaughtException', note);
  });
  afterEach(() => {
    process.off('uncaughtException', note);
  });

  it('are told to whoever asked, once and for every later command, and to nobody else', async () => {
    const guards = {
      'REPLY-1 text-blank': () => {
        throw new Error('a bug');
      },
    } as Parameters<ConversationMachine['provide']>[0]['guards'];
    const broken = conversationMachine.provide({ guards } as Parameters<ConversationMachine['provide']>[0]);
    const actor = createConversationActor(states['open.pair'], broken);
    expect(() => dispatch(actor, commands.reply)).toThrow(RulesBroken);
    expect(() => dispatch(actor, commands.read)).toThrow(RulesBroken);
    // What XState reports by itself it reports in a later turn.
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(uncaught).toEqual([]);
    expect(dispatch(createConversationActor(states['open.pair']), commands.reply)).toHaveProperty('events');
  });

  it('[CMD-2] are no acceptance where they change nothing and refuse nothing', () => {
    const actions = { apply: () => {} } as unknown as Parameters<ConversationMachine['provide']>[0]['actions'];
    const idle = conversationMachine.provide({ actions } as Parameters<ConversationMachine['provide']>[0]);
    expect(() => dispatch(createConversationActor(states['open.pair'], idle), commands.reply)).toThrow(RulesBroken);
  });
});

describe('[REPLY-1] texts', () => {
  it.each(['', ' ', '\n\t', '\u200b', '\u00a0\u3000', '\u0000', '\u202e', '\u3164', '\u2800', '\ufe0f', '\u{e0001}'])(
    '%j is blank',
    (text) => expect(isBlank(text)).toBe(true),
  );

  it.each(['.', ' a ', '0', '\u202eb', '👍', '\ud800', '\u0301', '한'])('%j is not', (text) => {
    expect(isBlank(text)).toBe(false);
  });

  it.each(['abcd', 'éé', '€a', '😀', '\ud800a'])('%j is of four bytes', (text) => {
    expect(isLongerThan(text, 3)).toBe(true);
    expect(isLongerThan(text, 4)).toBe(false);
  });
});
