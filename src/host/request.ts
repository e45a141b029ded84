/** What a session asks the host to do for a person: a command of the protocol, checked in form, not yet in rules. */
import type { Command, ConversationId, Facts, PersonId, RecordRef, Seq } from '../conversation/commands.ts';
import type { AlertPreferences, Position } from '../journal/entry.ts';
import { sha256 } from '../runtime/sha256.ts';

export type ConversationRequest =
  | {
      readonly type: 'start';
      readonly text: string;
      readonly people: readonly PersonId[];
      readonly about: RecordRef | null;
      readonly private: boolean;
    }
  | { readonly type: 'reply'; readonly conversation: ConversationId; readonly text: string }
  | { readonly type: 'read'; readonly conversation: ConversationId; readonly upTo: Seq }
  | { readonly type: 'invite'; readonly conversation: ConversationId; readonly people: readonly PersonId[] }
  | { readonly type: 'leave'; readonly conversation: ConversationId }
  | { readonly type: 'delete'; readonly conversation: ConversationId; readonly upTo: Seq };

export type PersonRequest =
  | { readonly type: 'readAll'; readonly at: readonly Position[] }
  | { readonly type: 'setAlerts'; readonly preferences: AlertPreferences };

export type Request = ConversationRequest | PersonRequest;

/** 16 bytes that tell one body from another (CMD-1); the order of a record's keys is fixed by how sessions build it. */
export function hashBody(request: Request): Uint8Array {
  return sha256(JSON.stringify(request), 16);
}

/**
 * A started conversation's id follows from who started it and by which command: a retry finds it without a search. It
 * begins with a letter, because what begins with a dash is an option to a command line.
 */
export function conversationIdOf(person: PersonId, commandId: string): ConversationId {
  const bytes = sha256(`${person}\0${commandId}`, 16);
  bytes.writeUInt8(bytes.readUInt8() & 0x7f);
  return bytes.toString('base64url');
}

export function toCommand(
  request: ConversationRequest,
  conversation: ConversationId,
  by: PersonId,
  now: number,
  facts: Facts,
): Command {
  // Each in full: of objects that others were spread into V8 made slow ones here, 3 % of all the time of a busy server.
  switch (request.type) {
    case 'start':
      return {
        type: 'start',
        by,
        now,
        facts,
        conversation,
        text: request.text,
        people: request.people,
        about: request.about,
        private: request.private,
      };
    case 'reply':
      return { type: 'reply', by, now, facts, text: request.text };
    case 'read':
      return { type: 'read', by, now, facts, upTo: request.upTo };
    case 'invite':
      return { type: 'invite', by, now, facts, people: request.people };
    case 'leave':
      return { type: 'leave', by, now, facts };
    case 'delete':
      return { type: 'delete', by, now, facts, upTo: request.upTo };
  }
}
