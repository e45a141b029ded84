/** Arguments of commands as commander parses them: each throws `InvalidArgumentError`, which says what it has to be. */
import { InvalidArgumentError } from 'commander';
import { limits } from '../limits.ts';

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d{1,15}$/.test(text) || value < 1) throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

export function personId(text: string): string {
  if (!/^[\x21-\x7e]+$/.test(text) || text.length > limits.idMaxChars) {
    throw new InvalidArgumentError(`An id has 1 to ${limits.idMaxChars} printable ASCII characters without space.`);
  }
  return text;
}

export function conversationId(text: string): string {
  if (!/^[\w-]{22}$/.test(text)) throw new InvalidArgumentError('An id has 22 characters of base64url.');
  return text;
}
