/**
 * ejabberd as Debian packages it: Mnesia, rooms (XEP-0045) that archive every message (mod_mam). TLS is off, because
 * nobody else here has it either; so are server-to-server connections and shapers.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { xmppHost, xmppRooms } from '../dialects/xmpp.ts';
import { executable, freePort, serve } from './daemon.ts';

const directory = process.argv[2] as string;
executable('ejabberdctl', 'ejabberd');
const command = executable('erl', 'erlang-base');
const port = await freePort();
const spool = join(directory, 'spool');
const logs = join(directory, 'logs');
const config = join(directory, 'ejabberd.yml');
for (const made of [directory, spool, logs]) {
  mkdirSync(made, { recursive: true });
  chmodSync(made, 0o777);
}
writeFileSync(
  config,
  `
hosts: [${xmppHost}]
loglevel: warning
listen:
  - port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    backlog: 1024
    max_stanza_size: 262144
    starttls_required: false
auth_method: internal
auth_password_format: plain
registration_timeout: infinity
access_rules:
  everyone:
    allow: all
modules:
  mod_disco: {}
  mod_mam:
    db_type: mnesia
    default: always
    assume_mam_usage: true
  mod_muc:
    host: ${xmppRooms}
    access: everyone
    access_create: everyone
    access_persistent: everyone
    history_size: 0
    max_users: 5000
    max_user_conferences: 10
    min_message_interval: 0
    min_presence_interval: 0
    default_room_options:
      mam: true
      max_users: 5000
      persistent: false
  mod_register:
    access: everyone
    ip_access: everyone
`,
);
const mnesia = ['-mnesia', 'dir', `"${spool}"`];
const libraries = process.env.ERL_LIBS ?? '/usr/lib/x86_64-linux-gnu';
await serve({
  command,
  args: ['+K', 'true', '+P', '250000', '-noinput', ...mnesia, '-s', 'ejabberd'],
  env: {
    ERL_LIBS: libraries,
    EJABBERD_CONFIG_PATH: config,
    EJABBERD_LOG_PATH: join(logs, 'ejabberd.log'),
    ERL_CRASH_DUMP: join(logs, 'erl_crash.dump'),
    HOME: directory,
  },
  port,
  program: 'beam.smp',
});
