/** What the journal says of a conversation, in the words of the model. */
import type { ConversationEvent } from '../../src/conversation/events.ts';
import type { Happening } from './model.ts';

export function happeningOf(talk: string, event: ConversationEvent): Happening {
  const { at, by: who } = event;
  switch (event.type) {
    case 'started': {
      const about = event.about === null ? null : `${event.about.kind}:${event.about.id}`;
      return { what: 'started', talk, at, who, with: event.people, about, secret: event.private, text: event.text };
    }
    case 'replied':
      return { what: 'said', talk, at, who, text: event.text };
    case 'joined':
      return { what: 'came', talk, at, who, guest: event.who };
    case 'left':
      return { what: 'went', talk, at, who };
    case 'read':
      return { what: 'marked', talk, at, who, upTo: event.upTo };
    case 'deleted':
      return { what: 'binned', talk, at, who, upTo: event.upTo };
    case 'erased':
      return { what: 'wiped', talk, seqs: event.seqs };
  }
}
