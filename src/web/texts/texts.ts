/** Picks the language of a place in the page, and puts dates, numbers and names into its forms. */
import type { Person } from '../../client/index.ts';
import { upwards } from '../upwards.ts';
import { en, type Texts } from './en.ts';

export type Language = 'en' | 'de';
export type { Texts };

export interface Locale {
  readonly language: Language;
  /** BCP 47 tag for Intl: that of the page where it is of this language. */
  readonly tag: string;
  readonly texts: Texts;
}

const catalogues: { [L in Language]?: Texts } = { en };
let loading: Promise<void> | null = null;
const known = new Map<string, Locale>();

/** `wanted`, then the nearest `lang` around `place` (through shadow roots), then the browser's languages, then English. */
export function localeFor(wanted: Language | null, place: Element): Locale {
  const tags = [nearestLang(place), ...navigator.languages];
  const language = wanted ?? tags.map(languageOf).find((one) => one !== null) ?? 'en';
  return localeOf(language, tags.find((one) => languageOf(one) === language) ?? language);
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

/**
 * Null = its texts are here. Those beside English come when they are wanted: resolves when they are here, or when they
 * cannot be had and English stands in for them.
 */
export function textsLoading(language: Language): Promise<void> | null {
  if (language in catalogues) return null;
  loading ??= import('./de.ts').then(
    ({ de }) => {
      catalogues.de = de;
    },
    () => {
      catalogues.de = en;
    },
  );
  return loading;
}

function languageOf(tag: string): Language | null {
  const [language = ''] = tag.toLowerCase().split('-');
  return language === 'en' || language === 'de' ? language : null;
}

function nearestLang(place: Element): string {
  for (const node of upwards(place)) {
    const lang = (node as Element).getAttribute?.('lang');
    if (lang) return lang;
  }
  return '';
}

/** First and last name, as it is written in both languages. */
export function nameOf({ first, last }: Person): string {
  return first === '' ? last : last === '' ? first : `${first} ${last}`;
}
