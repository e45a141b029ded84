/**
 * How fast one conversation may go: what it costs the others is what it makes the server write, so what tells everyone
 * in it something counts once for each of them, and a long text several times. Only its participants are told to wait.
 * Whoever else asks is refused as ever and uses up nothing, so that nobody learns from a wait that it exists (SEE-5), and
 * nobody outside can stop it.
 */
import type { PersonId } from '../conversation/commands.ts';
import type { ConversationState } from '../conversation/state.ts';
import { isParticipant } from '../conversation/visibility.ts';
import type { Limits } from '../limits.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Pace, paceOf, taken, waitMs } from '../runtime/pace.ts';
import type { ConversationRequest } from './request.ts';
import type { Resident } from './resident.ts';

export class ConversationPace {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #pace: Pace;
  readonly #deliveryChars: number;

  constructor(clock: Pick<Clock, 'monotonicMs'>, limits: Limits) {
    this.#clock = clock;
    this.#deliveryChars = limits.deliveryChars;
    this.#pace = paceOf(limits.conversationDeliveriesPerSecond, limits.conversationDeliveriesBurst);
  }

  /** 0, or the milliseconds until the conversation takes such a request of this person. */
  waitMs({ state, paidOffMs }: Resident, { type }: ConversationRequest, by: PersonId): number {
    if (paidOffMs === 0 || !isTold(type) || state === null || !isParticipant(state, by)) return 0;
    return waitMs(this.#pace, paidOffMs, this.#clock.monotonicMs());
  }

  /** The request has been granted and led to this state. */
  decided(resident: Resident, request: ConversationRequest, after: ConversationState): void {
    if (!isTold(request.type)) return;
    const deliveries = after.current * deliveriesOf(request, this.#deliveryChars);
    resident.paidOffMs = taken(this.#pace, resident.paidOffMs, this.#clock.monotonicMs(), deliveries);
  }
}

/** To one participant. */
function deliveriesOf(request: ConversationRequest, deliveryChars: number): number {
  return request.type === 'reply' ? Math.ceil(request.text.length / deliveryChars) : 1;
}

/** Does everyone in the conversation hear of it? Of marks only their owner does, and a start has a pace of its own. */
function isTold(type: ConversationRequest['type']): boolean {
  return type === 'reply' || type === 'invite' || type === 'leave';
}
