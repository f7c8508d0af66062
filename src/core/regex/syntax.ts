/**
 * RE2's syntax, read into a tree of what can be decided by one pass over a whole value. What RE2 refuses is refused, and so is
 * what needs more than that (word boundaries, anchors in the middle) or tables we do not carry (Unicode classes).
 */
import {
  type CharRange,
  type CharSet,
  charSet,
  complement,
  everything,
  foldCase,
  maxCodePoint,
  perlClasses,
  posixClasses,
} from './char-set.ts';

export type RegexNode =
  | { readonly kind: 'set'; readonly set: CharSet; readonly at: number }
  | { readonly kind: 'concat'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'alternate'; readonly items: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly item: RegexNode;
      readonly least: number;
      readonly most: number;
      readonly at: number;
    }
  | { readonly kind: 'begin' | 'end'; readonly at: number };

/** Why an expression is refused. `at` counts UTF-16 code units from 0. */
export class RegexFault extends Error {
  constructor(
    readonly at: number,
    reason: string,
    readonly expected: string,
  ) {
    super(reason);
  }
}

/** RE2's own bound of a counted repetition. */
const maxRepeat = 1000;
const maxGroupDepth = 50;

/** Parses an expression; throws `RegexFault`. */
export function parseRegex(source: string): RegexNode {
  return new RegexParser(source).whole();
}

const controlEscapes: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

class RegexParser {
  private at = 0;
  private ignoreCase = false;
  private depth = 0;

  constructor(private readonly source: string) {}

  whole(): RegexNode {
    const node = this.alternation();
    if (this.at < this.source.length)
      throw new RegexFault(this.at, 'this ")" closes no group', '\\) for the character');
    return node;
  }

  private alternation(): RegexNode {
    const items = [this.sequence()];
    while (this.source[this.at] === '|') {
      this.at += 1;
      items.push(this.sequence());
    }
    return items.length === 1 ? (items[0] as RegexNode) : { kind: 'alternate', items };
  }

  private sequence(): RegexNode {
    const items: RegexNode[] = [];
    while (this.at < this.source.length && this.source[this.at] !== '|' && this.source[this.at] !== ')') {
      if (this.source.startsWith('\\Q', this.at)) {
        // An operator after the quotation is about its last character.
        const quoted = this.quoted();
        const last = quoted.pop();
        items.push(...quoted);
        if (last !== undefined) items.push(this.repetition(last));
      } else items.push(this.repetition(this.atom()));
    }
    return items.length === 1 ? (items[0] as RegexNode) : { kind: 'concat', items };
  }

  private repetition(item: RegexNode): RegexNode {
    const operatorAt = this.at;
    const bounds = this.bounds();
    if (bounds === undefined) return item;
    // Greedy or not makes no difference to whether a whole value matches.
    if (this.source[this.at] === '?') this.at += 1;
    const again = this.at;
    if (this.source[again] === '+')
      throw new RegexFault(again, 'possessive repetition is not RE2 syntax', 'one repetition operator');
    if (this.bounds() !== undefined)
      throw new RegexFault(again, 'a repetition of a repetition', 'one repetition operator');
    if (item.kind === 'begin' || item.kind === 'end')
      throw new RegexFault(operatorAt, 'an anchor cannot be repeated', '');
    return { kind: 'repeat', item, ...bounds, at: operatorAt };
  }

  /** The repetition operator that begins here, if one does. A `{` that begins none is a character, as in RE2. */
  private bounds(): { readonly least: number; readonly most: number } | undefined {
    const at = this.at;
    const operator = this.source[at];
    if (operator === '*' || operator === '+' || operator === '?') {
      this.at += 1;
      return { least: operator === '+' ? 1 : 0, most: operator === '?' ? 1 : Number.POSITIVE_INFINITY };
    }
    if (operator !== '{') return undefined;
    const counted = /\{([0-9]+)(,([0-9]*))?\}/y;
    counted.lastIndex = at;
    const found = counted.exec(this.source);
    if (found === null) return undefined;
    const least = Number(found[1]);
    const most = found[2] === undefined ? least : found[3] === '' ? Number.POSITIVE_INFINITY : Number(found[3]);
    if (least > maxRepeat || (most > maxRepeat && most !== Number.POSITIVE_INFINITY) || least > most) {
      throw new RegexFault(
        at,
        `the repetition ${found[0]} is out of bounds`,
        `counts up to ${maxRepeat}, the smaller first`,
      );
    }
    this.at += found[0].length;
    return { least, most };
  }

  private atom(): RegexNode {
    const at = this.at;
    const character = this.source[at] as string;
    if (character === '(') return this.group();
    if (character === '[') return { kind: 'set', set: this.characterClass(), at };
    if (character === '\\') return this.escape();
    if (character === '*' || character === '+' || character === '?')
      throw new RegexFault(at, 'there is nothing to repeat here', `\\${character} for the character`);
    this.at += 1;
    if (character === '^') return { kind: 'begin', at };
    if (character === '$') return { kind: 'end', at };
    // Values are single lines, so `.` needs no exception for line breaks.
    if (character === '.') return { kind: 'set', set: everything, at };
    this.at = at;
    return this.literal(this.codePoint(), at);
  }

  private codePoint(): number {
    const code = this.source.codePointAt(this.at) as number;
    this.at += code > 0xffff ? 2 : 1;
    return code;
  }

  private literal(code: number, at: number): RegexNode {
    return { kind: 'set', set: this.folded([[code, code]], at), at };
  }

  private folded(ranges: readonly CharRange[], at: number): CharSet {
    const set = charSet(ranges);
    if (!this.ignoreCase) return set;
    if (set.some(([, high]) => high > 0x7f))
      throw new RegexFault(at, '(?i) is supported for ASCII only', 'both cases written out, as in [éÉ]');
    return foldCase(set);
  }

  private group(): RegexNode {
    const at = this.at;
    const outerCase = this.ignoreCase;
    this.depth += 1;
    if (this.depth > maxGroupDepth) throw new RegexFault(at, `groups are nested more than ${maxGroupDepth} deep`, '');
    this.at += 1;
    if (this.source[this.at] === '?') {
      const opening = /\?(?:P?<([A-Za-z_][A-Za-z0-9_]*)>|([imsU]*)(?:-([imsU]+))?([:)]))/y;
      opening.lastIndex = this.at;
      const found = opening.exec(this.source);
      if (found === null) throw this.badGroup(at);
      this.at += found[0].length;
      const [, , on = '', off = '', end] = found;
      if (on.includes('m'))
        throw new RegexFault(at, '(?m) is not supported: a value is one line', 'the expression without it');
      if (on.includes('i')) this.ignoreCase = true;
      if (off.includes('i')) this.ignoreCase = false;
      if (end === ')') {
        // The flags hold to the end of the enclosing group, which restores them.
        if (on === '' && off === '') throw this.badGroup(at);
        this.depth -= 1;
        return { kind: 'concat', items: [] };
      }
    }
    const node = this.alternation();
    if (this.source[this.at] !== ')') throw new RegexFault(at, 'this group is not closed', '")"');
    this.at += 1;
    this.depth -= 1;
    this.ignoreCase = outerCase;
    return node;
  }

  private badGroup(at: number): RegexFault {
    const look = /^\(\?(?:<?[=!])/.test(this.source.slice(at, at + 4));
    if (look) return new RegexFault(at, 'look-around is not RE2 syntax', 'a group such as (...) or (?:...)');
    return new RegexFault(at, 'this is no group of RE2', 'a group such as (...), (?:...), (?P<name>...) or (?i)');
  }

  private escape(): RegexNode {
    const at = this.at;
    const letter = this.source[at + 1];
    if (letter === 'A' || letter === 'z') {
      this.at += 2;
      return { kind: letter === 'A' ? 'begin' : 'end', at };
    }
    const perl = this.perlClass();
    if (perl !== undefined) return { kind: 'set', set: perl, at };
    return this.literal(this.escapedCode(), at);
  }

  private perlClass(): CharSet | undefined {
    const letter = this.source[this.at + 1] ?? '';
    const set = perlClasses[letter.toLowerCase()];
    if (set === undefined || !/[dswDSW]/.test(letter)) return undefined;
    this.at += 2;
    return letter === letter.toLowerCase() ? set : complement(set);
  }

  /** An escape that is one character, inside a class or outside. */
  private escapedCode(): number {
    const at = this.at;
    const letter = this.source[at + 1];
    if (letter === undefined) throw new RegexFault(at, 'a backslash at the end', '\\\\ for the character');
    const hex = /\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/y;
    hex.lastIndex = at;
    const found = hex.exec(this.source);
    const code = found === null ? controlEscapes[letter] : Number.parseInt((found[1] ?? found[2]) as string, 16);
    if (code !== undefined && code <= maxCodePoint) {
      this.at += found === null ? 2 : found[0].length;
      return code;
    }
    if (/[1-9]/.test(letter))
      throw new RegexFault(at, 'back-references are not RE2 syntax', '\\x31 for a character by its code');
    if (letter === 'b' || letter === 'B')
      throw new RegexFault(at, 'word boundaries are not supported', 'the characters written out');
    if (letter === 'p' || letter === 'P')
      throw new RegexFault(at, 'Unicode classes are not supported', 'the characters as ranges');
    if (/[A-Za-z0-9]/.test(letter) || letter > '\x7f')
      throw new RegexFault(
        at,
        `the escape \\${letter} is not supported`,
        'an escaped punctuation character, or \\d \\s \\w \\t \\n \\x41',
      );
    this.at += 2;
    return letter.charCodeAt(0);
  }

  private quoted(): RegexNode[] {
    const start = this.at + 2;
    const found = this.source.indexOf('\\E', start);
    const end = found < 0 ? this.source.length : found;
    const items: RegexNode[] = [];
    this.at = start;
    while (this.at < end) {
      const at = this.at;
      items.push(this.literal(this.codePoint(), at));
    }
    this.at = found < 0 ? end : end + 2;
    return items;
  }

  private characterClass(): CharSet {
    const at = this.at;
    this.at += 1;
    const negated = this.source[this.at] === '^';
    if (negated) this.at += 1;
    const ranges: CharRange[] = [];
    const named: CharRange[] = [];
    for (let first = true; first || this.source[this.at] !== ']'; first = false) {
      if (this.at >= this.source.length) throw new RegexFault(at, 'this character class is not closed', '"]"');
      const inner = this.posixClass() ?? (this.source[this.at] === '\\' ? this.perlClass() : undefined);
      if (inner !== undefined) named.push(...inner);
      else ranges.push(this.classRange());
    }
    this.at += 1;
    const set = charSet([...this.folded(ranges, at), ...named]);
    const result = negated ? complement(set) : set;
    if (result.length === 0) throw new RegexFault(at, 'this character class is empty', '');
    return result;
  }

  private posixClass(): CharSet | undefined {
    const form = /\[:(\^?)([a-z]*):\]/y;
    form.lastIndex = this.at;
    const found = form.exec(this.source);
    if (found === null) return undefined;
    const set = Object.hasOwn(posixClasses, found[2] as string) ? posixClasses[found[2] as string] : undefined;
    if (set === undefined)
      throw new RegexFault(this.at, `there is no class ${found[0]}`, Object.keys(posixClasses).join(', '));
    this.at += found[0].length;
    return found[1] === '^' ? complement(set) : set;
  }

  private classRange(): CharRange {
    const at = this.at;
    const low = this.classCode();
    if (this.source[this.at] !== '-' || this.source[this.at + 1] === ']' || this.at + 1 >= this.source.length)
      return [low, low];
    this.at += 1;
    const high = this.classCode();
    if (high < low) throw new RegexFault(at, 'this range ends before it begins', 'the smaller character first');
    return [low, high];
  }

  private classCode(): number {
    return this.source[this.at] === '\\' ? this.escapedCode() : this.codePoint();
  }
}
