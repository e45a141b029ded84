/**
 * What a link looks like, as one expression made of those of `linkify-it`: addresses with http, https or mailto, and
 * those of mail without. Its own matcher is for any scheme, and for guessing at what has none. The build writes the
 * expression out, so that pages load neither the library nor its tables of characters: browsers know `\p{P}`.
 */
import { REBuilder } from 'linkify-it';

/** Numbers that browsers check anyway when they read an address. */
class Expressions extends REBuilder {
  override get_ipv6_addr(): RegExp {
    return /[\da-f:.]+/;
  }

  override get_port(): RegExp {
    return /(?::\d{1,5})?/;
  }
}

const of = new Expressions();
of.src_Any = '[^]';
of.src_ZCc = '[\\p{Z}\\p{Cc}]';
of.src_ZPCc = '[\\p{Z}\\p{P}\\p{Cc}]';

const separator = of.get_text_separators().source;
const begins = `(?<=^|(?!_)(?:${separator}|${of.src_ZPCc}))`;
const web = `https?:${of.get_http_validator().source}`;
const mailto = `mailto:${of.get_mailto_validator().source}`;
const mailBegins = `(?<=^|${separator}|"|\\(|${of.src_ZCc})`;
const mail = `${of.get_mail_name().source}@${of.get_fuzzy_mail_host().source}`;

/** Signs that need no backslash, and with the flag `u` may have none. */
const needless = /\\(["'!]|-(?=\{))/g;

export const link = new RegExp(`${begins}(?:${web}|${mailto})|${mailBegins}${mail}`.replace(needless, '$1'), 'giu');
