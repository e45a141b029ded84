export function systemClock() {
    let last = 0;
    return {
        tick() {
            last = Math.max(last + 1, Math.floor((performance.timeOrigin + performance.now()) * 1000));
            return last;
        },
        now: () => Date.now() * 1000,
        monotonicMs: () => performance.now(),
        raiseFloor(micros) {
            last = Math.max(last, micros);
        },
        after(ms, run) {
            const handle = setTimeout(run, ms);
            return { cancel: () => clearTimeout(handle) };
        },
        every(ms, run) {
            const handle = setInterval(run, ms);
            handle.unref();
            return { cancel: () => clearInterval(handle) };
        },
        soon(run) {
            setImmediate(run);
        },
    };
}
//# sourceMappingURL=clock.js.map