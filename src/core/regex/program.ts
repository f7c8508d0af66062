/**
 * The program of an expression: instructions over which all threads of a match run at once. Built from the end, each part being
 * given what follows it, so that no jumps are needed; preferred ways come first.
 */
import { type CharSet, setKey } from './char-set.ts';
import type { Assertion, RegexNode, Repetition } from './tree.ts';

export const op = { match: 0, set: 1, split: 2, save: 3, assert: 4 } as const;

export interface Program {
  readonly ops: Uint8Array;
  readonly next: Uint16Array;
  /** Of a set its number, of a split the way that is tried second, of a save its slot, of an assertion its number. */
  readonly detail: Uint16Array;
  readonly start: number;
  readonly sets: readonly CharSet[];
  readonly hasAssertions: boolean;
}

/** What stands beside a place in a text, as far as assertions tell it apart. */
export const beside = { edge: 0, newline: 1, word: 2, other: 3 } as const;
export type Beside = (typeof beside)[keyof typeof beside];

const assertions: readonly Assertion[] = [
  'begin-text',
  'end-text',
  'begin-line',
  'end-line',
  'word-boundary',
  'no-word-boundary',
];

/** Whether the assertion of this number holds between two places. */
export function assertionHolds(number: number, before: Beside, after: Beside): boolean {
  switch (assertions[number]) {
    case 'begin-text':
      return before === beside.edge;
    case 'end-text':
      return after === beside.edge;
    case 'begin-line':
      return before <= beside.newline;
    case 'end-line':
      return after <= beside.newline;
    case 'word-boundary':
      return (before === beside.word) !== (after === beside.word);
    default:
      return (before === beside.word) === (after === beside.word);
  }
}

/** Builds the program; groups above `lastGroup` are not captured. */
export function buildProgram(tree: RegexNode, lastGroup: number): Program {
  const builder = new ProgramBuilder(lastGroup);
  const match = builder.add(op.match, 0, 0);
  return builder.done(builder.emit(tree, match));
}

class ProgramBuilder {
  readonly #ops: number[] = [];
  readonly #next: number[] = [];
  readonly #detail: number[] = [];
  readonly #sets: CharSet[] = [];
  readonly #setNumbers = new Map<string, number>();
  #hasAssertions = false;

  readonly #lastGroup: number;

  constructor(lastGroup: number) {
    this.#lastGroup = lastGroup;
  }

  done(start: number): Program {
    return {
      ops: Uint8Array.from(this.#ops),
      next: Uint16Array.from(this.#next),
      detail: Uint16Array.from(this.#detail),
      start,
      sets: this.#sets,
      hasAssertions: this.#hasAssertions,
    };
  }

  add(code: number, next: number, detail: number): number {
    this.#next.push(next);
    this.#detail.push(detail);
    return this.#ops.push(code) - 1;
  }

  /** Adds what a node does before `next`, and returns where it begins. */
  emit(node: RegexNode, next: number): number {
    switch (node.kind) {
      case 'set':
        return this.add(op.set, next, this.#setNumber(node.set));
      case 'assert':
        this.#hasAssertions = true;
        return this.add(op.assert, next, assertions.indexOf(node.assertion));
      case 'concat': {
        let entry = next;
        for (let index = node.items.length - 1; index >= 0; index -= 1)
          entry = this.emit(node.items[index] as RegexNode, entry);
        return entry;
      }
      case 'alternate': {
        let entry = this.emit(node.items.at(-1) as RegexNode, next);
        for (let index = node.items.length - 2; index >= 0; index -= 1)
          entry = this.add(op.split, this.emit(node.items[index] as RegexNode, next), entry);
        return entry;
      }
      case 'capture': {
        if (node.index > this.#lastGroup) return this.emit(node.item, next);
        const end = this.add(op.save, next, 2 * node.index + 1);
        return this.add(op.save, this.emit(node.item, end), 2 * node.index);
      }
      case 'repeat':
        return this.#repeat(node, next);
    }
  }

  /** `x{2,4}` is `xx(x(x)?)?`, `x{2,}` is `xx+`, and `x*` of an `x` that can be empty is `(x+)?`, in which no way is tried too early. */
  #repeat({ item, least, most, greedy }: Repetition, next: number): number {
    let entry = next;
    if (Number.isFinite(most)) {
      for (let copy = least; copy < most; copy += 1) entry = this.#split(this.emit(item, entry), next, greedy);
    } else {
      const loop = this.add(op.split, 0, 0);
      const body = this.emit(item, loop);
      this.#next[loop] = greedy ? body : next;
      this.#detail[loop] = greedy ? next : body;
      if (least > 0) entry = body;
      else entry = item.nullable ? this.#split(body, next, greedy) : loop;
    }
    const copies = Number.isFinite(most) ? least : least - 1;
    for (let copy = 0; copy < copies; copy += 1) entry = this.emit(item, entry);
    return entry;
  }

  #split(way: number, around: number, greedy: boolean): number {
    return greedy ? this.add(op.split, way, around) : this.add(op.split, around, way);
  }

  #setNumber(set: CharSet): number {
    const key = setKey(set);
    let number = this.#setNumbers.get(key);
    if (number === undefined) {
      number = this.#sets.push(set) - 1;
      this.#setNumbers.set(key, number);
    }
    return number;
  }
}
