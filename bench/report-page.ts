/** The script inside the report. `drawCharts` is put there as its own text, so that it may use nothing from outside itself. */
import type { Chart } from './report.ts';

interface Plot {
  new (options: object, data: readonly (readonly (number | null)[])[], into: Element): unknown;
}

export function drawCharts(charts: readonly Chart[]): void {
  const { uPlot } = globalThis as unknown as { readonly uPlot: Plot };
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const ink = dark ? '#98a2b3' : '#667085';
  const grid = { stroke: dark ? '#2a303c' : '#e4e7ec', width: 1 };
  const colours = [dark ? '#6ea0ff' : '#2563eb', '#8b93a3', '#0e9384', '#dc6803', '#9e77ed', '#e31b54'];
  for (const [number, { title, xLabel, yLabel, xs, series, logarithmic }] of charts.entries()) {
    const place = document.getElementById(`chart-${number}`);
    if (place === null) continue;
    // One colour a server, whichever order they come in; p99 in full, p50 dashed.
    const names = [...new Set(series.map(({ label }) => label.replace(/ p\d+$/, '')))].sort((a, b) =>
      a === 'Parley' ? -1 : b === 'Parley' ? 1 : a.localeCompare(b),
    );
    const lines = series.map(({ label }) => ({
      label,
      stroke: colours[names.indexOf(label.replace(/ p\d+$/, '')) % colours.length],
      width: 2,
      dash: label.endsWith('p50') ? [5, 4] : [],
      points: { size: 5 },
      value: (_: unknown, value: number | null) => (value === null ? '–' : `${value.toFixed(2)} ${yLabel}`),
    }));
    const axis = (label: string) => ({ label, stroke: ink, grid, ticks: grid, size: 56 });
    const options = {
      title,
      width: place.clientWidth,
      height: 280,
      scales: { x: { time: false, ...(logarithmic ? { distr: 3, log: 2 } : {}) }, y: { distr: 3 } },
      // The loads that were measured, not the powers of two between them.
      axes: [{ ...axis(xLabel), ...(logarithmic ? { splits: () => xs } : {}) }, axis(yLabel)],
      legend: { markers: { dash: (_: unknown, line: number) => (lines[line - 1]?.dash.length ? 'dashed' : 'solid') } },
      series: [{ label: xLabel }, ...lines],
    };
    new uPlot(options, [xs, ...series.map(({ values }) => values)], place);
  }
}
