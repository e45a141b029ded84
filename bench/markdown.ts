/** A run as Markdown: for the terminal and for the results that are kept. */
import { peers } from './peers.ts';
import type { Bar, FanOutRun, FigureRun, FigureValue, RunReport, Side, Spread } from './report.ts';
import { type PeerKind, peerKinds } from './workload.ts';

export function markdownOf(runs: readonly RunReport[]): string {
  const [first] = runs;
  if (first === undefined) return '';
  const { machine } = first;
  const head = [
    `# Benchmark, ${minuteOf(first)}`,
    '',
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; ${machine.os}; Node ${machine.node}; ` +
      `commit ${machine.commit}.`,
  ];
  return `${[...head, ...runs.flatMap(sectionOf)].join('\n')}\n`;
}

function sectionOf(run: RunReport): string[] {
  const body = run.is === 'fan-out' ? comparison(run) : figures(run);
  const notes = run.notes.flatMap((note) => [`- ${note}`]);
  return [
    '',
    `## ${run.workload}: ${run.about}`,
    '',
    ...body,
    '',
    ...barTable(run.bars),
    ...(notes.length > 0 ? ['', ...notes] : []),
  ];
}

/** The sides of a run, ours last, with what they are called. */
export function sidesOf(run: FanOutRun): readonly (readonly [label: string, side: Side, kind: PeerKind | null])[] {
  const theirs = peerKinds.flatMap((kind) => {
    const side = run[kind];
    return side === undefined ? [] : [[peers[kind].label, side, kind] as const];
  });
  return [...theirs, ['Parley', run.ours, null] as const];
}

function comparison(run: FanOutRun): string[] {
  const lines = [
    roundsOf(run),
    '',
    '| server | p50 ms | p99 ms | acknowledged p50 / p99 ms | CPU µs a delivery | MiB |',
    '|---|---|---|---|---|---|',
  ];
  for (const [label, side] of sidesOf(run)) {
    const cells = [label, short(side.p50_ms), short(side.p99_ms), acknowledgedOf(side)];
    lines.push(`| ${[...cells, side.cpu_us_per_delivery.toFixed(1), side.rss_mib.toFixed(0)].join(' | ')} |`);
  }
  lines.push('', '| Parley over | p50 | p99 | CPU a delivery |', '|---|---|---|---|');
  for (const [label, , kind] of sidesOf(run)) {
    const ratio = kind === null ? undefined : run.ratios[kind];
    if (ratio === undefined) continue;
    lines.push(`| ${[label, spread(ratio.p50), spread(ratio.p99), spread(ratio.cpu)].join(' | ')} |`);
  }
  lines.push('', countsOf(run));
  if (run.http !== undefined) {
    lines.push('', '| HTTP meanwhile | requests/s | p50 ms | p99 ms | not 2xx |', '|---|---|---|---|---|');
    for (const one of run.http) {
      const cells = [one.endpoint, one.requests_per_s.toFixed(0), one.p50_ms, one.p99_ms, one.not_2xx];
      lines.push(`| ${cells.join(' | ')} |`);
    }
  }
  return lines;
}

/** p50 and p99 to the durable answer, in milliseconds. */
export function acknowledgedOf({ ack_p50_ms, ack_p99_ms }: Side): string {
  return ack_p50_ms === null || ack_p99_ms === null ? '–' : `${short(ack_p50_ms)} / ${short(ack_p99_ms)}`;
}

/** When it was measured, to the minute. */
export function minuteOf({ at }: RunReport): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`;
}

export function roundsOf({ rounds, seconds }: FanOutRun): string {
  return rounds === 1 ? `One round of ${seconds} s.` : `Medians of ${rounds} rounds of ${seconds} s each, in turn.`;
}

export function countsOf({ ours, fdatasync }: FanOutRun): string {
  const { sent, deliveries, lost, doubled, misordered } = ours;
  return (
    `Parley: ${sent} messages, ${deliveries} deliveries: ${lost} lost, ${doubled} doubled, ${misordered} out of order. ` +
    `One fdatasync on the same disk meanwhile: ${short(fdatasync.p50_ms)} ms, p99 ${short(fdatasync.p99_ms)} ms.`
  );
}

function figures(run: FigureRun): string[] {
  const [head, ...rows] = figureTable(run).map((cells) => `| ${cells.join(' | ')} |`);
  return [head ?? '', `|${'---|'.repeat((head ?? '').split('|').length - 2)}`, ...rows];
}

/** Its cells row by row, the first of them what stands above the columns. */
export function figureTable(run: FigureRun): string[][] {
  const theirs = peerKinds.filter((kind) => run[kind] !== undefined);
  const sides = [run.ours, ...theirs.map((kind) => run[kind] ?? {})];
  const names = [...new Set(sides.flatMap((side) => Object.keys(side)))];
  const head = ['', 'Parley', ...theirs.map((kind) => peers[kind].label)];
  return [head, ...names.map((name) => [name.replaceAll('_', ' '), ...sides.map((side) => shown(side[name] ?? null))])];
}

function barTable(bars: readonly Bar[]): string[] {
  const rows = bars.map(
    ({ bar, value, limit, unit, met }) =>
      `| ${bar} | ${short(value)} | ${short(limit)} | ${unit} | ${met ? 'met' : '**missed**'} |`,
  );
  return ['| bar | is | at most | | |', '|---|---|---|---|---|', ...rows];
}

function spread({ median, min, max }: Spread): string {
  return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
}

function shown(value: FigureValue): string {
  return typeof value === 'number' ? short(value) : (value ?? '–');
}

export function short(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) < 1 ? value.toFixed(3) : value.toFixed(Math.abs(value) < 1_000 ? 2 : 0);
}

/** One line on each bar that was missed, and by how much. */
export function missedLines(runs: readonly RunReport[]): string[] {
  return runs
    .flatMap(({ bars }) => bars)
    .filter(({ met }) => !met)
    .map(({ bar, value, limit, unit }) => {
      const by = limit === 0 ? '' : `, ${((value / limit - 1) * 100).toFixed(0)} % above`;
      return `missed: ${bar}: ${short(value)} ${unit}, at most ${short(limit)}${by}`;
    });
}
