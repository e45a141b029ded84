/** The picture of a load: latency second by second, for each of those who carried it. */
import type { Measured } from './load-run.ts';
import { type Chart, median } from './report.ts';

/** `sides`: the rounds of each, by what it is called. */
export function overTime(title: string, sides: ReadonlyMap<string, readonly Measured[]>): Chart {
  const timelines = [...sides].map(([label, rounds]) => ({ label, of: rounds.map(({ timeline }) => timeline) }));
  const length = Math.max(...timelines.flatMap(({ of }) => of.map((seconds) => seconds.length)));
  const xs = Array.from({ length }, (_, second) => second);
  const series = (['p50_ms', 'p99_ms'] as const).flatMap((figure) =>
    timelines.map(({ label, of }) => ({
      label: `${label} ${figure.slice(0, 3)}`,
      values: xs.map((second) => {
        const values = of.flatMap((seconds) => seconds[second]?.[figure] ?? []);
        return values.length === 0 ? null : median(values);
      }),
    })),
  );
  return { title, xLabel: 'seconds', yLabel: 'ms', xs, series, logarithmic: false };
}
