/** The demo's page: a bar with what one may try, and a CRM for each person that the address names. */
import { connect, type Parley } from '../index.ts';
import { type Crm, loadCrm, tokenFor } from './crm.ts';
import { choice, element } from './element.ts';
import { Pane } from './pane.ts';
import { hashOf, type PanePlace, type Place, panesMax, placeOf, withPanes } from './place.ts';
import { wordsOf } from './words.ts';

const bar = element('header', { class: 'bar' });
const main = element('main');
/** Clients outlive what is drawn: one for each person, closed when that person is in no pane any more. */
const clients = new Map<string, Parley>();
let place = here();
let panes: Pane[] = [];
let drawn = '';
/** Counts drawings, so that an answer to an older one is not used. */
let turn = 0;

function here(): Place {
  return placeOf(location.hash, matchMedia('(min-width: 60rem)').matches);
}

function clientOf(person: string): Parley {
  let client = clients.get(person);
  if (client === undefined) {
    const url = `${location.origin.replace(/^http/, 'ws')}/v1`;
    client = connect({ url, getToken: () => tokenFor(person), storage: localStorage, agent: 'parley-demo' });
    clients.set(person, client);
  }
  return client;
}

function go(next: Place): void {
  const hash = hashOf(next);
  if (hash !== location.hash) location.hash = hash;
}

/** What cannot change without being drawn anew. */
function outlineOf({ panes: all, language, theme, dir }: Place): string {
  return JSON.stringify([all.map(({ as }) => as), language, theme, dir]);
}

async function show(): Promise<void> {
  place = here();
  // What a link asks for is done once, not again by a reload.
  if (place.panes.some(({ conversation }) => conversation !== '')) history.replaceState(null, '', hashOf(place));
  if (drawn === outlineOf(place)) {
    for (const [index, pane] of panes.entries()) pane.update(place.panes[index] as PanePlace);
    return;
  }
  turn += 1;
  const mine = turn;
  setPage();
  try {
    const crms = await Promise.all(place.panes.map(({ as, record }) => loadCrm(as, record)));
    if (mine === turn) draw(crms);
  } catch (error) {
    if (mine === turn) sayUnavailable(error);
  }
}

function setPage(): void {
  const { documentElement: root } = document;
  root.lang = place.language;
  root.dir = place.dir;
  root.dataset.theme = place.theme;
}

function draw(crms: readonly Crm[]): void {
  drawn = outlineOf(place);
  const words = wordsOf(place.language);
  const theme = place.theme === 'auto' ? '' : place.theme;
  drawBar((crms[0] as Crm).people.map(({ id }) => id));
  panes = crms.map((crm, index) => {
    const client = clientOf((place.panes[index] as PanePlace).as);
    return new Pane({ index, client, crm, words, theme, now: () => place, go });
  });
  main.dataset.panes = String(panes.length);
  main.replaceChildren(...panes.map((pane) => pane.root));
  for (const [person, client] of clients) {
    if (place.panes.some(({ as }) => as === person)) continue;
    client.close();
    clients.delete(person);
  }
}

function drawBar(people: readonly string[]): void {
  const words = wordsOf(place.language);
  const counts = Array.from({ length: panesMax }, (_, at) => [`${at + 1}`, `${at + 1}`] as const);
  bar.replaceChildren(
    element('h1', {}, words.demo),
    element('p', { class: 'note' }, words.note),
    choice(words.people, counts, `${place.panes.length}`, (count) => go(withPanes(place, Number(count), people))),
    choice(
      words.language,
      [
        ['en', 'English'],
        ['de', 'Deutsch'],
      ],
      place.language,
      (language) => go({ ...place, language: language as Place['language'] }),
    ),
    choice(
      words.theme,
      (['auto', 'light', 'dark'] as const).map((theme) => [theme, words[theme]] as const),
      place.theme,
      (theme) => go({ ...place, theme: theme as Place['theme'] }),
    ),
    choice(
      words.direction,
      (['ltr', 'rtl'] as const).map((dir) => [dir, words[dir]] as const),
      place.dir,
      (dir) => go({ ...place, dir: dir as Place['dir'] }),
    ),
  );
}

function sayUnavailable(error: unknown): void {
  const { unavailable, demo } = wordsOf(place.language);
  drawn = '';
  bar.replaceChildren(element('h1', {}, demo));
  const why = error instanceof Error ? error.message : String(error);
  main.replaceChildren(element('p', { class: 'notice', role: 'alert' }, `${unavailable}: ${why}.`));
}

document.body.append(bar, main);
window.addEventListener('hashchange', () => void show());
void show();
