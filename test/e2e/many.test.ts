/**
 * Long conversations and long lists: a new message must not cost more the more there is already. `npm run bench:ui` takes
 * 5,000 messages and 10,000 conversations and writes what it measured to bench/results; the tests take fewer, and look
 * only that everything is there. Times are told and never asserted.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describeMachine, type Machine } from '../../bench/machine.ts';
import type { Parley } from '../../src/client/node.ts';
import type { Someone } from '../support/browser.ts';
import { cardsIn, see, sidebarOf } from './eyes.ts';
import { onStage } from './on-stage.ts';

const stage = onStage();
const isBench = process.env.PARLEY_BENCH_UI !== undefined;
const [messages, conversations] = isBench ? [5_000, 10_000] : [200, 120];
const measured = isBench ? 100 : 10;
const authors = 12;
/** What one frame of a screen may take. */
const barMs = 16;
const lines: string[] = [];

interface Sidebar extends HTMLElement {
  readonly parley: Parley;
  client: Parley | null;
}

/** What a new message costs the page's main thread. Another program on its core counts in the first, not in the others. */
const costs = {
  'scripting, wall time': { timeDomain: 'timeTicks', metric: 'ScriptDuration' },
  'scripting, CPU time': { timeDomain: 'threadTicks', metric: 'ScriptDuration' },
  'all of the main thread, CPU time': { timeDomain: 'threadTicks', metric: 'TaskDuration' },
} as const;

/** Milliseconds of each cost, for each time that something is done. */
async function costsOf(page: Page, act: (n: number) => Promise<unknown>): Promise<string[]> {
  const meters = await Promise.all(
    Object.values(costs).map(async ({ timeDomain, metric }) => {
      const session = await page.context().newCDPSession(page);
      await session.send('Performance.enable', { timeDomain });
      return async (): Promise<number> => {
        const { metrics } = await session.send('Performance.getMetrics');
        return 1_000 * (metrics.find(({ name }) => name === metric)?.value ?? Number.NaN);
      };
    }),
  );
  const read = () => Promise.all(meters.map((meter) => meter()));
  const times: number[][] = meters.map(() => []);
  for (let n = 0; n < measured; n += 1) {
    const before = await read();
    await act(n);
    await page.waitForTimeout(isBench ? 400 : 100);
    for (const [i, after] of (await read()).entries()) times[i]?.push(after - (before[i] as number));
  }
  return times.map((all) => {
    const sorted = [...all].sort((a, b) => a - b);
    const at = (share: number): string => (sorted[Math.floor(share * (all.length - 1))] ?? Number.NaN).toFixed(2);
    const most = all.indexOf(sorted.at(-1) as number);
    return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms (message ${most + 1})`;
  });
}

function tell(what: string, times: readonly string[]): void {
  lines.push(`| ${what} | ${times.join(' | ')} |`);
  for (const [i, cost] of Object.keys(costs).entries()) {
    process.stdout.write(`${cost}, a new message, ${what}: ${times[i]}\n`);
  }
}

it(`a new message among ${messages} of one conversation`, async () => {
  const people = await stage().newPeople(authors);
  const [reader, starter] = people as [Someone, Someone];
  const clients = people.map(({ id }) => stage().client(id));
  const others = people.filter((person) => person !== starter).map(({ id }) => id);
  const { conversation } = await (clients[1] as Parley).start({ text: 'Message 1', people: others });
  for (let sent = 1; sent < messages; sent += 200) {
    const wave = Array.from({ length: Math.min(200, messages - sent) }, (_, at) => sent + at + 1);
    await Promise.all(wave.map((n) => (clients[n % authors] as Parley).reply(conversation, `Message ${n}`)));
  }
  const page = await stage().person(reader.id);
  await see(cardsIn(sidebarOf(page)));
  await sidebarOf(page).evaluate(async (sidebar, id) => {
    const store = (sidebar as unknown as Sidebar).parley.conversation(id);
    while (store.getSnapshot()?.more) await store.more();
  }, conversation);
  await see(sidebarOf(page).getByText('Message 1', { exact: true }));
  expect(await sidebarOf(page).locator('[part=message]').count()).toBe(messages);
  const times = await costsOf(page, (n) => (clients[1] as Parley).reply(conversation, `New ${n}`));
  await see(sidebarOf(page).getByText(`New ${measured - 1}`, { exact: true }));
  tell(`${messages} messages in one conversation`, times);
});

it(`a new message among ${conversations} conversations of a list`, async () => {
  const people = await stage().newPeople(authors);
  const reader = people[0] as Someone;
  const starters = people.slice(1).map(({ id }) => stage().client(id));
  for (let made = 0; made < conversations; made += 200) {
    const wave = Array.from({ length: Math.min(200, conversations - made) }, (_, at) => made + at);
    await Promise.all(
      wave.map((n) => (starters[n % starters.length] as Parley).start({ text: `About ${n}`, people: [reader.id] })),
    );
  }
  const page = await stage().person(reader.id);
  await see(
    sidebarOf(page)
      .getByText(/^About /)
      .first(),
  );
  await sidebarOf(page).evaluate(async (element) => {
    const sidebar = element as unknown as Sidebar;
    // Nobody scrolls through hundreds of pages: they are loaded unseen and shown at once.
    const { parley } = sidebar;
    sidebar.client = null;
    while (parley.sidebar.getSnapshot().more) await parley.sidebar.loadOlder();
    sidebar.client = parley;
  });
  // By their element: to tell the role of each of ten thousand takes longer than all the rest.
  const cards = sidebarOf(page).locator('parley-conversation');
  await expect.poll(() => cards.count(), { timeout: 120_000 }).toBe(conversations);
  const [last] = starters.slice(-1) as [Parley];
  const { conversation } = await last.start({ text: 'The one that goes on', people: [reader.id] });
  const times = await costsOf(page, (n) => last.reply(conversation, `New ${n}`));
  await see(cards.first().getByText(`New ${measured - 1}`, { exact: true }));
  tell(`${conversations} conversations in the list`, times);
  if (isBench) keep(describeMachine());
}, 600_000);

function keep({ cpu, cores, memoryGiB, os, node, commit }: Machine): void {
  const day = new Date().toISOString().slice(0, 10);
  const where = `${cpu}, ${cores} cores, ${memoryGiB} GiB; ${os}; Node ${node}; commit ${commit}; Debian's Chromium.`;
  const heads = Object.keys(costs);
  const table = [`| there already | ${heads.join(' | ')} |`, `|---|${heads.map(() => '---|').join('')}`, ...lines];
  const said = `Of ${measured} messages; the bar for scripting is ${barMs} ms, what a frame may take.`;
  const text = [`# What a new message costs a page, ${day}`, '', where, said, '', ...table, ''].join('\n');
  writeFileSync(join(import.meta.dirname, `../../bench/results/${day}-ui-${commit.replace('+', '')}.md`), text);
}
