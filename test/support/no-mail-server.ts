/** E-mail for whoever is about everything else: the outbox is kept, and every mail server is down. */
import type { Mailing } from '../../src/alerts/mailer.ts';

export const noMailServer: Mailing = {
  sender: { send: async () => ({ is: 'down', cause: 'connection', code: 'ECONNREFUSED' }), close() {} },
  settings: {
    from: { name: '', address: 'parley@example.com' },
    replyTo: null,
    linkUrl: null,
    unsubscribeUrl: null,
    unsubscribeAddress: 'parley@example.com',
    includeText: false,
    language: 'en',
  },
};
