/** One of the clients of a server that is under fire: it goes on as a person would, and notes what it is told. */
import { connect, type Parley, ParleyError } from '../../src/client/node.ts';
import type { Acknowledged, Copy, SeenEntry } from './outside-checker.ts';

export interface BusyClientOptions {
  readonly url: string;
  readonly person: string;
  readonly others: readonly string[];
  readonly token: () => Promise<string>;
  /** 0 ≤ x < 1, seeded. */
  readonly random: () => number;
}

export class BusyClient {
  readonly parley: Parley;
  readonly person: string;
  readonly acknowledged: Acknowledged[] = [];
  /** Refusals by a rule: answers too, and nothing that has to be found in the store. */
  refused = 0;
  /** Connections that were welcomed. */
  onlines = 0;
  /** Entries as they were told live, by conversation. */
  readonly told = new Map<string, number[]>();
  readonly #options: BusyClientOptions;
  #running: Promise<void> | null = null;
  #stopping = false;
  #count = 0;

  constructor(options: BusyClientOptions) {
    this.#options = options;
    this.person = options.person;
    this.parley = connect({
      url: options.url,
      getToken: options.token,
      // Full jitter of at most an eighth: a test waits for them.
      random: () => options.random() / 8,
      pageSize: 50,
      historyPageSize: 200,
    });
    this.parley.on('state', (state) => {
      if (state === 'online') this.onlines += 1;
    });
    this.parley.on('entries', ({ conversation, entries }) => {
      const seqs = this.told.get(conversation) ?? [];
      this.told.set(conversation, [...seqs, ...entries.map(({ seq }) => seq)]);
    });
  }

  run(): void {
    this.#running = this.#work();
    // Whoever stops it hears of a failure.
    this.#running.catch(() => undefined);
  }

  /** Resolves when what is under way has been answered. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async start(people: readonly string[]): Promise<string> {
    const text = this.#text();
    const { conversation, seq, at } = await this.parley.start({ text, people });
    this.acknowledged.push({ person: this.person, conversation, did: 'start', text, seq, at });
    return conversation;
  }

  async #work(): Promise<void> {
    while (!this.#stopping) {
      await new Promise((resolve) => setTimeout(resolve, this.#options.random() * 30));
      try {
        await this.#something();
      } catch (error) {
        // A rule may refuse: somebody left or was invited meanwhile. Anything else is a fault of client or server.
        if (!(error instanceof ParleyError) || (error.rule === undefined && error.name !== 'not-loaded')) throw error;
        this.refused += 1;
      }
    }
  }

  async #something(): Promise<void> {
    const { random, others } = this.#options;
    const { conversations } = this.parley.sidebar.getSnapshot();
    const chance = random();
    const mine = conversations[Math.floor(random() * conversations.length)];
    if (chance < 0.04 || mine === undefined) {
      await this.start(others.filter((_, at) => at === 0 || random() < 0.2));
      return;
    }
    const { person } = this;
    const conversation = mine.id;
    if (chance < 0.16) {
      const { readUpTo } = await this.parley.read(conversation);
      this.acknowledged.push({ person, conversation, did: 'read', readUpTo });
    } else if (chance < 0.22) {
      const who = others[Math.floor(random() * others.length)] as string;
      const { seqs } = await this.parley.invite(conversation, [who]);
      this.acknowledged.push({ person, conversation, did: 'invite', who, seq: seqs[0] as number });
    } else if (chance < 0.26) {
      const { seq } = await this.parley.leave(conversation);
      this.acknowledged.push({ person, conversation, did: 'leave', seq });
    } else {
      const text = this.#text();
      const { seq, at } = await this.parley.reply(conversation, text);
      this.acknowledged.push({ person, conversation, did: 'reply', text, seq, at });
    }
  }

  #text(): string {
    this.#count += 1;
    return `${this.person} ${this.#count}`;
  }

  /** The whole list and every entry of it, as this client shows it. */
  async copies(): Promise<Copy[]> {
    const { sidebar } = this.parley;
    while (sidebar.getSnapshot().more) await sidebar.loadOlder();
    for (const { id } of sidebar.getSnapshot().conversations) {
      const conversation = this.parley.conversation(id);
      while (conversation.getSnapshot()?.more) await conversation.more();
    }
    return sidebar.getSnapshot().conversations.map(({ id, order, unread, entries }) => ({
      conversation: id,
      order,
      unread,
      entries: entries.map(({ kind, seq, by, ...rest }): SeenEntry => {
        const what = 'text' in rest ? rest.text : 'who' in rest ? (rest.who as { id: string }).id : '';
        return { kind, seq, by: by.id, what };
      }),
    }));
  }
}
