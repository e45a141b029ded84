/** What the rules refuse, and by which name: part of the model, so as simple, and as independent of `src/`. */
import {
  type Ask,
  holdingOf,
  isActive,
  type Log,
  mayView,
  participantsOf,
  standsOf,
  startOf,
  type Who,
} from './model.ts';

const unseen = new Set(' \t\n\r\u0000\u00a0\u00ad\u180e\u2003\u2028\u200b\u200d\u202e\u2060\u3000\u3164\ufe0f\ufeff');
const isBlank = (text: string) => [...text].every((character) => unseen.has(character));
const bytesMax = 16_384;
const peopleMax = 2_000;
const isTooLong = (text: string) => Buffer.byteLength(text) > bytesMax;
const isRepeated = (people: readonly Who[]) => people.some((who, nth) => people.indexOf(who) !== nth);

/** The name of the refusal, null = it is done. */
export function refusalOf(log: Log, ask: Ask): string | null {
  if (!isActive(log, ask.who)) return 'person-deactivated';
  if (ask.verb === 'start') return startRefusal(log, ask);
  const start = startOf(log, ask.talk);
  if (start === undefined) return 'not-found';
  const stands = standsOf(log, ask.talk, ask.who);
  const inTab = start.about !== null && !start.secret && mayView(log, ask.who, start.about);
  if ((stands === 'stranger' || stands === 'gone') && !inTab) return 'not-found';
  const mine = holdingOf(log, ask.talk, ask.who);
  switch (ask.verb) {
    case 'reply':
      if (stands !== 'participant')
        return {
          left: 'left-reply',
          deleted: 'deleted-reply',
          gone: 'reply-not-participant',
          stranger: 'reply-not-participant',
        }[stands];
      if (isBlank(ask.text)) return 'text-blank';
      return isTooLong(ask.text) ? 'text-too-long' : null;
    case 'read':
      if (stands === 'stranger' || stands === 'gone') return 'read-not-participant';
      if (stands === 'left' && ask.upTo > mine.end) return 'left-read-beyond';
      if (stands === 'participant' && ask.upTo > mine.end) return 'read-beyond-shown';
      return mine.unread.some((seq) => seq <= ask.upTo) ? null : 'read-nothing-unread';
    case 'invite':
      if (stands !== 'participant')
        return {
          left: 'left-invite',
          deleted: 'deleted-invite',
          gone: 'invite-not-participant',
          stranger: 'invite-not-participant',
        }[stands];
      return inviteRefusal(log, ask);
    case 'leave': {
      if (!mine.in) return 'leave-not-participant';
      if (start.who === ask.who) return 'leave-starter';
      const active = participantsOf(log, ask.talk).filter((who) => isActive(log, who));
      return active.length < 3 ? 'leave-too-few' : null;
    }
    case 'delete':
      if (stands === 'stranger' || stands === 'gone') return 'delete-not-participant';
      if (stands === 'deleted') return 'delete-no-copy';
      return ask.upTo > mine.end ? 'delete-beyond-shown' : null;
  }
}

function startRefusal(log: Log, ask: Extract<Ask, { verb: 'start' }>): string | null {
  if (isBlank(ask.text)) return 'start-text-blank';
  if (isTooLong(ask.text)) return 'start-text-too-long';
  if (ask.people.length === 0) return 'start-people-missing';
  if (isRepeated([ask.who, ...ask.people])) return 'start-people-repeated';
  if (ask.people.length + 1 > peopleMax) return 'start-too-many-people';
  if (ask.people.some((who) => !isActive(log, who))) return 'start-person-inactive';
  return ask.about !== null && !mayView(log, ask.who, ask.about) ? 'about-not-found' : null;
}

function inviteRefusal(log: Log, ask: Extract<Ask, { verb: 'invite' }>): string | null {
  const current = participantsOf(log, ask.talk);
  if (ask.people.length === 0) return 'invite-people-missing';
  if (isRepeated(ask.people)) return 'invite-people-repeated';
  if (ask.people.some((who) => !isActive(log, who))) return 'invite-person-inactive';
  if (ask.people.some((who) => current.includes(who))) return 'invite-already-participant';
  return current.length + ask.people.length > peopleMax ? 'invite-too-many-people' : null;
}
