/**
 * Replacing all matches by a substitution, as RE2's GlobalReplace: leftmost matches that do not overlap, of these the one that the
 * expression prefers.
 *
 * Searching again from the end of each match could read the rest of a hostile value once for each. So a first pass, backward,
 * notes for every place which instructions lead to a match; the second, forward, follows the preferred of these ways and never has
 * to go back. Both cost at most a visit of each instruction per character.
 */
import { Alphabet } from './alphabet.ts';
import { assertionHolds, type Beside, beside, op, type Program } from './program.ts';

/** A piece of the output: text, or the number of a group. */
export type SubstitutionPart = string | number;

/** Reads `\0` to `\9` and `\\`; undefined for any other backslash. */
export function parseSubstitution(substitution: string): SubstitutionPart[] | undefined {
  const parts: SubstitutionPart[] = [];
  for (const [piece, escaped] of substitution.matchAll(/\\([\s\S]?)|[^\\]+/g)) {
    if (escaped === undefined || escaped === '\\') parts.push(escaped ?? piece);
    else if (/^[0-9]$/.test(escaped)) parts.push(Number(escaped));
    else return undefined;
  }
  return parts;
}

/** A value as the program sees it. */
interface Text {
  readonly value: string;
  /** Of each character where it begins, and the end of the value. */
  readonly offsets: readonly number[];
  readonly classes: readonly number[];
}

export class Rewriter {
  /** Instructions visited so far: what replacing has cost, free of clocks. */
  steps = 0;
  private readonly alphabet: Alphabet;
  /** Of each instruction, those that lead to it. */
  private readonly leading: readonly number[][];
  private readonly entered: Float64Array;
  private list = 0;

  constructor(
    private readonly program: Program,
    private readonly substitution: readonly SubstitutionPart[],
  ) {
    const { ops, next, detail } = program;
    this.alphabet = new Alphabet(program);
    this.entered = new Float64Array(ops.length);
    const leading: number[][] = ops.map(() => []);
    ops.forEach((code, at) => {
      if (code !== op.match) leading[next[at] as number]?.push(at);
      if (code === op.split) leading[detail[at] as number]?.push(at);
    });
    this.leading = leading;
  }

  replaceAll(value: string): string {
    const text = this.read(value);
    const { offsets } = text;
    const promising = this.promising(text);
    let output = '';
    let copied = 0;
    let lastEnd = -1;
    let at = 0;
    while (at < offsets.length) {
      const slots = promising(at, this.program.start) ? this.follow(text, at, promising) : undefined;
      const [from, to] = slots ?? [];
      // A match of nothing at the end of the last match does not count.
      if (from === undefined || to === undefined || (from === to && at === lastEnd)) {
        at += 1;
        continue;
      }
      output += value.slice(copied, offsets[from]);
      for (const part of this.substitution) output += typeof part === 'string' ? part : group(text, slots, part);
      copied = offsets[to] as number;
      lastEnd = to;
      at = to;
    }
    return output + value.slice(copied);
  }

  private read(value: string): Text {
    const offsets: number[] = [];
    const classes: number[] = [];
    for (let at = 0; at < value.length; at += 1) {
      const code = value.codePointAt(at) as number;
      offsets.push(at);
      classes.push(this.alphabet.classOf(code));
      if (code > 0xffff) at += 1;
    }
    offsets.push(value.length);
    return { value, offsets, classes };
  }

  private holds(instruction: number, { classes }: Text, at: number): boolean {
    const side = (characterClass: number | undefined): Beside =>
      characterClass === undefined ? beside.edge : this.alphabet.besideOf(characterClass);
    return assertionHolds(this.program.detail[instruction] as number, side(classes[at - 1]), side(classes[at]));
  }

  /** For every place, which instructions lead from there to a match: one bit each. */
  private promising(text: Text): (at: number, instruction: number) => boolean {
    const { ops, detail } = this.program;
    const { classes } = text;
    const words = (ops.length + 31) >> 5;
    const bits = new Uint32Array((classes.length + 1) * words);
    let later: number[] = [];
    for (let at = classes.length; at >= 0; at -= 1) {
      const here: number[] = [];
      const row = at * words;
      const note = (instruction: number): void => {
        const word = row + (instruction >> 5);
        const bit = 1 << (instruction & 31);
        if (((bits[word] as number) & bit) !== 0) return;
        bits[word] = (bits[word] as number) | bit;
        here.push(instruction);
      };
      note(0);
      for (const target of later) {
        for (const from of this.leading[target] as number[]) {
          this.steps += 1;
          if (ops[from] === op.set && this.alphabet.has(classes[at] as number, detail[from] as number)) note(from);
        }
      }
      // The list grows while it is read.
      for (const target of here) {
        for (const from of this.leading[target] as number[]) {
          this.steps += 1;
          if (ops[from] !== op.set && (ops[from] !== op.assert || this.holds(from, text, at))) note(from);
        }
      }
      later = here;
    }
    return (at, instruction) => (((bits[at * words + (instruction >> 5)] as number) >> (instruction & 31)) & 1) === 1;
  }

  /** The slots of the match that begins here: beginning and end of the whole and of each group, as numbers of characters. */
  private follow(
    text: Text,
    begin: number,
    promising: (at: number, instruction: number) => boolean,
  ): (number | undefined)[] {
    const { ops, next } = this.program;
    const slots: (number | undefined)[] = [begin];
    let at = begin;
    let instruction = this.program.start;
    for (;;) {
      const chosen = this.preferred(text, at, instruction, slots, promising);
      if (ops[chosen] === op.match) {
        slots[1] = at;
        return slots;
      }
      instruction = next[chosen] as number;
      at += 1;
    }
  }

  /** The first instruction in order of preference that takes a character, or the match, on a way that leads to a match. */
  private preferred(
    text: Text,
    at: number,
    start: number,
    slots: (number | undefined)[],
    promising: (at: number, instruction: number) => boolean,
  ): number {
    const { ops, next, detail } = this.program;
    this.list += 1;
    const ahead: number[] = [start];
    // Where a way turns out to lead into what was entered before, what its saves wrote is put back: these entries are negative.
    const undone: (number | undefined)[] = [];
    for (let instruction = ahead.pop(); instruction !== undefined; instruction = ahead.pop()) {
      if (instruction < 0) {
        slots[-instruction] = undone.pop();
        continue;
      }
      this.steps += 1;
      if (this.entered[instruction] === this.list || !promising(at, instruction)) continue;
      this.entered[instruction] = this.list;
      const following = next[instruction] as number;
      const about = detail[instruction] as number;
      switch (ops[instruction]) {
        case op.split:
          ahead.push(about, following);
          break;
        case op.save:
          undone.push(slots[about]);
          slots[about] = at;
          ahead.push(-about, following);
          break;
        case op.assert:
          if (this.holds(instruction, text, at)) ahead.push(following);
          break;
        default:
          return instruction;
      }
    }
    throw new Error('a place from which a match was promised has none');
  }
}

function group({ value, offsets }: Text, slots: readonly (number | undefined)[] | undefined, number: number): string {
  const from = slots?.[2 * number];
  const to = slots?.[2 * number + 1];
  return from === undefined || to === undefined ? '' : value.slice(offsets[from], offsets[to]);
}
