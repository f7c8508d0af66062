/**
 * The classes of characters that a program tells apart. A class is learned when the first of its characters is seen, so that
 * compiling looks at none; a character's class is then one look at a table.
 */
import { contains } from './char-set.ts';
import { type Beside, beside, type Program } from './program.ts';

/** Characters beyond ASCII whose class is remembered. */
const maxRemembered = 512;

export interface CharacterClass {
  /** Counts from 0, in the order of learning. */
  readonly number: number;
  /** One bit for each set of the program that has these characters. */
  readonly sets: Uint32Array;
  /** What these characters are to an assertion beside them; always `other` where the program has none. */
  readonly beside: Beside;
}

/** Of one program; it grows by the characters that are asked for, and forgets those beyond ASCII where they are too many. */
export class Alphabet {
  readonly #ascii = new Array<CharacterClass | undefined>(128).fill(undefined);
  readonly #others = new Map<number, CharacterClass>();
  readonly #known = new Map<string, CharacterClass>();

  readonly #program: Program;

  constructor(program: Program) {
    this.#program = program;
  }

  classOf(code: number): CharacterClass {
    return (code < 128 ? this.#ascii[code] : this.#others.get(code)) ?? this.#learn(code);
  }

  #learn(code: number): CharacterClass {
    const { sets, hasAssertions } = this.#program;
    const members = new Uint32Array((sets.length + 31) >> 5);
    sets.forEach((set, number) => {
      if (contains(set, code)) members[number >> 5] = (members[number >> 5] as number) | (1 << (number & 31));
    });
    const own = hasAssertions ? besideOfCode(code) : beside.other;
    const key = `${own},${members}`;
    let found = this.#known.get(key);
    if (found === undefined) {
      found = { number: this.#known.size, sets: members, beside: own };
      this.#known.set(key, found);
    }
    if (code < 128) this.#ascii[code] = found;
    else {
      if (this.#others.size >= maxRemembered) this.#others.clear();
      this.#others.set(code, found);
    }
    return found;
  }
}

/** Whether the characters of this class are in a set of the program. */
export function inSet({ sets }: CharacterClass, set: number): boolean {
  return (((sets[set >> 5] as number) >> (set & 31)) & 1) === 1;
}

/** RE2's word characters are those of ASCII. */
function besideOfCode(code: number): Beside {
  if (code === 0x0a) return beside.newline;
  const isWord = (code >= 0x30 && code <= 0x39) || code === 0x5f || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
  return isWord ? beside.word : beside.other;
}
