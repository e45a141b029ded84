/**
 * What the demo's people have said to each other, as commands of their own. The ids of the commands are fixed, so that
 * doing it again does nothing (CMD-1): a step's id is its place, and a conversation is known by its start command.
 */
import type { RecordRef } from '../../conversation/commands.ts';

interface By {
  readonly by: string;
  readonly id: string;
}
export type DemoStep =
  | (By & {
      readonly do: 'start';
      readonly people: readonly string[];
      readonly text: string;
      readonly about: RecordRef | null;
      readonly private: boolean;
    })
  | (By & { readonly do: 'reply'; readonly in: Start; readonly text: string })
  | (By & { readonly do: 'invite'; readonly in: Start; readonly people: readonly string[] })
  | (By & { readonly do: 'leave'; readonly in: Start })
  /** Up to and including this seq. */
  | (By & { readonly do: 'read'; readonly in: Start; readonly upTo: number });
/** The start command of a conversation: who and which id. */
export interface Start {
  readonly by: string;
  readonly id: string;
}

class Script {
  readonly steps: DemoStep[] = [];

  start(by: string, people: string[], text: string, about: RecordRef | null = null, isPrivate = false): Talk {
    const id = this.nextId();
    this.steps.push({ do: 'start', by, id, people, text, about, private: isPrivate });
    return new Talk(this, { by, id });
  }

  nextId(): string {
    return `demo-1-${this.steps.length + 1}`;
  }
}

class Talk {
  readonly #script: Script;
  readonly #in: Start;

  constructor(script: Script, start: Start) {
    this.#script = script;
    this.#in = start;
  }

  #add(by: string, step: { do: 'reply'; text: string } | { do: 'invite'; people: string[] } | { do: 'leave' }): this;
  #add(by: string, step: { do: 'read'; upTo: number }): this;
  #add(by: string, step: object): this {
    this.#script.steps.push({ ...step, by, id: this.#script.nextId(), in: this.#in } as DemoStep);
    return this;
  }
  reply(by: string, text: string): this {
    return this.#add(by, { do: 'reply', text });
  }
  invite(by: string, ...people: string[]): this {
    return this.#add(by, { do: 'invite', people });
  }
  leave(by: string): this {
    return this.#add(by, { do: 'leave' });
  }
  read(by: string, upTo: number): this {
    return this.#add(by, { do: 'read', upTo });
  }
}

export const demoScript: readonly DemoStep[] = (() => {
  const script = new Script();
  const contact = { kind: 'contact', id: 'c-1001' } as const;
  const company = { kind: 'company', id: 'co-2001' } as const;
  const household = { kind: 'household', id: 'h-3001' } as const;
  const opportunity = { kind: 'opportunity', id: 'o-4001' } as const;

  script
    .start('anna', ['ben', 'chiara'], 'Maria Keller called: she would like to move our meeting to Thursday.', contact)
    .reply('ben', 'Thursday is fine with me, after ten.')
    .reply('chiara', 'With me too. I will book the room.')
    .reply('anna', 'Thank you both. I have told her half past ten.')
    .read('ben', 4);

  // One who left: Grace's copy ends with her leaving (LEAVE-4).
  script
    .start(
      'ben',
      ['david', 'grace', 'anna'],
      'Keller Instruments has a new head of purchasing. Who knows him?',
      company,
    )
    .reply('david', 'I met him in Basel last spring.')
    .reply('grace', 'I do not, and my accounts are others now. Good luck!')
    .leave('grace')
    .reply('ben', 'David, could you introduce us?')
    .invite('david', 'hiro')
    .reply('david', 'Gladly. Hiro was there too, so I have invited him.')
    .reply('hiro', 'Hello! I still have his card.');

  script
    .start('ines', ['anna', 'ben', 'jonas'], 'They ask for an offer on forty microscopes. Forty!', opportunity)
    .reply('jonas', 'Congratulations. Which model?')
    .reply('ines', 'The M3, with the camera. Delivery in two lots.')
    .reply('anna', 'The second lot may not come before March.')
    .reply('ines', 'I asked: March is fine.')
    .reply('ben', 'Do we give them the price of last year?')
    .reply('ines', 'Last year’s, less two per cent for the quantity.')
    .reply('jonas', 'The draft of the offer is in the folder.')
    .read('anna', 7)
    .read('ines', 8);

  script
    .start('ines', ['jonas'], 'Between us: how low could we go, if they press?', opportunity, true)
    .reply('jonas', 'Four per cent. Not below, and not in writing.');

  // Elena joins late: what came before is not in her copy (INVITE-2).
  script
    .start(
      'anna',
      ['chiara'],
      'The Kellers are buying the house by the lake and ask for a joint account.',
      household,
      true,
    )
    .reply('chiara', 'I can see them on Monday. Shall we bring Elena in for the papers?')
    .reply('anna', 'Yes, please do.')
    .invite('chiara', 'elena')
    .reply('elena', 'Here I am. I will prepare the forms.')
    .read('anna', 5);

  // Last, because it is by this conversation that the seed is known to be complete.
  script.start('farid', ['elena', 'hiro', 'jonas'], 'Who comes along for lunch today? The soup is said to be good.');
  return script.steps;
})();
