/** The views: the list of a person in ten thousand conversations as a message comes, and the card of one of them. */
import { createDirectory } from '../../src/directory/create-directory.ts';
import { memoryDirectoryStore } from '../../src/directory/directory-store-memory.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { copyCard, peopleOf } from '../../src/views/card.ts';
import { entriesOf } from '../../src/views/entries.ts';
import { Sidebar } from '../../src/views/sidebar.ts';
import type { Micro } from './measure.ts';
import { repeat, startedBy, stateOf } from './subjects.ts';

const conversations = 10_000;
const page = 20;

export async function views(): Promise<Micro[]> {
  const directory = await createDirectory(memoryDirectoryStore(), systemClock());
  const people = ['p-1', 'p-2', 'p-3'].map((id) => ({ id, first: 'Ada', last: id, email: null, active: true }));
  await directory.put({ people });
  const events = Array.from({ length: conversations }, (_, number) =>
    startedBy('p-1', String(number).padStart(22, '0'), 1_795_000_000_000_000 + number),
  );
  const states = events.map(stateOf);
  const sidebar = new Sidebar('p-2');
  for (const [number, state] of states.entries()) sidebar.update(state, number + 1);
  const [event, state] = [events[0], states[0]];
  if (event === undefined || state === undefined) throw new RangeError('no conversation');
  let position = conversations;
  const news = (): unknown => {
    position += 1;
    const moved = { ...state, lastMessage: { seq: 1, at: 1_795_000_000_000_000 + position } };
    sidebar.update(moved, position);
    let seen = 0;
    for (const row of sidebar.after(null)) if (row.order !== null && ++seen === page) break;
    return seen;
  };
  const orders = states.map((_, number) => (number * 7_919) % conversations);
  const entries = entriesOf([{ position: 1, event }]);
  const card = (): unknown => {
    const made = copyCard(directory, state, 'p-2', entries);
    return [made, peopleOf(directory, [made])];
  };
  const shape = card();
  return [
    {
      room: 'views',
      name: 'a message to a list of 10,000, and its first page',
      run: repeat(news),
      reference: '10,000 numbers copied and sorted',
      referenceRun: repeat(() => [...orders].sort((a, b) => a - b)),
      budget: 1,
    },
    {
      room: 'views',
      name: 'a card with its names',
      run: repeat(card),
      reference: 'structuredClone of it',
      referenceRun: repeat(() => structuredClone(shape)),
      budget: 2,
    },
  ];
}
