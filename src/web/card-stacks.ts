/**
 * Cards of a long list in stacks, each a box that the browser leaves alone while it is far from the screen: find-in-page
 * and screen readers still have all of it. Not each card is such a box: the browser asks every one of them at every frame
 * whether it is near, and of ten thousand that takes longer than a frame has.
 */
const stackMax = 20;
/** Of a card that was never seen. */
const guessedPx = 250;

export class CardStacks {
  readonly #list: HTMLElement;

  constructor(list: HTMLElement) {
    this.#list = list;
  }

  /** The card after it; null = it is the last. */
  nextOf(card: Element): HTMLElement | null {
    const next = card.nextElementSibling ?? card.parentElement?.nextElementSibling?.firstElementChild;
    return (next ?? null) as HTMLElement | null;
  }

  previousOf(card: Element): HTMLElement | null {
    const previous = card.previousElementSibling ?? card.parentElement?.previousElementSibling?.lastElementChild;
    return (previous ?? null) as HTMLElement | null;
  }

  /** Puts the card before `next`, or at the end. No other one moves, unless a stack has grown to twice its size. */
  place(card: HTMLElement, next: HTMLElement | null): void {
    const from = card.parentElement;
    if (next === null) {
      const last = this.#list.lastElementChild;
      const stack = last !== null && last.childElementCount < stackMax ? last : this.#stackBefore(null);
      this.#put(card, stack, null);
    } else {
      const around = next.parentElement as Element;
      if (next !== around.firstElementChild && around.childElementCount >= 2 * stackMax) this.#split(next);
      const stack = next.parentElement as Element;
      const previous = stack.previousElementSibling;
      const isFull = stack.childElementCount >= stackMax && next === stack.firstElementChild;
      if (!isFull) this.#put(card, stack, next);
      else if (previous !== null && previous.childElementCount < stackMax) this.#put(card, previous, null);
      else this.#put(card, this.#stackBefore(stack), null);
    }
    this.#left(from);
  }

  remove(card: HTMLElement): void {
    const from = card.parentElement;
    card.remove();
    this.#left(from);
  }

  #put(card: HTMLElement, stack: Element, next: Element | null): void {
    stack.insertBefore(card, next);
    const { style } = stack as HTMLElement;
    style.containIntrinsicBlockSize = `auto ${stack.childElementCount * guessedPx}px`;
  }

  #left(stack: Element | null): void {
    if (stack?.childElementCount === 0) stack.remove();
  }

  /** Set property by property, which a strict style-src allows. */
  #stackBefore(next: Element | null): HTMLElement {
    const stack = document.createElement('div');
    stack.setAttribute('role', 'none');
    stack.style.contentVisibility = 'auto';
    this.#list.insertBefore(stack, next);
    return stack;
  }

  /** `next` begins a stack of its own; what holds the focus stays where it is. */
  #split(next: HTMLElement): void {
    const stack = next.parentElement as HTMLElement;
    const cards = [...stack.children] as HTMLElement[];
    const at = cards.indexOf(next);
    const isFocusBehind = cards.slice(at).some((card) => card.matches(':focus-within'));
    const moving = isFocusBehind ? cards.slice(0, at) : cards.slice(at);
    const to = this.#stackBefore(isFocusBehind ? stack : stack.nextElementSibling);
    for (const card of moving) this.#put(card, to, null);
  }
}
