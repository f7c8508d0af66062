/**
 * Whether a whole value matches: an automaton whose states are built when a value first needs them and are kept for the next one. Built
 * or kept, a character costs at most a few visits of each instruction.
 */
import { Alphabet, type CharacterClass, inSet } from './alphabet.ts';
import { KeptStates } from './kept-states.ts';
import { assertionHolds, type Beside, beside, op, type Program } from './program.ts';

interface State {
  /** Instructions that wait for a character, assertions that wait to see it, and the end. */
  readonly waiting: Uint16Array;
  readonly before: Beside;
  /** By number of the character's class. */
  readonly next: (State | undefined)[];
  /** Whether a value that ends here matches, once known. */
  accepts: boolean | undefined;
}

/** One for each program, so that later values find the states that earlier ones have built. */
export class FullMatcher {
  /** Instructions and characters visited so far: what matching has cost, free of clocks. */
  steps = 0;
  readonly #alphabet: Alphabet;
  readonly #states: KeptStates<State>;
  #begin: State | undefined;
  /** The list in which an instruction was last entered, and the number of the list that is being made. */
  readonly #entered: Uint32Array;
  #list = 0;
  readonly #ahead: Uint16Array;
  /** What assertions let through, and the next state, made beside the one that it is made from. */
  readonly #here: Uint16Array;
  #made: Uint16Array;
  #spare: Uint16Array;

  readonly #program: Program;

  constructor(program: Program) {
    this.#program = program;
    const size = program.ops.length;
    this.#alphabet = new Alphabet(program);
    this.#states = new KeptStates(size, () => {
      this.#begin = undefined;
    });
    this.#entered = new Uint32Array(size);
    this.#ahead = new Uint16Array(2 * size + 1);
    this.#here = new Uint16Array(size);
    this.#made = new Uint16Array(size);
    this.#spare = new Uint16Array(size);
  }

  matches(value: string): boolean {
    const alphabet = this.#alphabet;
    let state = this.#beginState();
    this.steps += value.length;
    for (let at = 0; at < value.length; at += 1) {
      let code = value.charCodeAt(at);
      if (code >= 0xd800 && code < 0xdc00) {
        code = value.codePointAt(at) as number;
        if (code > 0xffff) at += 1;
      }
      const character = alphabet.classOf(code);
      let next = state.next[character.number];
      if (next === undefined) {
        next = this.#advanced(state, character);
        const kept = this.#kept(next);
        if (kept !== undefined) {
          state.next[character.number] = kept;
          next = kept;
        }
      }
      if (next.waiting.length === 0) return false;
      state = next;
    }
    state.accepts ??= this.#resolved(state, beside.edge).includes(0);
    return state.accepts;
  }

  #beginState(): State {
    if (this.#begin === undefined) {
      const { hasAssertions, start } = this.#program;
      this.#newList();
      const count = this.#enter(start, this.#made, 0, undefined, beside.other);
      this.#begin = newState(this.#made.slice(0, count), hasAssertions ? beside.edge : beside.other);
    }
    return this.#begin;
  }

  /** The state after a character, good until the one after the next is made. */
  #advanced(state: State, character: CharacterClass): State {
    const { ops, next, detail } = this.#program;
    const here = this.#resolved(state, character.beside);
    const made = this.#spare;
    this.#spare = this.#made;
    this.#made = made;
    let count = 0;
    this.#newList();
    this.steps += here.length;
    for (let index = 0; index < here.length; index += 1) {
      const at = here[index] as number;
      if (ops[at] === op.set && inSet(character, detail[at] as number))
        count = this.#enter(next[at] as number, made, count, undefined, character.beside);
    }
    return newState(made.subarray(0, count), character.beside);
  }

  /** What waits once assertions have been decided by what stands before and after. */
  #resolved({ waiting, before }: State, after: Beside): Uint16Array {
    if (!this.#program.hasAssertions) return waiting;
    let count = 0;
    this.#newList();
    for (const at of waiting) count = this.#enter(at, this.#here, count, before, after);
    return this.#here.subarray(0, count);
  }

  #newList(): void {
    this.#list += 1;
    if (this.#list > 0xffffffff) {
      this.#entered.fill(0);
      this.#list = 1;
    }
  }

  /**
   * Adds an instruction, or what follows it without a character, to the list of `count` that is being made; returns the new count.
   * Assertions wait where `before` is not given.
   */
  #enter(start: number, into: Uint16Array, count: number, before: Beside | undefined, after: Beside): number {
    const entered = this.#entered;
    const ahead = this.#ahead;
    const list = this.#list;
    const { ops, next, detail } = this.#program;
    let length = count;
    ahead[0] = start;
    for (let top = 0; top >= 0; ) {
      const at = ahead[top--] as number;
      if (entered[at] === list) continue;
      entered[at] = list;
      this.steps += 1;
      const code = ops[at];
      if (code === op.split) {
        ahead[++top] = detail[at] as number;
        ahead[++top] = next[at] as number;
      } else if (code === op.save) ahead[++top] = next[at] as number;
      else if (code !== op.assert || before === undefined) into[length++] = at;
      else if (assertionHolds(detail[at] as number, before, after)) ahead[++top] = next[at] as number;
    }
    return length;
  }

  /** The kept state that is equal to this one, where any are kept. */
  #kept({ waiting, before }: State): State | undefined {
    return this.#states.keep(
      () => String.fromCharCode(before, ...waiting),
      waiting.length / 2,
      () => newState(waiting.slice(), before),
    );
  }
}

function newState(waiting: Uint16Array, before: Beside): State {
  return { waiting, before, next: [], accepts: undefined };
}
