export const workloads = {
    hall: { name: 'hall', conversations: 1, people: 1000, perSecond: 40, about: 'fan-out: 40,000 deliveries/s' },
    team: { name: 'team', conversations: 100, people: 5, perSecond: 1000, about: 'commits: 1,000 messages/s' },
};
/** Bytes of a message's text. */
export const textBytes = 120;
export function personId(conversation, index) {
    return `bench-${conversation}-${index}`;
}
/** Signs the tokens of one run; the server is gone after it. */
export const tokens = { secret: 'a secret of one benchmark run on the loopback', audience: 'bench', issuer: 'bench' };
//# sourceMappingURL=workload.js.map