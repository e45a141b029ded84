/**
 * Port: one mail at a time to a mail server. Adapter: `mail-sender-smtp.ts`. A failure is a value that says whose it is:
 * of this one mail, or of the way to the server, so that one recipient's trouble never holds up the others.
 */

export interface Mailbox {
  /** Empty = the address alone. */
  readonly name: string;
  readonly address: string;
}

/** Whole and ready: a sender encodes it and adds nothing. No field but the two bodies holds a line break. */
export interface Mail {
  readonly from: Mailbox;
  readonly to: string;
  readonly replyTo: string | null;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** With angle brackets. The same for the same row of the outbox, however often it is sent. */
  readonly messageId: string;
  /** The conversation's own id, which all mails about it refer to. With angle brackets. */
  readonly thread: string;
  /** RFC 8058 where there is an https URL. */
  readonly unsubscribe: { readonly url: string | null; readonly address: string };
  readonly date: Date;
}

/** `code`: an SMTP reply's number or the name of a fault; never what a server said, which may repeat an address. */
export type SendResult =
  /** The server has taken it over: it must not be sent again. */
  | { readonly is: 'sent' }
  /** The server will never take this mail for this recipient. */
  | { readonly is: 'refused'; readonly code: string }
  /** Not this mail, not now; whether it went out may be unknown. */
  | { readonly is: 'later'; readonly code: string }
  /** No mail goes out until something changes there or in the configuration. */
  | { readonly is: 'down'; readonly cause: 'connection' | 'encryption' | 'sign-in' | 'sender'; readonly code: string };

export interface MailSender {
  /** Never rejects, and settles within `limits.mailDeadlineMs`, whatever the server does. */
  send(mail: Mail): Promise<SendResult>;
  /** Cuts off what is on the wire: that settles as `later`. Nothing may be sent afterwards. */
  close(): void;
}
