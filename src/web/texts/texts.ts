/** Picks the language of a place in the page, and puts dates, numbers and names into its forms. */
import type { Person } from '../../client/index.ts';
import { en, type Texts } from './en.ts';

export type Language = 'en' | 'de';
export type { Texts };

export interface Locale {
  readonly language: Language;
  /** BCP 47 tag for Intl: that of the page where it is of this language. */
  readonly tag: string;
  readonly texts: Texts;
}

const catalogues: { [L in Language]: Texts | null } = { en, de: null };
/** Catalogues beside English come when they are wanted. */
const loads: { readonly [L in Language]?: () => Promise<Texts> } = { de: async () => (await import('./de.ts')).de };
const loading = new Map<Language, Promise<void>>();
const known = new Map<string, Locale>();

/** `wanted`, then the nearest `lang` around `place` (through shadow roots), then the browser's languages, then English. */
export function localeFor(wanted: Language | null, place: Element): Locale {
  const here = nearestLang(place);
  const tags = [...(wanted === null ? [] : [wanted]), ...(here === '' ? [] : [here]), ...navigator.languages];
  const language = wanted ?? tags.map(languageOf).find((one) => one !== null) ?? 'en';
  const tag = [here, ...navigator.languages].find((one) => languageOf(one) === language) ?? language;
  return localeOf(language, tag);
}

export function localeOf(language: Language, tag: string = language): Locale {
  let locale = known.get(tag);
  if (locale === undefined) {
    locale = {
      language,
      tag,
      get texts() {
        return catalogues[language] ?? en;
      },
    };
    known.set(tag, locale);
  }
  return locale;
}

/** Null = its texts are here. Resolves when they are, or when they cannot be had and English stands in for them. */
export function textsLoading(language: Language): Promise<void> | null {
  const load = loads[language];
  if (catalogues[language] !== null || load === undefined) return null;
  let under = loading.get(language);
  if (under === undefined) {
    under = load().then(
      (texts) => {
        catalogues[language] = texts;
      },
      () => {
        catalogues[language] = en;
      },
    );
    loading.set(language, under);
  }
  return under;
}

function languageOf(tag: string): Language | null {
  const language = tag.toLowerCase().split('-')[0] ?? '';
  return language in catalogues ? (language as Language) : null;
}

function nearestLang(place: Element): string {
  for (let node: Node | null = place; node !== null; node = node.parentNode ?? (node as ShadowRoot).host ?? null) {
    const lang = (node as Element).getAttribute?.('lang');
    if (lang) return lang;
  }
  return '';
}

/** First and last name, as it is written in both languages. */
export function nameOf({ first, last }: Person): string {
  return first === '' ? last : last === '' ? first : `${first} ${last}`;
}
