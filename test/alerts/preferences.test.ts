import { expect, it } from 'vitest';
import { Preferences } from '../../src/alerts/preferences.ts';
import type { AlertPreferences, JournalEntry } from '../../src/journal/entry.ts';

const quiet: AlertPreferences = {
  email: { conversations: false, messages: false },
  popup: { conversations: false, messages: false },
};
const entry: JournalEntry = {
  position: 1,
  at: 1,
  conversation: null,
  events: [],
  preferences: { person: 'ann', boxes: quiet },
  command: null,
};

it('[ALERT-1] boxes that a start has replayed hold for who signs in before the next checkpoint, also behind it', async () => {
  const archived = new Map<string, AlertPreferences>();
  const preferences = new Preferences({ preferences: async (person) => archived.get(person) ?? null });
  preferences.committed(entry);
  preferences.keep('ann');
  expect(await preferences.of('ann')).toEqual(quiet);
  const { rows, taken } = preferences.toArchive();
  for (const { person, boxes } of rows) archived.set(person, boxes);
  taken();
  expect(preferences.wantsPopup('ann', 'conversation')).toBe(false);
  expect(preferences.wantsPopup('ann', 'message')).toBe(false);
});
