/** The picture of the ratios for the README: one bar for each server and workload, CPU a delivery as a multiple of Parley's. */
import { sidesOf } from './markdown.ts';
import type { FanOutRun, RunReport } from './report.ts';

const width = 760;
const labels = 150;
const figures = 170;
const barHeight = 18;
const gap = 7;
const heading = 40;

/** Empty where no run compares anything. */
export function svgOf(runs: readonly RunReport[]): string {
  const compared = runs.filter((run): run is FanOutRun => run.is === 'fan-out');
  if (compared.length === 0) return '';
  const drawn: string[] = [];
  let y = 34;
  for (const run of compared) {
    const all = sidesOf(run).map(([label, side, kind]) => ({
      label,
      ours: kind === null,
      cpu: side.cpu_us_per_delivery,
    }));
    const most = Math.max(...all.map(({ cpu }) => cpu));
    drawn.push(`<text class="head" x="0" y="${y + 14}">${escaped(`${run.workload}: ${run.about}`)}</text>`);
    y += heading - 14;
    for (const { label, ours, cpu } of all.sort((a, b) => a.cpu - b.cpu)) {
      const long = Math.max(1, Math.round(((width - labels - figures) * cpu) / most));
      drawn.push(
        `<text class="label" x="${labels - 8}" y="${y + 13}">${escaped(label)}</text>`,
        `<rect class="${ours ? 'ours' : 'theirs'}" x="${labels}" y="${y}" width="${long}" height="${barHeight}" rx="2"/>`,
        `<text class="figure" x="${labels + long + 8}" y="${y + 13}">${cpu.toFixed(1)} µs${ours ? '' : `, ${times(cpu / run.ours.cpu_us_per_delivery)}`}</text>`,
      );
      y += barHeight + gap;
    }
    y += 12;
  }
  const { machine } = compared[0] as FanOutRun;
  const foot = `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, commit ${machine.commit}. Only Parley keeps what it delivers on disk before it says so.`;
  drawn.push(`<text class="foot" x="0" y="${y + 8}">${escaped(foot)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 18}" width="${width}" height="${y + 18}" role="img" aria-label="Server processor time for each delivery">
<style>
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2430; }
  .title { font-weight: 600; font-size: 15px; } .head { font-weight: 600; } .label { text-anchor: end; }
  .foot { font-size: 11px; fill: #6b7280; } .ours { fill: #2563eb; } .theirs { fill: #b8bfcc; } .ground { fill: #fff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6e9f0; } .foot { fill: #9aa3b2; } .ours { fill: #6ea0ff; } .theirs { fill: #59616f; } .ground { fill: #0d1117; }
  }
</style>
<rect class="ground" width="100%" height="100%"/>
<text class="title" x="0" y="18">Server processor time for each delivery (less is better)</text>
${drawn.join('\n')}
</svg>
`;
}

function times(ratio: number): string {
  return `${ratio.toFixed(ratio < 10 ? 2 : 0)} × Parley’s`;
}

export function escaped(text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
