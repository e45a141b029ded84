/** One server, loaded once: both started afresh, so that no round inherits anything from the one before. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
export async function runRound(options) {
    const { kind, workload, warmUpSeconds, seconds } = options;
    const data = mkdtempSync(join(options.directory, 'parley-bench-'));
    try {
        const server = start(kind === 'relay' ? 'relay' : 'parley-server', [join(data, 'data'), workload.name], options.profileTo);
        const { port } = await message(server);
        const generator = start('generator', []);
        const order = { target: { kind, port, pid: server.pid }, workload, warmUpSeconds, seconds };
        generator.send(order);
        try {
            return await Promise.race([message(generator), ended(server)]);
        }
        finally {
            await Promise.all([end(generator), end(server)]);
        }
    }
    finally {
        rmSync(data, { recursive: true, force: true });
    }
}
function start(name, args, profileTo) {
    const execArgv = profileTo === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileTo}`];
    return fork(fileURLToPath(new URL(`./${name}.js`, import.meta.url)), args, { execArgv });
}
/** The first message of the process; rejects where it ends without one. */
function message(child) {
    return Promise.race([new Promise((resolve) => child.once('message', (value) => resolve(value))), ended(child)]);
}
function ended(child) {
    return new Promise((_, reject) => {
        child.once('exit', (code, signal) => reject(new Error(`${child.spawnargs[1]} ended with ${signal ?? code}`)));
    });
}
async function end(child) {
    if (child.exitCode !== null || child.signalCode !== null)
        return;
    const gone = new Promise((resolve) => child.once('exit', () => resolve()));
    if (child.connected)
        child.disconnect();
    const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await gone;
    clearTimeout(timer);
}
//# sourceMappingURL=round.js.map