/**
 * The classes of characters that a program tells apart. A class is learned when the first of its characters is seen, so that
 * compiling looks at none; a character's class is then one look at a table.
 */
import { contains } from './char-set.ts';
import { type Beside, beside, type Program } from './program.ts';

/** Characters beyond ASCII whose class is remembered. */
const maxRemembered = 512;
const bitsPerUnit = 15;

export class Alphabet {
  /** Classes count from 1; 0 is not yet known. */
  private readonly ascii = new Uint16Array(128);
  private readonly others = new Map<number, number>();
  private readonly numbers = new Map<string, number>();
  /** Of each class, which sets have its characters, 15 to a code unit; before them what the characters are to an assertion. */
  private readonly members: string[] = [''];

  constructor(private readonly program: Program) {}

  classOf(code: number): number {
    return (code < 128 ? this.ascii[code] : this.others.get(code)) || this.learn(code);
  }

  has(characterClass: number, set: number): boolean {
    const unit = Math.floor(set / bitsPerUnit);
    const bits = (this.members[characterClass] as string).charCodeAt(unit + 1);
    return ((bits >> (set - unit * bitsPerUnit)) & 1) === 1;
  }

  /** What a character of this class is to an assertion beside it. */
  besideOf(characterClass: number): Beside {
    return (this.members[characterClass] as string).charCodeAt(0) as Beside;
  }

  private learn(code: number): number {
    const { sets, hasAssertions } = this.program;
    let members = String.fromCharCode(hasAssertions ? besideOfCode(code) : beside.other);
    for (let first = 0; first < sets.length; first += bitsPerUnit) {
      let bits = 0;
      sets.slice(first, first + bitsPerUnit).forEach((set, bit) => {
        if (contains(set, code)) bits |= 1 << bit;
      });
      members += String.fromCharCode(bits);
    }
    let number = this.numbers.get(members);
    if (number === undefined) {
      number = this.members.push(members) - 1;
      this.numbers.set(members, number);
    }
    if (code < 128) this.ascii[code] = number;
    else {
      if (this.others.size >= maxRemembered) this.others.clear();
      this.others.set(code, number);
    }
    return number;
  }
}

/** RE2's word characters are those of ASCII. */
function besideOfCode(code: number): Beside {
  if (code === 0x0a) return beside.newline;
  const isWord = (code >= 0x30 && code <= 0x39) || code === 0x5f || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
  return isWord ? beside.word : beside.other;
}
