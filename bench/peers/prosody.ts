/**
 * Prosody as Debian packages it: epoll, internal storage, rooms (XEP-0045) that archive every message (mod_muc_mam), and
 * Lua's generational collector, which halves its processor time. TLS is off, because nobody else here has it either; so are
 * server-to-server connections and limits of rate.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { xmppHost, xmppRooms } from '../dialects/xmpp.ts';
import { executable, freePort, serve } from './daemon.ts';

const directory = process.argv[2] as string;
const command = executable('prosody', 'prosody');
const port = await freePort();
const data = join(directory, 'data');
const config = join(directory, 'prosody.cfg.lua');
mkdirSync(data, { recursive: true });
writeFileSync(
  config,
  `
run_as_root = true
pidfile = "${join(directory, 'prosody.pid')}"
data_path = "${data}"
network_backend = "epoll"
gc = { mode = "generational" }
plugin_paths = {}
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
modules_enabled = { "roster", "saslauth", "disco", "register_ibr", "mam" }
modules_disabled = { "s2s", "tls", "offline", "admin_shell" }
allow_registration = true
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
storage = "internal"
default_archive_policy = true
log = { warn = "*console" }
VirtualHost "${xmppHost}"
Component "${xmppRooms}" "muc"
  modules_enabled = { "muc_mam" }
  muc_log_by_default = true
  muc_log_all_rooms = true
  muc_room_locking = false
  muc_tombstones = false
`,
);
await serve({ command, args: ['--config', config, '-F'], env: {}, port, program: 'lua5.4' });
