/**
 * Replacing all matches by a substitution, as RE2's GlobalReplace: leftmost matches that do not overlap, of these the one that the
 * expression prefers.
 *
 * Searching again from the end of each match could read the rest of a hostile value once for each. So a first pass, backward,
 * notes for every place which instructions lead to a match; the second, forward, follows the preferred of these ways and never has
 * to go back. Both cost at most a few visits of each instruction per character.
 */
import { Alphabet, type CharacterClass, inSet } from './alphabet.ts';
import { KeptStates } from './kept-states.ts';
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
  readonly classes: readonly CharacterClass[];
}

/** The instructions that lead from a place to a match. */
interface Row {
  /** One bit for each instruction. */
  readonly bits: Uint32Array;
  /** The same as a list. */
  readonly instructions: readonly number[];
  /** The rows of the place before, by number of the character between and, of four, what stands before that. */
  readonly earlier: (Row | undefined)[];
}

/** By place, the bits of its row. */
type Rows = readonly Uint32Array[];

/** By number of group, where it begins and where it ends, in characters; the whole match is group 0. */
type Slots = (number | undefined)[];

/** Replaces every match in a value, the leftmost first, in time linear in its length. */
export class Rewriter {
  /** Instructions visited so far: what replacing has cost, free of clocks. */
  steps = 0;
  readonly #alphabet: Alphabet;
  /** Of each instruction, those that lead to it. */
  readonly #leading: readonly number[][];
  readonly #states: KeptStates<Row>;
  /** The rows of the end of a value, by what stands before it. */
  #lastRows: (Row | undefined)[] = [];
  /** The place, counted over all places passed, at which an instruction was last tried. */
  readonly #tried: Float64Array;
  #passed = 0;

  readonly #program: Program;
  readonly #substitution: readonly SubstitutionPart[];

  constructor(program: Program, substitution: readonly SubstitutionPart[]) {
    this.#program = program;
    this.#substitution = substitution;
    const { ops, next, detail } = program;
    this.#alphabet = new Alphabet(program);
    this.#states = new KeptStates(ops.length, () => {
      this.#lastRows = [];
    });
    this.#tried = new Float64Array(ops.length);
    const leading = Array.from(ops, (): number[] => []);
    ops.forEach((code, at) => {
      if (code !== op.match) leading[next[at] as number]?.push(at);
      if (code === op.split) leading[detail[at] as number]?.push(at);
    });
    this.#leading = leading;
  }

  replaceAll(value: string): string {
    const text = this.#read(value);
    const { offsets } = text;
    const rows = this.#rows(text);
    let output = '';
    let copied = 0;
    let lastEnd = -1;
    let at = 0;
    while (at < offsets.length) {
      if (!has(rows[at] as Uint32Array, this.#program.start)) {
        at += 1;
        continue;
      }
      const slots = this.#follow(text, at, rows);
      const end = slots[1] as number;
      // A match of nothing at the end of the last match does not count.
      if (at === end && at === lastEnd) {
        at += 1;
        continue;
      }
      output += value.slice(copied, offsets[at]);
      for (const part of this.#substitution) output += typeof part === 'string' ? part : group(text, slots, part);
      copied = offsets[end] as number;
      lastEnd = end;
      at = end;
    }
    return output + value.slice(copied);
  }

  #read(value: string): Text {
    const offsets: number[] = [];
    const classes: CharacterClass[] = [];
    for (let at = 0; at < value.length; at += 1) {
      const code = value.codePointAt(at) as number;
      offsets.push(at);
      classes.push(this.#alphabet.classOf(code));
      if (code > 0xffff) at += 1;
    }
    offsets.push(value.length);
    return { value, offsets, classes };
  }

  #holds(instruction: number, { classes }: Text, at: number): boolean {
    const before = classes[at - 1]?.beside ?? beside.edge;
    const after = classes[at]?.beside ?? beside.edge;
    return assertionHolds(this.#program.detail[instruction] as number, before, after);
  }

  #rows({ classes }: Text): Rows {
    const rows: Uint32Array[] = [];
    const besideAt = (at: number): Beside => classes[at]?.beside ?? beside.edge;
    let row = this.#lastRow(besideAt(classes.length - 1));
    rows[classes.length] = row.bits;
    for (let at = classes.length - 1; at >= 0; at -= 1) {
      const character = classes[at] as CharacterClass;
      const before = besideAt(at - 1);
      const transition = 4 * character.number + before;
      let earlier = row.earlier[transition];
      if (earlier === undefined) {
        const made = this.#rowBefore(row.instructions, character, before);
        const kept = this.#states.keep(
          () => String(made.bits),
          made.instructions.length + made.bits.length,
          () => made,
        );
        if (kept !== undefined) row.earlier[transition] = kept;
        earlier = kept ?? made;
      }
      row = earlier;
      rows[at] = row.bits;
    }
    return rows;
  }

  #lastRow(before: Beside): Row {
    const row = this.#lastRows[before] ?? this.#rowBefore([], undefined, before);
    this.#lastRows[before] = row;
    return row;
  }

  /** The row of a place: of what leads by the character there into the row after it, and of what leads to that without one. */
  #rowBefore(later: readonly number[], character: CharacterClass | undefined, before: Beside): Row {
    const leading = this.#leading;
    const { ops, detail } = this.#program;
    const bits = new Uint32Array((ops.length + 31) >> 5);
    const instructions: number[] = [];
    const note = (instruction: number): void => {
      if (has(bits, instruction)) return;
      bits[instruction >> 5] = (bits[instruction >> 5] as number) | (1 << (instruction & 31));
      instructions.push(instruction);
    };
    note(0);
    if (character !== undefined) {
      for (const target of later) {
        for (const from of leading[target] as number[]) {
          this.steps += 1;
          if (ops[from] === op.set && inSet(character, detail[from] as number)) note(from);
        }
      }
    }
    const after = character?.beside ?? beside.edge;
    // The list grows while it is read.
    for (let index = 0; index < instructions.length; index += 1) {
      for (const from of leading[instructions[index] as number] as number[]) {
        this.steps += 1;
        const code = ops[from];
        if (code !== op.set && (code !== op.assert || assertionHolds(detail[from] as number, before, after)))
          note(from);
      }
    }
    return { bits, instructions, earlier: [] };
  }

  /** The preferred match of those that begin here. */
  #follow(text: Text, begin: number, rows: Rows): Slots {
    const { ops, next, start } = this.#program;
    const slots: Slots = [begin];
    let at = begin;
    let chosen = this.#preferred(text, at, start, slots, rows);
    while (ops[chosen] !== op.match) {
      at += 1;
      chosen = this.#preferred(text, at, next[chosen] as number, slots, rows);
    }
    slots[1] = at;
    return slots;
  }

  /** The first instruction in order of preference that takes a character, or the match, on a way that leads to a match. */
  #preferred(text: Text, at: number, start: number, slots: Slots, rows: Rows): number {
    const { ops, next, detail } = this.#program;
    const row = rows[at] as Uint32Array;
    this.#passed += 1;
    const ahead: number[] = [start];
    // Where a way leads into what was tried before, what its saves wrote is put back: these entries are negative.
    const undone: (number | undefined)[] = [];
    for (let instruction = ahead.pop(); instruction !== undefined; instruction = ahead.pop()) {
      if (instruction < 0) {
        slots[-instruction] = undone.pop();
        continue;
      }
      this.steps += 1;
      if (this.#tried[instruction] === this.#passed || !has(row, instruction)) continue;
      this.#tried[instruction] = this.#passed;
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
          if (this.#holds(instruction, text, at)) ahead.push(following);
          break;
        default:
          return instruction;
      }
    }
    throw new Error('a place from which a match was promised has none');
  }
}

function has(bits: Uint32Array, instruction: number): boolean {
  return (((bits[instruction >> 5] as number) >> (instruction & 31)) & 1) === 1;
}

function group({ value, offsets }: Text, slots: Slots, number: number): string {
  const from = slots[2 * number];
  const to = slots[2 * number + 1];
  return from === undefined || to === undefined ? '' : value.slice(offsets[from], offsets[to]);
}
