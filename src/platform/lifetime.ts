/** Holds a call's background work back until the call has ended; see `Lifetime` for why. */
import type { Lifetime } from '../proxy/call.ts';

export class CallLifetime implements Lifetime {
  #held: Promise<unknown>[] | undefined;
  #ended = false;
  readonly #context: Pick<ExecutionContext, 'waitUntil'>;

  constructor(context: Pick<ExecutionContext, 'waitUntil'>) {
    this.#context = context;
  }

  /** Work that is done with before the call ends costs nothing; work of an abandoned call is dropped with it. */
  waitUntil(work: Promise<unknown>): void {
    if (this.#ended) {
      this.#context.waitUntil(work);
      return;
    }
    this.#held ??= [];
    this.#held.push(work);
  }

  /** The call has ended: from here on nothing of it can be abandoned. */
  end(): void {
    this.#ended = true;
    if (this.#held === undefined) return;
    for (const work of this.#held) this.#context.waitUntil(work);
    this.#held = undefined;
  }
}
