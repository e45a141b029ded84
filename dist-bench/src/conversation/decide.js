/** A start for a conversation that exists, or anything else for one that does not: whoever asks has a bug. */
export class MisplacedCommand extends Error {
    name = 'MisplacedCommand';
}
/** At least one event; all bear the command's time, numbered on from the state. */
export function decide(state, command) {
    const { by, now: at } = command;
    if (command.type === 'start') {
        if (state !== null)
            throw new MisplacedCommand('start of a conversation that exists');
        const { conversation, text, people, about, private: isPrivate } = command;
        return [{ type: 'started', v: 1, seq: 1, at, by, conversation, text, people, about, private: isPrivate }];
    }
    if (state === null)
        throw new MisplacedCommand(`${command.type} in a conversation that does not exist`);
    const v = state.v + 1;
    const seq = state.head + 1;
    switch (command.type) {
        case 'reply':
            return [{ type: 'replied', v, seq, at, by, text: command.text }];
        case 'invite':
            return command.people.map((who, nth) => ({ type: 'joined', v: v + nth, seq: seq + nth, at, by, who }));
        case 'leave':
            return [{ type: 'left', v, seq, at, by }];
        case 'read':
            return [{ type: 'read', v, at, by, upTo: command.upTo }];
        case 'delete':
            return [{ type: 'deleted', v, at, by, upTo: command.upTo }];
    }
}
//# sourceMappingURL=decide.js.map