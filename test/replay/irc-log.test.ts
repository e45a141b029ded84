import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseIrcLog } from '../../src/admin/replay/irc-log.ts';
import { scriptOf, TooFewPeople } from '../../src/admin/replay/script.ts';

const small = readFileSync(new URL('fixtures/small-channel.txt', import.meta.url), 'utf8');

describe('lines of a log', () => {
  it('are messages, joins, leaves and changes of name, and nothing else is any of them', () => {
    const kinds = parseIrcLog(
      [
        '[07:31] <dirle> can I?',
        '[07:31] <x|y[z]> <b> is a tag',
        '[07:31] <quiet>   ',
        '=== Acu has joined #ubuntu',
        '=== bo-b has left #ubuntu ["Quitte"]',
        '=== a is now known as b_',
        '=== freebsd_fan is now known as [a] freebsd_fan',
        '=== jtickle asked my question',
        '[07:31]  * Pelo sneaks up behind unperson',
        'nonsense',
      ].join('\n'),
    ).map(({ atMs: _, ...line }) => line);
    expect(kinds).toEqual([
      { kind: 'message', nick: 'dirle', text: 'can I?' },
      { kind: 'message', nick: 'x|y[z]', text: '<b> is a tag' },
      { kind: 'blank', nick: 'quiet' },
      { kind: 'joined', nick: 'Acu' },
      { kind: 'left', nick: 'bo-b' },
      { kind: 'renamed', nick: 'a', to: 'b_' },
      { kind: 'action' },
      { kind: 'action' },
      { kind: 'action' },
      { kind: 'other' },
    ]);
  });

  it('are spread evenly over their minute, and days go on after midnight', () => {
    const times = parseIrcLog(
      '=== early has joined #c\n[23:59] <a> 1\n[23:59] <a> 2\n[00:00] <a> 3\n=== b has left #c []\n[00:02] <a> 4',
    );
    expect(times.map(({ atMs }) => atMs)).toEqual([0, 20_000, 40_000, 60_000, 90_000, 180_000]);
  });
});

describe('who is who', () => {
  const script = scriptOf('small', parseIrcLog(small));

  it('begins with the first two who were there before the log began', () => {
    expect([script.starter, script.companion]).toEqual(['irc-ann', 'irc-bob']);
  });

  it('moves a person under the new nick, and makes whoever takes the old one somebody else', () => {
    const told = script.steps.map(({ kind, person }) => `${kind} ${person}`);
    expect(told.slice(8)).toEqual([
      'join irc-cy',
      'speak irc-cy',
      'leave irc-eve',
      'join irc-cy',
      'join irc-cy~2',
      'speak irc-cy~2',
      'leave irc-cy',
      'speak irc-ann',
      'speak irc-cy',
    ]);
    expect(script.renames).toBe(3);
  });

  it('counts what it passes over', () => {
    expect(script.skipped).toEqual({ blank: 1, actions: 3, other: 1 });
  });

  it('gives every nick an id that the directory takes, and different nicks different ones', () => {
    const odd = ['ünïcödé', '%C3%BC', 'a~2', 'x'.repeat(200), `${'x'.repeat(199)}y`, '[a]|{b}^`\\'];
    const { people } = scriptOf('odd', parseIrcLog(odd.map((nick) => `[10:00] <${nick}> hello`).join('\n')));
    expect([...people.values()]).toEqual(odd);
    for (const id of people.keys()) expect(id).toMatch(/^[\x21-\x7e]{1,64}$/);
  });

  it('refuses a log of one person', () => {
    expect(() => scriptOf('lonely', parseIrcLog('[10:00] <a> hello\n[10:01] <a> anybody?'))).toThrow(TooFewPeople);
  });
});
