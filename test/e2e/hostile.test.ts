import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { canary, hostileTexts, nameRefuses } from '../support/hostile-texts.ts';
import { button, cardIn, dialogOf, see, seeNo, sidebarOf, tabOf } from './eyes.ts';
import { onStage } from './on-stage.ts';

const stage = onStage();
const narrow: BrowserContextOptions = { viewport: { width: 320, height: 700 } };
const names = hostileTexts.filter((text) => !nameRefuses(text));

/** Somebody whose page would tell if a script of a text ran. */
async function watched(id: string, at: Parameters<ReturnType<typeof stage>['person']>[1]): Promise<Page> {
  const context = await stage().context(at?.context);
  await context.addInitScript((name) => {
    const ran: unknown[] = [];
    Object.assign(globalThis, { ran, [name]: (n: unknown) => ran.push(n) });
  }, canary);
  return stage().open(context, id, at);
}

async function expectHarmless(page: Page): Promise<void> {
  expect(await page.evaluate(() => (globalThis as unknown as { ran: unknown[] }).ran)).toEqual([]);
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(content, 'nothing makes the page scroll sideways').toBeLessThanOrEqual(window as number);
}

/** Texts of all places that match, through shadow roots, exactly as they stand there. */
function textsOf(page: Page, selector: string): Promise<string[]> {
  return page.locator(selector).evaluateAll((all) => all.map((one) => one.textContent ?? ''));
}

it('a hundred hostile texts are text as messages and in pop-ups, run nothing and break no layout', async () => {
  expect(new Set(hostileTexts).size).toBe(100);
  const [ann, bob] = await stage().newPeople(2);
  const client = stage().client(bob?.id as string);
  const people = [ann?.id as string];
  const page = await watched(ann?.id as string, { context: narrow });
  const { conversation } = await client.start({ text: 'Here it comes', people });
  await see(cardIn(sidebarOf(page), 'Here it comes'));
  const popups: string[] = [];
  for (const text of hostileTexts) {
    const { seq } = await client.reply(conversation, text);
    await expect.poll(() => client.conversation(conversation).getSnapshot()?.head).toBe(seq);
    if (popups.length > 12) continue;
    await expect.poll(async () => (await textsOf(page, 'parley-alerts .words')).join('')).toContain(firstOf(text));
    popups.push(text);
  }
  await expect
    .poll(() => textsOf(page, 'parley-sidebar [part=message] [dir=auto]'), { timeout: 20_000 })
    .toEqual(hostileTexts.slice(-3));
  await client.reply(conversation, 'That was all');
  const card = cardIn(sidebarOf(page), 'That was all');
  await see(card);
  const shown = () => card.locator('[part=message]').count();
  const more = button(card, 'More');
  for (let before = await shown(); before < hostileTexts.length + 2; before = await shown()) {
    await more.click();
    await expect.poll(shown).toBeGreaterThan(before);
  }
  await seeNo(more);
  await expect
    .poll(() => textsOf(page, 'parley-sidebar [part=message] [dir=auto]'), { timeout: 20_000 })
    .toEqual(['Here it comes', ...hostileTexts, 'That was all']);
  await expectHarmless(page);
});

it('[SEE-4] they are text as names of people and of records, in list, header, form, tab and pop-up', async () => {
  const [ann] = await stage().newPeople(1);
  const people = names.map((last, at) => ({ id: `hostile-${at}`, last }));
  await stage().addPeople(people);
  await stage().addRecords(names.map((name, at) => ({ kind: 'company', id: `hostile-${at}`, name })));
  const client = stage().client(ann?.id as string);
  for (const [at] of names.entries()) {
    const about = { kind: 'company', id: `hostile-${at}` } as const;
    await client.start({ text: `Number ${at}`, people: [`hostile-${at}`], about });
  }
  const page = await watched(ann?.id as string, { context: { viewport: { width: 1_000, height: 900 } } });
  await see(cardIn(sidebarOf(page), new RegExp(`Number ${names.length - 1}(?!\\d)`)));
  const headers = () => textsOf(page, 'parley-sidebar [part=names] bdi');
  await expect
    .poll(
      async () => {
        await page.locator('parley-sidebar parley-conversation').last().scrollIntoViewIfNeeded();
        return (await headers()).length;
      },
      { timeout: 30_000 },
    )
    .toBe(names.length);
  expect(await headers()).toEqual(names.toReversed());
  expect(await textsOf(page, 'parley-sidebar [part=about] bdi')).toEqual(names.toReversed());
  await page.setViewportSize({ width: 320, height: 700 });
  await expectHarmless(page);
  await sidebarOf(page).getByRole('button', { name: 'Add', exact: true }).click();
  await dialogOf(page).getByRole('combobox', { name: 'Participants' }).pressSequentially('<img');
  await see(page.getByRole('option').filter({ hasText: '<img src=x onerror=' }).first(), 1);
  await expectHarmless(page);
});

it('each of them is a record’s name in its tab and a person’s in a pop-up', async () => {
  const [ann] = await stage().newPeople(1);
  const chosen = names.filter((_, at) => at % 9 === 0);
  await stage().addPeople(chosen.map((last, at) => ({ id: `sender-${at}`, last })));
  await stage().addRecords(chosen.map((name, at) => ({ kind: 'contact', id: `named-${at}`, name })));
  for (const [at, name] of chosen.entries()) {
    const record = `contact/named-${at}`;
    const page = await watched(ann?.id as string, { record, tab: 'conversations', sidebar: false, context: narrow });
    await see(tabOf(page).getByText('Nobody has talked about this yet'));
    expect(await textsOf(page, 'parley-record-tab [part=name]')).toEqual([name]);
    const about = { kind: 'contact', id: `named-${at}` } as const;
    await stage()
      .client(`sender-${at}`)
      .start({ text: name, people: [ann?.id as string], about });
    await expect.poll(() => textsOf(page, 'parley-alerts .who'), { timeout: 10_000 }).toEqual([name]);
    await expect.poll(() => textsOf(page, 'parley-record-tab [part=message] [dir=auto]')).toEqual([name]);
    await expectHarmless(page);
    await page.context().close();
  }
});

it('a name that turns the direction of what follows, or ends a line, is refused at the door', async () => {
  for (const last of hostileTexts.filter(nameRefuses)) {
    await expect(stage().addPeople([{ id: 'refused', last }])).rejects.toThrow(/4\d\d .*control character/);
  }
});

/** What of a text stands in a pop-up for sure: it is shown on one line, and shortened. */
function firstOf(text: string): string {
  return text.split(/\s/)[0]?.slice(0, 20) ?? '';
}
