/**
 * Whether a whole value matches: an automaton whose states are built when a value first needs them and are kept for the next one.
 * What is kept is bounded; a value that needs more states than that, twice over, goes on without keeping any. Either way a
 * character costs at most a visit of each instruction.
 */
import { Alphabet } from './alphabet.ts';
import { assertionHolds, type Beside, beside, op, type Program } from './program.ts';

/** Units (numbers and references) that states may take: so much for any program, and so much more for each instruction. */
const baseUnits = 512;
const unitsPerInstruction = 32;
const unitsPerState = 16;

interface State {
  /** Instructions that wait for a character, assertions that wait to see it, and the end. */
  readonly waiting: readonly number[];
  readonly before: Beside;
  /** By class of character. */
  readonly next: (State | undefined)[];
  /** Whether a value that ends here matches, once known. */
  accepts: boolean | undefined;
}

export class FullMatcher {
  /** Instructions and characters visited so far: what matching has cost, free of clocks. */
  steps = 0;
  private readonly alphabet: Alphabet;
  private readonly maxUnits: number;
  private states = new Map<string, State>();
  private units = 0;
  private begin: State | undefined;
  /** The list in which an instruction was last entered. */
  private readonly entered: Float64Array;
  private list = 0;

  constructor(private readonly program: Program) {
    const size = program.ops.length;
    this.alphabet = new Alphabet(program);
    this.maxUnits = baseUnits + unitsPerInstruction * size;
    this.entered = new Float64Array(size);
  }

  matches(value: string): boolean {
    const { alphabet } = this;
    let state = this.beginState();
    let flushes = 0;
    this.steps += value.length;
    for (let at = 0; at < value.length; at += 1) {
      let code = value.charCodeAt(at);
      if (code >= 0xd800 && code < 0xdc00) {
        code = value.codePointAt(at) as number;
        if (code > 0xffff) at += 1;
      }
      const characterClass = alphabet.classOf(code);
      let next = state.next[characterClass];
      if (next === undefined) {
        next = this.advanced(state, characterClass);
        if (flushes < 2) {
          const kept = this.kept(next);
          if (kept === undefined) {
            this.flush();
            flushes += 1;
          } else {
            state.next[characterClass] = kept;
            next = kept;
          }
        }
      }
      if (next.waiting.length === 0) return false;
      state = next;
    }
    state.accepts ??= this.accepts(state);
    return state.accepts;
  }

  private beginState(): State {
    if (this.begin === undefined) {
      const { hasAssertions, start } = this.program;
      const waiting: number[] = [];
      this.list += 1;
      this.enter(start, waiting, undefined, beside.other);
      this.begin = newState(waiting, hasAssertions ? beside.edge : beside.other);
    }
    return this.begin;
  }

  private advanced(state: State, characterClass: number): State {
    const { alphabet } = this;
    const { next, detail } = this.program;
    const after = alphabet.besideOf(characterClass);
    const here = this.resolved(state, after);
    const waiting: number[] = [];
    this.list += 1;
    this.steps += here.length;
    for (const at of here) {
      if (this.program.ops[at] === op.set && alphabet.has(characterClass, detail[at] as number))
        this.enter(next[at] as number, waiting, undefined, after);
    }
    return newState(waiting, after);
  }

  private accepts(state: State): boolean {
    return this.resolved(state, beside.edge).includes(0);
  }

  /** What waits once assertions have been decided by what stands before and after. */
  private resolved(state: State, after: Beside): readonly number[] {
    if (!this.program.hasAssertions) return state.waiting;
    const here: number[] = [];
    this.list += 1;
    for (const at of state.waiting) this.enter(at, here, state.before, after);
    return here;
  }

  /** Enters an instruction and all that follows it without a character. Assertions wait where `before` is not given. */
  private enter(start: number, waiting: number[], before: Beside | undefined, after: Beside): void {
    const { ops, next, detail } = this.program;
    const ahead = [start];
    for (let at = ahead.pop(); at !== undefined; at = ahead.pop()) {
      if (this.entered[at] === this.list) continue;
      this.entered[at] = this.list;
      this.steps += 1;
      switch (ops[at]) {
        case op.split:
          ahead.push(detail[at] as number, next[at] as number);
          break;
        case op.save:
          ahead.push(next[at] as number);
          break;
        case op.assert:
          if (before === undefined) waiting.push(at);
          else if (assertionHolds(detail[at] as number, before, after)) ahead.push(next[at] as number);
          break;
        default:
          waiting.push(at);
      }
    }
  }

  /** The kept state that is equal, this one if there is none yet, or undefined if there is no room. */
  private kept(state: State): State | undefined {
    const key = String.fromCharCode(state.before, ...state.waiting);
    const known = this.states.get(key);
    // A transition takes a unit too.
    this.units += 1;
    if (known === undefined) this.units += unitsPerState + 2 * state.waiting.length;
    if (this.units > this.maxUnits) return undefined;
    if (known !== undefined) return known;
    this.states.set(key, state);
    return state;
  }

  private flush(): void {
    this.states = new Map();
    this.units = 0;
    this.begin = undefined;
  }
}

function newState(waiting: readonly number[], before: Beside): State {
  return { waiting, before, next: [], accepts: undefined };
}
