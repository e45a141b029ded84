/** The dialogs, which are fetched beside the rest: see `open-dialog.ts`. */
export { Confirm } from './confirm.ts';
export { Invite } from './invite.ts';
export { ManageAlerts } from './manage-alerts.ts';
export { NewConversation } from './new-conversation.ts';
