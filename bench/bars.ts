/** The bars: what Parley has to reach, always against something measured in the same run where time is concerned. */
import { type Bar, faultsOf, type HttpFigures, type Ratio, type Side } from './report.ts';
import type { PeerKind, WorkloadName } from './workload.ts';

export function bar(name: string, value: number, limit: number, unit: string): Bar {
  return { bar: name, value, limit, unit, met: value <= limit };
}

export interface Compared {
  readonly workload: WorkloadName;
  readonly ours: Side;
  readonly sides: ReadonlyMap<PeerKind, Side>;
  readonly ratios: ReadonlyMap<PeerKind, Ratio>;
  readonly sync: { readonly p50: number; readonly p99: number };
  readonly http: readonly HttpFigures[] | undefined;
}

/** Of `desk` only what holds for every workload: nothing lost, doubled or out of order, no request refused. */
export function fanOutBars({ workload, ours, sides, ratios, sync, http }: Compared): Bar[] {
  const bars = [bar(`${workload}: lost, doubled, out of order`, faultsOf(ours), 0, 'deliveries')];
  if (http !== undefined) {
    const refused = http.reduce((sum, { not_2xx }) => sum + not_2xx, 0);
    bars.push(bar(`${workload}: HTTP requests not answered with 2xx`, refused, 0, 'requests'));
  }
  const [relay, ratio] = [sides.get('relay'), ratios.get('relay')];
  if (ratio !== undefined && workload === 'hall') {
    bars.push(
      bar('hall: CPU a delivery', ratio.cpu.median, 1.15, '× relay'),
      bar('hall: p50', ratio.p50.median, 1.15, '× relay'),
      bar('hall: p99', ratio.p99.median, 1.15, '× relay'),
    );
  }
  if (relay !== undefined && ratio !== undefined && workload === 'team') {
    bars.push(
      bar('team: p50 (relay + 1.5 × fdatasync)', ours.p50_ms, relay.p50_ms + 1.5 * sync.p50, 'ms'),
      bar('team: p99 (2 × relay + 2 × fdatasync)', ours.p99_ms, 2 * relay.p99_ms + 2 * sync.p99, 'ms'),
      bar('team: CPU a delivery', ratio.cpu.median, 2.5, '× relay'),
    );
  }
  if (workload === 'desk') return bars;
  const shares: readonly [PeerKind, number][] = [
    ['socketio', 0.5],
    ['ejabberd', 0.05],
    ['prosody', 0.05],
  ];
  for (const [kind, share] of shares) {
    const over = ratios.get(kind);
    if (over !== undefined) bars.push(bar(`${workload}: CPU a delivery`, over.cpu.median, share, `× ${kind}`));
  }
  return bars;
}
