/** vCard 3 and 4: UID is the person's id, N (or FN) the name, the preferred EMAIL the address. */
import ICAL from 'ical.js';
import type { Raw } from './import-raw.ts';

/** Each card is parsed by itself, so that a broken one costs no other. */
export function* vcards(text: string): Generator<Raw> {
  let card: string[] | null = null;
  let start = 0;
  let line = 0;
  for (const source of text.split(/\r\n|\n|\r/)) {
    line += 1;
    if (/^BEGIN:VCARD\s*$/i.test(source)) {
      if (card !== null) yield { line: start, field: '', reason: 'has no END:VCARD' };
      card = [];
      start = line;
    }
    if (card === null) {
      if (source.trim() !== '') yield { line, field: '', reason: 'stands outside of any card' };
      continue;
    }
    card.push(source);
    if (/^END:VCARD\s*$/i.test(source)) {
      yield cardFrom(card.join('\r\n'), start);
      card = null;
    }
  }
  if (card !== null) yield { line: start, field: '', reason: 'has no END:VCARD' };
}

function cardFrom(source: string, line: number): Raw {
  let card: ICAL.Component;
  try {
    card = new ICAL.Component(ICAL.parse(source));
  } catch {
    return { line, field: '', reason: 'is not a vCard' };
  }
  const version = textOf(card, 'version');
  if (version !== '3.0' && version !== '4.0') return { line, field: 'VERSION', reason: 'is not 3.0 or 4.0' };
  const kind = textOf(card, 'kind')?.toLowerCase();
  if (kind !== undefined && kind !== 'individual') return { line, field: 'KIND', reason: 'is not a person' };
  const email = emailOf(card);
  const id = textOf(card, 'uid')?.replace(/^urn:uuid:/i, '');
  return {
    line,
    fields: { ...nameOf(card), ...(id === undefined ? {} : { id }), ...(email === null ? {} : { email }) },
  };
}

function textOf(card: ICAL.Component, property: string): string | undefined {
  const value: unknown = card.getFirstPropertyValue(property);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The parts of N; without it, FN with its last word as the last name. */
function nameOf(card: ICAL.Component): { first?: string; last?: string } {
  const structured: unknown = card.getFirstPropertyValue('n');
  const [last, first] = Array.isArray(structured) ? structured.map(partOf) : [partOf(structured), ''];
  if (last !== undefined && last.trim() !== '') return { first: first ?? '', last };
  const full = textOf(card, 'fn')?.trim();
  if (full === undefined) return {};
  const space = full.lastIndexOf(' ');
  return { first: full.slice(0, Math.max(0, space)), last: full.slice(space + 1) };
}

/** A part of a name may be a list: "Ann,Maria" are two given names. */
function partOf(part: unknown): string {
  return Array.isArray(part) ? part.join(' ') : typeof part === 'string' ? part : '';
}

/** The one with the lowest PREF, or of TYPE pref, or the first. */
function emailOf(card: ICAL.Component): string | null {
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const property of card.getAllProperties('email')) {
    const value: unknown = property.getFirstValue();
    const types = [property.getParameter('type') ?? []].flat().map((type) => String(type).toLowerCase());
    const place = Number(property.getParameter('pref') ?? (types.includes('pref') ? 1 : 101));
    if (typeof value === 'string' && value !== '' && (best === null || place < least)) {
      [best, least] = [value.replace(/^mailto:/i, ''), place];
    }
  }
  return best;
}
