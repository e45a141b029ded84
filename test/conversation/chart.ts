/** `docs/conversation-machine.md`, made from the machine itself: a chart of its states and a table of its transitions. */
import type { AnyStateNode } from 'xstate';
import { conversationMachine } from '../../src/conversation/machine.ts';

export const chartPath = 'docs/conversation-machine.md';

export interface Transition {
  readonly state: string;
  readonly command: string;
  /** Null where nothing is asked. */
  readonly guard: string | null;
  /** Null where the command is accepted, or may not come at all. */
  readonly refusal: string | null;
  readonly target: string | null;
  /** The state must never be asked for this: it throws. */
  readonly bug: boolean;
}

const nameOf = (node: AnyStateNode) => node.path.join('.');

/** Every transition of the machine, by state and command, in the order in which they are tried. */
export function transitions(node: AnyStateNode = conversationMachine.root): Transition[] {
  const own = [...node.transitions].flatMap(([command, definitions]) =>
    definitions.map((definition): Transition => {
      const actions = definition.actions.map((action) => {
        if (typeof action === 'string') return { type: action, name: null };
        const { type, params } = action as { type: string; params?: { name: string } };
        return { type, name: params?.name ?? null };
      });
      return {
        state: nameOf(node),
        command,
        guard: typeof definition.guard === 'string' ? definition.guard : null,
        refusal: actions.find(({ type }) => type === 'refuse')?.name ?? null,
        target: definition.target?.map(nameOf).join() ?? null,
        bug: actions.some(({ type }) => type === 'misplaced'),
      };
    }),
  );
  return [...own, ...Object.values(node.states).flatMap((child) => transitions(child))];
}

/** Where a rule is kept that no guard refuses by. */
export const elsewhere: Readonly<Record<string, string>> = {
  'SEE-1': '`copyRanges`: stints behind the delete mark',
  'SEE-2': '`tabRanges` of a conversation that is not private',
  'SEE-3': '`tabRanges` of a private conversation: stints, the delete mark left out',
  'SEE-4': 'not in the state: `views/` asks the directory for each viewer',
  'ERASE-1': 'no command: `erased` changes nothing in the state, and texts are not in it',
  'ERASE-2': '`erasure/` and the directory',
  'ERASE-3': '`fanout/`, and `views/` for whoever resumes',
  'ERASE-4': '`erasure/`, `journal/`, and the directory for imports',
  'SEE-6': 'the facts of each command are looked up when it is decided; `fanout/` tells what changed',
  'LIST-1': '`listOrder`',
  'LIST-2': '`views/`',
  'LIST-3': '`views/` and the client',
  'LIST-4': '`showsPerson`',
  'LIST-5': 'the client',
  'LIST-6': '`unreadOf`, which list and badge both ask',
  'START-3': '`started` sets about and private; no other event does',
  'START-4': 'each start has an id of its own',
  'START-5': '`started`: the starter’s read mark alone is at the first message',
  'REPLY-2': '`fanout/` and `alerts/`',
  'REPLY-3': '`replied` moves the author’s read mark',
  'REPLY-4': '`seq`: one writer, counted without a gap',
  'READ-3': 'the host asks each conversation with a `read`',
  'READ-4': '`read`: the mark is the greater of old and new; `joined` puts it at the notice',
  'INVITE-2': '`joined` opens a stint at its own seq',
  'INVITE-3': '`fanout/` and `alerts/`',
  'INVITE-4': '`joined` keeps the stints before; where the copy was deleted, it ends them behind the delete mark',
  'LEAVE-5': '`fanout/` and `alerts/`',
  'DELETE-3': '`replied` brings the copies of participants back, `joined` and `left` do not',
  'DELETE-4': 'the delete mark never goes back',
  'DELETE-5': '`deleted` after `left`: only `joined` makes a copy again',
  'ALERT-1': '`alerts/`',
  'ALERT-2': '`fanout/` and the client',
  'ALERT-3': '`alerts/`',
  'ALERT-4': '`alerts/`',
  'ALERT-5': '`alerts/`',
  'CMD-1': 'the host’s memory of commands',
  'CMD-2': 'the host: an outcome is told when it is durable',
  'CMD-3': '`session/`',
};

/** The rules that the machine's guards and refusals name, with the refusals. */
export function refusalsByRule(): Map<string, Set<string>> {
  const rules = new Map<string, Set<string>>();
  for (const { guard, refusal } of transitions()) {
    if (guard === null || refusal === null) continue;
    const rule = guard.slice(0, guard.indexOf(' '));
    rules.set(rule, (rules.get(rule) ?? new Set()).add(refusal));
  }
  return rules;
}

function diagram(all: readonly Transition[]): string[] {
  const accepted = all.filter(({ refusal, bug }) => refusal === null && !bug);
  const leaf = (state: string) => state.slice(state.lastIndexOf('.') + 1);
  const label = ({ command, guard }: Transition) => (guard === null ? command : `${command} [${guard}]`);
  const staying = accepted.filter(({ state }) => state === 'open').map(label);
  const arrows = accepted
    .filter(({ state }) => state !== 'open')
    .map((transition) => ({ ...transition, to: transition.target ?? transition.state }));
  const draw = (indent: string, inside: boolean) =>
    arrows
      .filter(({ state }) => state.startsWith('open.') === inside)
      .map((arrow) => `${indent}${leaf(arrow.state)} --> ${leaf(arrow.to)}: ${label(arrow)}`);
  return [
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> absent',
    ...draw('  ', false),
    '  state open {',
    ...draw('    ', true),
    '  }',
    `  note right of open: stays where it is on ${staying.join(', ')}`,
    '```',
  ];
}

function table(all: readonly Transition[], command: string): string[] {
  const states = [...new Set(all.filter((transition) => transition.command === command).map(({ state }) => state))];
  return states.flatMap((state) => {
    const rows = all.filter((transition) => transition.command === command && transition.state === state);
    return [
      '',
      `### \`${command}\` in \`${state}\``,
      '',
      '| | asked, in this order | if so |',
      '|---|---|---|',
      ...rows.map((row, index) => `| ${index + 1} | ${row.guard ?? 'otherwise'} | ${result(row)} |`),
    ];
  });
}

function result({ refusal, target, bug, state }: Transition): string {
  if (bug) return 'throws: whoever asked has a bug';
  if (refusal !== null) return `refused: \`${refusal}\``;
  return target === null || target === state ? 'accepted' : `accepted, to \`${target}\``;
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

export function chart(rules: readonly string[]): string {
  const all = transitions();
  const commands = [...new Set(all.map(({ command }) => command))];
  const named = refusalsByRule();
  const lines = [
    '# The conversation machine',
    '',
    'Made from `src/conversation/machine.ts` by `npm run docs:chart`; a test fails when it is stale.',
    '',
    'The chart shows what is accepted. `absent`: not started. `open.pair`: two current participants, nobody can leave.',
    '`open.group`: three or more. Every command that is not accepted is refused by name and changes nothing.',
    '',
    ...diagram(all),
    '',
    '## Commands',
    ...commands.flatMap((command) => table(all, command)),
    '',
    '## Rules',
    '',
    'By which refusals the machine keeps a rule, or where else it is kept.',
    '',
    '| rule | kept by |',
    '|---|---|',
    ...[...rules].map((rule) => {
      const refusals = [...(named.get(rule) ?? [])].sort(byNumber).map((name) => `\`${name}\``);
      return `| ${rule} | ${[...refusals, elsewhere[rule] ?? []].flat().join(', ')} |`;
    }),
    '',
  ];
  return lines.join('\n');
}
