/**
 * States of an automaton that are kept for later values. What is kept is bounded: where there is no room left, all is thrown away, and
 * for a while none is kept, since keeping costs more than it saves where every character leads to another state.
 */

/** Units of some 8 bytes that may be kept: so much for any program, and so much more for each of its instructions. */
const baseUnits = 1024;
const unitsPerInstruction = 40;
/** What a state takes beside its contents, a transition to it included. */
const unitsPerState = 40;
const unitsPerTransition = 2;
/** States that are not kept after all were thrown away. */
const pause = 200;

/** Of one program. */
export class KeptStates<State> {
  #states = new Map<string, State>();
  #units = 0;
  #pausing = 0;

  /** `forget` is called where all states are thrown away, for what else leads to them. */
  readonly #instructions: number;
  readonly #forget: () => void;

  constructor(instructions: number, forget: () => void) {
    this.#instructions = instructions;
    this.#forget = forget;
  }

  /** The kept state with this key, or `made` if there is none yet, with contents of so many units; undefined where none is kept now. */
  keep(key: () => string, units: number, made: () => State): State | undefined {
    if (this.#pausing > 0) {
      this.#pausing -= 1;
      return undefined;
    }
    const text = key();
    const known = this.#states.get(text);
    this.#units += known === undefined ? unitsPerState + units : unitsPerTransition;
    if (this.#units > baseUnits + unitsPerInstruction * this.#instructions) {
      this.#states = new Map();
      this.#units = 0;
      this.#pausing = pause;
      this.#forget();
      return undefined;
    }
    if (known !== undefined) return known;
    const state = made();
    this.#states.set(text, state);
    return state;
  }
}
