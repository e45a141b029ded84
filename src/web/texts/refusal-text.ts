/** What is said of a refusal or a fault, by its name. Names that mean the same to a person share one text. */
import { ParleyError } from '../../client/index.ts';
import type { Texts } from './en.ts';

const shared: { readonly [name: string]: keyof Texts['refusals'] } = {
  'left-reply': 'left',
  'left-invite': 'left',
  'left-read-beyond': 'left',
  'deleted-reply': 'deleted',
  'deleted-invite': 'deleted',
  'delete-no-copy': 'no-copy',
  'delete-not-participant': 'no-copy',
  'frame-too-large': 'text-too-long',
  deactivated: 'person-deactivated',
};

export function refusalText({ refusals }: Texts, error: unknown): string {
  const name = error instanceof ParleyError ? error.name : '';
  const key = shared[name] ?? (name in refusals ? name : name.replace(/^(start|invite|reply|read|leave)-/, ''));
  return Object.hasOwn(refusals, key) ? refusals[key as keyof Texts['refusals']] : refusals.fallback;
}
