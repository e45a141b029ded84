/** English. `Texts` is the shape that every other language has to fill. */
import type { RecordRef } from '../../client/index.ts';

/** The form of a number: `plural(3, 'one day', '# days')`. */
export function pluralOf(language: string): (count: number, one: string, other: string) => string {
  const rules = new Intl.PluralRules(language);
  const number = new Intl.NumberFormat(language);
  return (count, one, other) => (rules.select(count) === 'one' ? one : other).replace('#', number.format(count));
}

const plural = pluralOf('en');
/** Where what is said depends on the record, it is named, or by its kind where its name is not for this reader. */
const tabOf = (record: string) => `the Conversations tab of ${record}`;

export const en = {
  conversations: 'Conversations',
  close: 'Close',
  cancel: 'Cancel',
  retry: 'Retry',
  discard: 'Discard',
  add: 'Add',
  refresh: 'Refresh',
  you: 'You',
  kind: {
    contact: 'Contact',
    company: 'Company',
    household: 'Household',
    opportunity: 'Opportunity',
  } as Record<RecordRef['kind'], string>,
  restricted: (kind: string) => `${kind}, restricted`,
  unreadMessages: (count: number) => plural(count, '1 unread message', '# unread messages'),
  andMore: (count: number) => plural(count, 'and 1 more', 'and # more'),

  // ---- sidebar
  moreActions: 'More actions',
  markAllRead: 'Mark all read',
  manageAlerts: 'Manage alerts',
  searchWith: 'Search conversations with',
  noneYet: 'No conversations yet',
  noneYetHint: 'What you start, and what others start with you, is listed here.',
  noneWith: (person: string) => `No conversations with ${person}`,
  loading: 'Loading conversations',
  loadOlder: 'Load older conversations',
  loadFailed: 'The conversations could not be loaded.',
  cannotBeShown: (count: number) =>
    plural(
      count,
      'What is stored of 1 of your conversations is damaged, so it cannot be shown. Please tell your administrator.',
      'What is stored of # of your conversations is damaged, so they cannot be shown. Please tell your administrator.',
    ),
  allRead: 'Everything is marked as read.',
  refreshed: 'The list is up to date.',

  // ---- a conversation
  markAsRead: 'Mark as read',
  invite: 'Invite',
  leave: 'Leave',
  delete: 'Delete',
  more: 'More',
  less: 'Less',
  private: 'Private',
  privateHint: 'Only its participants see it, in the record’s tab too.',
  unreadFrom: 'New',
  unread: 'unread',
  joined: (by: string, who: string) => (by === who ? `${who} joined` : `${by} invited ${who}`),
  youJoined: (by: string) => `${by} invited you`,
  invitedByYou: (who: string) => `You invited ${who}`,
  left: (who: string) => `${who} left`,
  erased: 'This message was erased.',
  youLeft: 'You left',
  standingLeft: 'You have left this conversation. You see what was written until then; nothing new comes.',
  standingDeleted: 'You have deleted this conversation from your list. You can reply again when someone writes in it.',
  standingViewer: 'Only participants reply here.',
  sending: 'Sending…',
  notSent: 'Not sent.',
  newConversation: 'New conversation',

  // ---- composer
  sendMessage: 'Send a message',
  reply: 'Reply',
  sendHint: (key: string) => `${key}+Enter sends`,
  bytesLeft: (count: number) => plural(count, '1 byte left', '# bytes left'),
  bytesOver: (count: number) => plural(count, '1 byte too long', '# bytes too long'),

  // ---- pickers
  showList: 'Show list',
  hits: (count: number) => plural(count, '1 result', '# results'),
  noHits: 'Nothing found',
  remove: (name: string) => `Remove ${name}`,

  // ---- new conversation
  message: 'Message',
  participants: 'Participants',
  participantsHint: 'Search by last name',
  about: 'About',
  aboutHint: 'Search a record by name',
  aboutKind: 'Kind of record',
  anyKind: 'Any kind',
  privateBox: 'Private to participants',
  start: 'Start conversation',
  messageMissing: 'Write a message.',
  participantsMissing: 'Choose at least one person.',
  aboutMissing: 'Pick a record from the list, or clear this field.',
  participantMissing: 'Pick a person from the list, or clear this field.',
  started: 'The conversation has started.',

  // ---- invite
  inviteTitle: 'Invite to this conversation',
  inviteSees: 'In their own list they will see what is written from now on, and nothing earlier.',
  inviteTab: (record: string) =>
    `This conversation is open in ${tabOf(record)}: whoever may view that record can read all of it there.`,
  inviteTabPrivate: (record: string) =>
    `It is private: in ${tabOf(record)}, too, they will see only what is written from now on.`,
  inviteTold: 'All participants will be told.',
  invited: 'Invited.',

  // ---- leave, delete
  leaveTitle: 'Leave this conversation?',
  leaveKeeps: 'You keep it in your list as it is now, but nothing new will come and you can no longer reply.',
  leaveTab: (record: string) => `Whoever may view the record, you included, can still read it in ${tabOf(record)}.`,
  leaveTabPrivate: (record: string) => `It is private: it will be gone from your view of ${tabOf(record)}.`,
  leaveTold: 'The others will be told that you left. To come back you must be invited.',
  deleteTitle: 'Delete this conversation from your list?',
  deleteOwn: 'Only your own copy goes, for ever. The others keep theirs and are not told.',
  deleteTab: (record: string) => `It stays in ${tabOf(record)}.`,
  deleteComesBack:
    'You remain a participant: when someone writes in it, it comes back with what is new. Until then you can neither reply nor invite.',
  deleteLeft: 'As you have left it, it comes back only if you are invited again.',

  // ---- manage alerts
  email: 'E-mail',
  popup: 'Pop-up',
  forConversations: 'New conversations',
  forMessages: 'New messages',
  forMessagesHint: 'and people joining or leaving',
  alertsHint: 'How you are told of what others write. Your own messages never alert you.',
  notifications: 'Notifications of this device, while the page is out of sight',
  notificationsDenied: 'Notifications are blocked in this browser’s settings.',
  save: 'Save',
  saved: 'Your alerts are saved.',

  // ---- what was refused, by the names of refusals and faults
  refusals: {
    fallback: 'That did not work. Please try again.',
    'not-found': 'This is not there any more, or not for you.',
    'person-deactivated': 'Your access has been deactivated.',
    'text-blank': 'Write a message.',
    'text-too-long': 'The message is too long.',
    'not-participant': 'You are not a participant of this conversation.',
    'person-inactive': 'One of these people is no longer active.',
    'people-missing': 'Choose at least one person.',
    'people-repeated': 'Someone is named twice. You yourself are always part of it.',
    'too-many-people': 'These are too many people for one conversation.',
    'about-not-found': 'This record is not there, or not for you.',
    'nothing-unread': 'There is nothing unread.',
    'already-participant': 'One of these people is already a participant.',
    'leave-starter': 'Whoever started a conversation cannot leave it.',
    'leave-too-few': 'One can leave only where three or more people take part.',
    left: 'You have left this conversation.',
    deleted: 'You have deleted this conversation. It comes back when someone writes in it.',
    'no-copy': 'This conversation is not in your list any more.',
    'read-only': 'The server takes no messages at the moment.',
    damaged: 'What is stored of this is damaged. Please tell your administrator.',
    closed: 'The connection has ended. Reload the page to go on.',
    'outbox-full': 'Too much is waiting to be sent.',
  },

  // ---- launcher, tab, alerts, connection: the elements of these names
  launcher: (unread: number) =>
    unread === 0
      ? 'Conversations'
      : plural(unread, 'Conversations, 1 with unread messages', 'Conversations, # with unread messages'),
  news: 'New messages',
  newsCount: (count: number) => plural(count, '1 new message', '# new messages'),
  dismiss: 'Dismiss',
  tabEmpty: 'Nobody has talked about this yet.',
  tabRefused: 'There is no such record, or you may not view it.',
  tabTooMany: 'Too many tabs of records are open. Close one, then try again.',
  tryAgain: 'Try again',
  connecting: 'Connecting…',
  reconnecting: 'Reconnecting… What you type is kept.',
  offline: 'No network. What you type is kept and sent later.',
  closed: 'You are signed out. Reload the page to sign in again.',
  connected: 'Connected again.',
};

export type Texts = typeof en;
