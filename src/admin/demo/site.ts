/**
 * What the demo answers to plain GETs on the public port: a page that says what this is, and tokens for anyone who asks
 * from this very machine. Never for others: the server must be bound to loopback, the peer must be on it, and the Host
 * header must name it, so that a web page elsewhere cannot have its own name point here and ask (DNS rebinding).
 */
import { createHash } from 'node:crypto';
import type { Directory } from '../../directory/directory.ts';
import type { HttpAnswer, HttpHook } from '../../session/connection.ts';
import { issueToken } from '../../session/token-issuer.ts';
import { demoPeople, demoRecords } from './cast.ts';

export interface DemoSiteOptions {
  /** Null = no tokens are issued here; the reason is said instead. */
  readonly secret: string | null;
  readonly noTokensBecause: string;
  readonly audience: string;
  readonly issuer: string;
  /** Null until the server is there. */
  directory(): Directory | null;
}

const tokenSeconds = 8 * 3_600;

/** Is this an address of the loopback interface, as a bound host or as a peer? */
export function isLoopback(address: string): boolean {
  return /^127(\.\d{1,3}){3}$/.test(address) || address === '::1' || address === 'localhost';
}

function isThisMachine(host: string): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(host);
}

export function demoSite(options: DemoSiteOptions): HttpHook {
  return (path, query, remote, host) => {
    if (path === '/') return demoPage(options, isThisMachine(host) ? host : 'HOST:PORT');
    return path === '/demo/token' ? tokenAnswer(options, query, remote, host) : null;
  };
}

async function tokenAnswer(options: DemoSiteOptions, query: string, remote: string, host: string): Promise<HttpAnswer> {
  const { secret, audience, issuer } = options;
  if (secret === null) return json(403, { error: options.noTokensBecause });
  if (!isLoopback(remote) || !isThisMachine(host)) {
    return json(403, { error: 'demo tokens are for this machine only' });
  }
  const directory = options.directory();
  if (directory === null) return json(503, { error: 'the server is starting' });
  const person = new URLSearchParams(query).get('person') ?? '';
  if (!directory.isActive(person)) return json(404, { error: 'there is no such active person' });
  const token = await issueToken({ secret, person, audience, issuer, ttlSeconds: tokenSeconds });
  return json(200, { person, token, expiresInSeconds: tokenSeconds, note: 'for demos only' });
}

function json(status: number, value: object): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` };
}

const style = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #1b1f24; }
code, pre { font: 0.9rem/1.5 ui-monospace, monospace; background: #f2f4f7; border-radius: 4px; padding: 0.1rem 0.3rem; }
pre { padding: 0.8rem; overflow-x: auto; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: 0.2rem 1.5rem 0.2rem 0; }
.note { border-left: 4px solid #b45309; padding-left: 0.8rem; }
`;

/** `place`: where the page was found, safe to be shown. */
function demoPage({ secret, noTokensBecause }: DemoSiteOptions, place: string): HttpAnswer {
  const people = demoPeople.map(
    ({ id, first, last, active }) =>
      `<tr><td><code>${id}</code></td><td>${first} ${last}</td><td>${active ? '' : 'deactivated'}</td></tr>`,
  );
  const records = demoRecords.map(({ kind, id }) => `<li>${kind} <code>${id}</code></li>`);
  const tokens =
    secret === null
      ? `<p class="note">No demo tokens: ${noTokensBecause}.</p>`
      : `<p class="note">For demos only: anyone on this machine may sign in as anyone.</p>
<p>A token: <code>curl 'http://${place}/demo/token?person=anna'</code></p>`;
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parley demo</title>
<style>${style}</style>
</head>
<body>
<h1>Parley</h1>
<p>A self-hosted conversation server for CRMs: people talk about a contact, a company, a household or an opportunity,
and everyone sees exactly what the rules say. This is its demo, with people and conversations that are invented.</p>
<h2>Connect</h2>
<p>Clients open a WebSocket at <code>/v1</code> with the subprotocol <code>parley.v1</code> and send a token in their
first frame. <code>protocol/PROTOCOL.md</code> describes every frame; the SDK is <code>parley/client</code>.</p>
${tokens}
<pre>import { connect } from 'parley/client/node';

const getToken = async () =&gt;
  (await (await fetch('http://${place}/demo/token?person=anna')).json()).token;
const parley = connect({ url: 'ws://${place}/v1', getToken });
parley.sidebar.subscribe(() =&gt; console.log(parley.sidebar.getSnapshot().badge));</pre>
<h2>People</h2>
<table><tr><th>id</th><th>name</th><th></th></tr>
${people.join('\n')}
</table>
<h2>CRM records</h2>
<ul>
${records.join('\n')}
</ul>
</body>
</html>
`;
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy.join('; ') },
    body,
  };
}
