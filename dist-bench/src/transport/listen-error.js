/** The operating system's reason for not listening, said so that an operator knows what to do; `code` is kept. */
export function cannotListen(host, port, error) {
    const why = error.code === 'EADDRINUSE'
        ? 'the port is taken by another process'
        : error.code === 'EACCES'
            ? 'this user may not listen on that port'
            : error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND'
                ? 'this machine has no such address'
                : error.message;
    return Object.assign(new Error(`cannot listen on ${host}:${port}: ${why}`), { code: error.code });
}
//# sourceMappingURL=listen-error.js.map