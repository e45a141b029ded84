/** The bars: what Parley has to reach, always against something measured in the same run where time is concerned. */
import { type Bar, faultsOf, type Ratio, type Side } from './report.ts';
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
}

/** Of `desk` only what holds for every workload: nothing lost, doubled or out of order. */
export function fanOutBars({ workload, ours, sides, ratios, sync }: Compared): Bar[] {
  const bars = [bar(`${workload}: lost, doubled, out of order`, faultsOf(ours), 0, 'deliveries')];
  const relay = sides.get('relay');
  if (relay !== undefined && workload === 'hall') {
    bars.push(
      bar('hall: CPU a delivery', ours.cpu_us_per_delivery / relay.cpu_us_per_delivery, 1.15, '× relay'),
      bar('hall: p50', ours.p50_ms / relay.p50_ms, 1.15, '× relay'),
      bar('hall: p99', ours.p99_ms / relay.p99_ms, 1.15, '× relay'),
    );
  }
  if (relay !== undefined && workload === 'team') {
    bars.push(
      bar('team: p50 (relay + 1.5 × fdatasync)', ours.p50_ms, relay.p50_ms + 1.5 * sync.p50, 'ms'),
      bar('team: p99 (2 × relay + 2 × fdatasync)', ours.p99_ms, 2 * relay.p99_ms + 2 * sync.p99, 'ms'),
      bar('team: CPU a delivery', ours.cpu_us_per_delivery / relay.cpu_us_per_delivery, 2.5, '× relay'),
    );
  }
  if (workload === 'desk') return bars;
  const shares: readonly [PeerKind, number][] = [
    ['socketio', 0.5],
    ['ejabberd', 0.05],
    ['prosody', 0.05],
  ];
  for (const [kind, share] of shares) {
    const ratio = ratios.get(kind);
    if (ratio !== undefined) bars.push(bar(`${workload}: CPU a delivery`, ratio.cpu.median, share, `× ${kind}`));
  }
  return bars;
}
