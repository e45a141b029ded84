/** The report that is looked at: one file that opens by a double click, with uPlot and all figures inside it. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../src/admin/exit-codes.ts';
import { acknowledgedOf, countsOf, figureTable, minuteOf, roundsOf, short, sidesOf } from './markdown.ts';
import type { Bar, FanOutRun, FigureRun, RunReport, Spread } from './report.ts';
import { drawCharts } from './report-page.ts';
import { escaped, svgOf } from './report-svg.ts';

const style = `
  :root { color-scheme: light dark; --ink: #1f2430; --soft: #667085; --line: #e4e7ec; --card: #fff; --ground: #f6f7f9; --ours: #2563eb; --good: #067647; --bad: #b42318; }
  @media (prefers-color-scheme: dark) { :root { --ink: #e6e9f0; --soft: #98a2b3; --line: #2a303c; --card: #161b22; --ground: #0d1117; --ours: #6ea0ff; --good: #47cd89; --bad: #f97066; } .u-legend { color: var(--ink); } }
  body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; }
  main { max-width: 900px; margin: 0 auto; padding: 32px 20px 64px; }
  h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 0 0 2px; text-transform: capitalize; } .soft { color: var(--soft); margin: 0 0 14px; }
  section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px 22px; margin-top: 20px; }
  table { border-collapse: collapse; width: 100%; margin: 10px 0; font-variant-numeric: tabular-nums; }
  th { text-align: right; font-weight: 500; color: var(--soft); font-size: 13px; } th:first-child, td:first-child { text-align: left; }
  td, th { padding: 5px 8px; border-bottom: 1px solid var(--line); } td { text-align: right; } tr.ours td { color: var(--ours); font-weight: 600; }
  .met { color: var(--good); } .missed { color: var(--bad); font-weight: 600; } ul { color: var(--soft); font-size: 13px; padding-left: 18px; }
  .chart { margin: 14px 0 4px; overflow: hidden; } .chart .u-legend { font-size: 13px; } svg { min-width: 560px; max-width: 100%; height: auto; } .wide { overflow-x: auto; }
`;

/** A `Failure` where uPlot is not installed. */
export function htmlOf(runs: readonly RunReport[]): string {
  const [first] = runs;
  if (first === undefined) throw new RangeError('a report of nothing');
  const { machine } = first;
  const { script, css } = plotter();
  const charts = runs.flatMap((run) => run.charts);
  let chart = 0;
  const sections = runs.map((run) => {
    const places = run.charts.map(() => `<div class="chart" id="chart-${chart++}"></div>`);
    return `<section><h2>${escaped(run.workload)}</h2><p class="soft">${escaped(run.about)}</p>${
      run.is === 'fan-out' ? comparison(run) : figures(run)
    }${places.join('')}${bars(run.bars)}<ul>${run.notes.map((note) => `<li>${prose(note)}</li>`).join('')}</ul></section>`;
  });
  const picture = svgOf(runs);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Parley, measured ${escaped(first.at.slice(0, 10))}</title><style>${css}${style}</style></head><body><main>
<h1>Parley, measured</h1><p class="soft">${escaped(
    `${minuteOf(first)}. ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; ${machine.os}; Node ${machine.node}; commit ${machine.commit}. Only ratios within one run mean anything elsewhere.`,
  )}</p>
${picture === '' ? '' : `<section><div class="wide">${picture}</div></section>`}${sections.join('\n')}
</main><script>${script}</script>
<script>(${drawCharts.toString()})(${JSON.stringify(charts).replaceAll('<', '\\u003c')});</script></body></html>
`;
}

function plotter(): { readonly script: string; readonly css: string } {
  try {
    const dist = dirname(fileURLToPath(import.meta.resolve('uplot')));
    const read = (name: string) => readFileSync(join(dist, name), 'utf8');
    return { script: read('uPlot.iife.min.js'), css: read('uPlot.min.css') };
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Failure(
      'unavailable',
      'the package uplot is needed for the report; in the checkout: npm ci --include=dev',
    );
  }
}

function table(
  head: readonly string[],
  rows: readonly { readonly cells: readonly string[]; readonly ours?: boolean }[],
): string {
  const body = rows.map(
    ({ cells, ours }) => `<tr${ours ? ' class="ours"' : ''}>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`,
  );
  return `<div class="wide"><table><thead><tr>${head.map((cell) => `<th>${cell}</th>`).join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

function comparison(run: FanOutRun): string {
  const ratio = (of: Spread | undefined) =>
    of === undefined ? '' : `${of.median.toFixed(2)} <small>(${of.min.toFixed(2)}–${of.max.toFixed(2)})</small>`;
  const rows = sidesOf(run).map(([label, side, kind]) => {
    const ratios = kind === null ? undefined : run.ratios[kind];
    const of = [ratio(ratios?.p50), ratio(ratios?.p99), ratio(ratios?.cpu)];
    const latencies = [short(side.p50_ms), short(side.p99_ms), acknowledgedOf(side)];
    const measured = [...latencies, side.cpu_us_per_delivery.toFixed(1), side.rss_mib.toFixed(0)];
    return { cells: [escaped(label), ...measured, ...of], ours: kind === null };
  });
  const http = run.http?.map((one) => ({
    cells: [
      escaped(one.endpoint),
      one.requests_per_s.toFixed(0),
      short(one.p50_ms),
      short(one.p99_ms),
      String(one.not_2xx),
    ],
  }));
  const head = [
    'server',
    'p50 ms',
    'p99 ms',
    'acknowledged ms',
    'CPU µs a delivery',
    'MiB',
    'Parley ÷ it: p50',
    'p99',
    'CPU',
  ];
  return (
    `${table(head, rows)}<p class="soft">${escaped(`${roundsOf(run)} ${countsOf(run)}`)}</p>` +
    (http === undefined ? '' : table(['HTTP meanwhile', 'requests/s', 'p50 ms', 'p99 ms', 'not 2xx'], http))
  );
}

/** A note as in Markdown: what stands between backquotes is code. */
function prose(note: string): string {
  return escaped(note).replace(/`([^`]+)`/g, '<code>$1</code>');
}

function figures(run: FigureRun): string {
  const [head = [], ...rows] = figureTable(run).map((cells) => cells.map(escaped));
  return table(
    head,
    rows.map((cells) => ({ cells })),
  );
}

function bars(all: readonly Bar[]): string {
  const rows = all.map(({ bar, value, limit, unit, met }) => ({
    cells: [
      escaped(bar),
      short(value),
      short(limit),
      escaped(unit),
      `<span class="${met ? 'met' : 'missed'}">${met ? 'met' : 'missed'}</span>`,
    ],
  }));
  return table(['bar', 'is', 'at most', '', ''], rows);
}
