/** A process that is asked a line at a time and may die of a question: then the next one is asked of a new one. */
import type { Compiled, Running } from './compiled.ts';

/** Longer than any question takes: what does not answer by then never will. */
const answerMs = 60_000;

export class LineProcess {
  readonly #script: Compiled;
  readonly #before: string;
  #running: Running | null = null;
  /** Lines that have been answered. */
  #answered = 0;

  constructor(script: Compiled, before = 'true') {
    this.#script = script;
    this.#before = before;
  }

  /** The answer, or how the process ended over the question: its exit code or signal. */
  async ask(line: string): Promise<{ readonly line: string } | { readonly ended: number | string }> {
    this.#running ??= this.#script.start([], this.#before);
    const running = this.#running;
    running.child.stdin?.write(`${line}\n`);
    const timer = setTimeout(() => running.child.kill('SIGKILL'), answerMs);
    try {
      const answer = await Promise.race([running.line(this.#answered), running.ended]);
      if (typeof answer === 'object') {
        this.#answered += 1;
        return answer;
      }
      this.#running = null;
      this.#answered = 0;
      return { ended: answer };
    } finally {
      clearTimeout(timer);
    }
  }

  async end(): Promise<void> {
    this.#running?.child.kill('SIGKILL');
    await this.#running?.ended;
    this.#running = null;
  }
}
