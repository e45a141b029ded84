/** `parley/client`: for browsers, and for Node with a global WebSocket. `docs/client.md` shows how it is used. */
export type {
  About,
  AlertPreferences,
  CrmRecord,
  Entry,
  Person,
  RecordRef,
} from '../wire/frames.ts';
export { connect } from './connect.ts';
export type { GetToken, TokenReason } from './credentials.ts';
export type { ClientClock, Network, Socket, SocketConstructor } from './environment.ts';
export type { ParleyEvent, ParleyEventName, ParleyEvents } from './events.ts';
export { ParleyError } from './failure.ts';
export type { ConnectionState } from './link.ts';
export type { Outbox, OutboxItem } from './outbox.ts';
export type { OutboxStorage } from './outbox-storage.ts';
export type { CommandOptions, Conversation, Parley, ParleyOptions, StartOptions } from './parley.ts';
export type { Sidebar, SidebarView } from './sidebar.ts';
export type { Store } from './store.ts';
export type { Tab, TabView } from './tab.ts';
export type { ConversationView, EntryView } from './view.ts';
