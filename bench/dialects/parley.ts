/** Parley's own protocol: hello with a token; the first person of each conversation starts it. */
import { Failure } from '../../src/admin/exit-codes.ts';
import { issueToken } from '../../src/session/token-issuer.ts';
import { subprotocol } from '../../src/wire/close-codes.ts';
import { decodeServerFrame, encode } from '../../src/wire/codec.ts';
import type { ClientFrame, ServerFrame, ServerFrames } from '../../src/wire/frames.ts';
import { clientFrame, type Line, RawSocket } from '../raw-socket.ts';
import { personId, type Shape, tokens } from '../workload.ts';
import type { Dialect, Seat } from './dialect.ts';

export const parleyDialect: Dialect = {
  acknowledges: true,
  sit: async (target, conversation, index) => (await signIn(target.port, personId(conversation, index))).line,
  open: startAll,
  post: (conversation, text, id) => clientFrame(encode({ t: 'reply', id, conversation, text })),
};

export interface SignedIn {
  readonly person: string;
  readonly token: string;
  readonly line: RawSocket;
  readonly welcome: ServerFrames['welcome'];
}

/** No run is longer. */
const tokenSeconds = 7 * 86_400;

/** `from`: the loopback address to come from; one address has ports for some 28,000 connections. */
export async function signIn(port: number, person: string, from?: string): Promise<SignedIn> {
  const token = await issueToken({ ...tokens, person, ttlSeconds: tokenSeconds });
  const line = await RawSocket.open(port, '/v1', subprotocol, from);
  const welcome = await until(line, 'welcome', () => say(line, { t: 'hello', v: 1, token }));
  return { person, token, line, welcome };
}

/** On a new connection from where the old one was; resolves when the person is up to date. `heard`: all that comes. */
export async function connectAgain(
  port: number,
  before: SignedIn,
  from?: string,
  heard: (frame: ServerFrame) => void = () => {},
): Promise<SignedIn> {
  const { person, token } = before;
  const { epoch, at, directory } = before.welcome;
  const line = await RawSocket.open(port, '/v1', subprotocol, from);
  const hello = { t: 'hello', v: 1, token, resume: { epoch, at, directory } } as const;
  const welcome = await new Promise<ServerFrames['welcome']>((resolve, reject) => {
    let welcomed: ServerFrames['welcome'] | null = null;
    line.onClose = (code) => reject(new Failure('failed', `the server closed a connection with ${code}`));
    line.onFrame = (bytes, start, end) => {
      const frame = decodeServerFrame(bytes.subarray(start, end));
      heard(frame);
      if (frame.t === 'error') reject(new Failure('failed', `${frame.name}: ${frame.message}`));
      if (frame.t === 'welcome') welcomed = frame;
      if (welcomed !== null && (frame.t === 'live' || !welcomed.resumed)) resolve(welcomed);
    };
    say(line, hello);
  });
  return { person, token, line, welcome };
}

/** Whoever sits there invites them. */
export async function inviteTo({ line }: Seat, conversation: string, people: readonly string[]): Promise<void> {
  await until(line, 'ok', () => say(line, { t: 'invite', id: 'invite', conversation, people: [...people] }));
}

/** A conversation is there when everyone in it has been told. */
async function startAll(seats: readonly Seat[], shape: Shape): Promise<string[]> {
  const ids: string[] = [];
  for (let conversation = 0; conversation < shape.conversations; conversation += 1) {
    const members = seats.slice(conversation * shape.people, (conversation + 1) * shape.people);
    const people = members.slice(1).map(({ index }) => personId(conversation, index));
    const starter = members[0] as Seat;
    const [card] = await Promise.all(
      members.map(({ line, index }) =>
        until(line, 'card', () => {
          if (index === 0) say(starter.line, { t: 'start', id: 'start', text: 'Here we are.', people });
        }),
      ),
    );
    ids.push((card as ServerFrames['card']).card.conversation);
  }
  return ids;
}

export function say(line: Line, frame: ClientFrame): void {
  line.send(clientFrame(encode(frame)));
}

/** The next frame of this name; an error rejects, and so does the end of the connection. */
export function until<T extends ServerFrame['t']>(line: Line, name: T, ask: () => void): Promise<ServerFrames[T]> {
  return new Promise((resolve, reject) => {
    line.onFrame = (bytes, start, end) => {
      const frame = decodeServerFrame(bytes.subarray(start, end));
      if (frame.t === name) resolve(frame as ServerFrames[T]);
      else if (frame.t === 'error') reject(new Failure('failed', `${frame.name}: ${frame.message}`));
    };
    line.onClose = (code) =>
      reject(new Failure('failed', `the server closed a connection with ${code} before ${name}`));
    ask();
  });
}
