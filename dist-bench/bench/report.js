export function reportOf(workload, sync, rounds) {
    const relay = figuresOf(rounds, 'relay');
    const parley = figuresOf(rounds, 'parley');
    const sum = (of) => rounds.reduce((total, { measured }) => total + of(measured), 0);
    return {
        workload,
        sync,
        relay,
        parley,
        ratio: {
            p50: parley.p50 / relay.p50,
            p99: parley.p99 / relay.p99,
            cpu: parley.cpuMicrosPerDelivery / relay.cpuMicrosPerDelivery,
        },
        sent: sum(({ sent }) => sent),
        deliveries: sum(({ deliveries }) => deliveries),
        lost: sum(({ lost }) => lost),
        doubled: sum(({ doubled }) => doubled),
        misordered: sum(({ misordered }) => misordered),
        rounds,
    };
}
function figuresOf(rounds, kind) {
    const of = rounds.filter((round) => round.kind === kind).map(({ measured }) => measured);
    return {
        p50: median(of.map(({ delivery }) => delivery.p50)),
        p99: median(of.map(({ delivery }) => delivery.p99)),
        ackP50: median(of.map(({ acknowledgement }) => acknowledgement.p50)),
        ackP99: median(of.map(({ acknowledgement }) => acknowledgement.p99)),
        cpuMicrosPerDelivery: median(of.map(({ cpuMicrosPerDelivery }) => cpuMicrosPerDelivery)),
    };
}
export function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    const upper = sorted[middle] ?? Number.NaN;
    return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
export function markdownOf(report) {
    const { machine } = report;
    const lines = [
        `# Fan-out, ${report.at}`,
        '',
        `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; ${machine.os}; Node ${machine.node}; ` +
            `commit ${machine.commit}. Medians of ${report.rounds} rounds of ${report.seconds} s each, relay and Parley in turn.`,
    ];
    for (const { workload, sync, relay, parley, ratio, ...counts } of report.workloads) {
        lines.push('', `## ${workload.name}: ${workload.conversations} × ${workload.people} people, ${workload.perSecond} messages/s`, '', '| server | p50 ms | p99 ms | acknowledged p50 / p99 ms | CPU µs a delivery |', '|---|---|---|---|---|', `| bare relay | ${ms(relay.p50)} | ${ms(relay.p99)} | – | ${relay.cpuMicrosPerDelivery.toFixed(1)} |`, `| Parley | ${ms(parley.p50)} | ${ms(parley.p99)} | ${ms(parley.ackP50)} / ${ms(parley.ackP99)} | ` +
            `${parley.cpuMicrosPerDelivery.toFixed(1)} |`, `| ratio | ${ratio.p50.toFixed(2)} | ${ratio.p99.toFixed(2)} | | ${ratio.cpu.toFixed(2)} |`, '', `${counts.sent} messages, ${counts.deliveries} deliveries: ${counts.lost} lost, ${counts.doubled} doubled, ` +
            `${counts.misordered} out of order. One fdatasync on the same disk meanwhile: ${ms(sync.p50)} ms, ` +
            `p99 ${ms(sync.p99)} ms.`);
    }
    return `${lines.join('\n')}\n`;
}
function ms(value) {
    return value.toFixed(value < 1 ? 3 : 2);
}
//# sourceMappingURL=report.js.map