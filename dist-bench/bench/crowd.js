/** Everyone connected, in their conversations, with nothing waiting to be read. */
import { issueToken } from '../src/session/token-issuer.js';
import { subprotocol } from '../src/wire/close-codes.js';
import { decodeServerFrame, encode } from '../src/wire/codec.js';
import { clientFrame, RawSocket } from './raw-socket.js';
import { personId, tokens } from './workload.js';
const connectingAtOnce = 50;
export async function gather(target, workload) {
    const total = workload.conversations * workload.people;
    const seats = [];
    for (let from = 0; from < total; from += connectingAtOnce) {
        const some = Array.from({ length: Math.min(connectingAtOnce, total - from) }, (_, offset) => from + offset);
        seats.push(...(await Promise.all(some.map((number) => sit(target, workload, number)))));
    }
    if (target.kind === 'relay')
        return { seats, conversationIds: seats.map(() => 'x'.repeat(22)) };
    return { seats, conversationIds: await startAll(seats, workload) };
}
async function sit(target, workload, number) {
    const conversation = Math.floor(number / workload.people);
    const index = number % workload.people;
    const socket = await RawSocket.open(target.port, '/v1', subprotocol, () => { });
    socket.onClose = (code) => {
        throw new Error(`the server closed a connection with ${code}`);
    };
    if (target.kind === 'relay') {
        const topic = Buffer.from(`conversation-${conversation}`);
        await reply(socket, () => socket.send(clientFrame(topic)));
    }
    else {
        const token = await issueToken({ ...tokens, person: personId(conversation, index), ttlSeconds: 3600 });
        await until(socket, 'welcome', () => say(socket, { t: 'hello', v: 1, token }));
    }
    return { conversation, index, socket };
}
/** The first person of each conversation starts it; it is there when everyone in it has been told. */
async function startAll(seats, workload) {
    const ids = [];
    for (let conversation = 0; conversation < workload.conversations; conversation += 1) {
        const members = seats.slice(conversation * workload.people, (conversation + 1) * workload.people);
        const people = members.slice(1).map(({ index }) => personId(conversation, index));
        const starter = members[0];
        const [card] = await Promise.all(members.map(({ socket, index }) => until(socket, 'card', () => {
            if (index === 0)
                say(starter.socket, { t: 'start', id: 'start', text: 'Here we are.', people });
        })));
        ids.push(card.card.conversation);
    }
    return ids;
}
function say(socket, frame) {
    socket.send(clientFrame(encode(frame)));
}
function reply(socket, ask) {
    return new Promise((resolve) => {
        socket.onFrame = () => resolve();
        ask();
    });
}
/** The next frame of this name; an error rejects. */
function until(socket, name, ask) {
    return new Promise((resolve, reject) => {
        socket.onFrame = (bytes, start, end) => {
            const frame = decodeServerFrame(bytes.subarray(start, end));
            if (frame.t === name)
                resolve(frame);
            else if (frame.t === 'error')
                reject(new Error(`${frame.name}: ${frame.message}`));
        };
        ask();
    });
}
//# sourceMappingURL=crowd.js.map