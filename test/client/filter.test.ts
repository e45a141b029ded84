import { expect, it } from 'vitest';
import { card, message, room, scripted } from './scripted.ts';
import { settle } from './virtual-clock.ts';

it('[LIST-4] a filter that is set while the first page is on its way is loaded behind it', async () => {
  const { parley, socket } = await scripted();
  socket().welcome();
  await settle();
  const filtered = parley.sidebar.filterBy('bob');
  const shown = card(room('A'), [message(1, 'bob')]);
  socket().list([shown]);
  await settle();
  expect(socket().last('list').with).toBe('bob');
  socket().list([shown]);
  await filtered;
  await settle();
  const { conversations, loading, filter } = parley.sidebar.getSnapshot();
  expect(conversations.map(({ id }) => id)).toEqual([room('A')]);
  expect(loading).toBe(false);
  expect(filter?.id).toBe('bob');
});
