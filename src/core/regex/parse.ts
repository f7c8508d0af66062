/**
 * RE2's syntax, with the flags that Envoy gives it: `^` and `$` are the ends of the text unless `(?m)`, `.` is no line break unless
 * `(?s)`. What RE2 refuses is refused, and `\C` too, since values are matched by character. Open groups are a list, not
 * recursion, so that an expression cannot exhaust the stack.
 */
import { readCharClass } from './char-class.ts';
import { everything, everythingButNewline, foldCase, single } from './char-set.ts';
import { type Cursor, readCodePoint, readEscapedClass, readEscapedCode } from './escape.ts';
import { RegexFault, type RegexFaultName } from './fault.ts';
import {
  type Assertion,
  alternateNode,
  assertNode,
  captureNode,
  concatNode,
  type RegexNode,
  repeatNode,
  setNode,
} from './tree.ts';

export interface ParsedRegex {
  readonly tree: RegexNode;
  /** Capturing groups. */
  readonly groups: number;
}

/** RE2's own bound of a counted repetition, nested ones multiplied. */
export const maxRepeat = 1000;
/** RE2's own bound of nesting. */
export const maxHeight = 1000;
/** Instructions of one expression: what one character of a hostile value can cost at most. */
export const maxProgramSize = 4096;

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
}

interface RepetitionOperator {
  readonly text: string;
  readonly least: number;
  /** Infinity for no bound. */
  readonly most: number;
}

/** A group that is open, with what stands before it. */
interface OpenGroup {
  readonly at: number;
  /** The number of a capturing group. */
  readonly index: number | undefined;
  readonly flags: Flags;
  readonly alternatives: RegexNode[];
  readonly items: RegexNode[];
}

/** The nodes of ASCII characters, made once: most of an expression is these. */
const ascii: RegexNode[] = [];
const foldedAscii: RegexNode[] = [];

/** Parses an expression; throws `RegexFault`. */
export function parseRegex(source: string): ParsedRegex {
  return new RegexParser(source).whole();
}

class RegexParser implements Cursor {
  at = 0;
  #flags: Flags = { i: false, m: false, s: false, U: false };
  #alternatives: RegexNode[] = [];
  #items: RegexNode[] = [];
  readonly #open: OpenGroup[] = [];
  readonly #names = new Set<string>();
  #groups = 0;
  /** Where the last repetition operator ended: another one there is refused. */
  #repeatedAt = -1;

  constructor(readonly source: string) {}

  whole(): ParsedRegex {
    while (this.at < this.source.length) this.#step();
    const unclosed = this.#open.at(-1);
    if (unclosed !== undefined) throw new RegexFault(unclosed.at, 'unclosedGroup');
    return { tree: this.#bounded(this.#body(), 0), groups: this.#groups };
  }

  #step(): void {
    const repetition = this.#repetition();
    if (repetition !== undefined) this.#repeat(repetition);
    else if (this.source.startsWith('\\Q', this.at)) this.#quotation();
    else {
      switch (this.source[this.at]) {
        case '(':
          this.#openGroup();
          break;
        case ')':
          this.#closeGroup();
          break;
        case '|':
          this.at += 1;
          this.#alternatives.push(concatNode(this.#items));
          this.#items = [];
          break;
        default:
          this.#items.push(this.#atom());
      }
    }
  }

  #body(): RegexNode {
    return alternateNode([...this.#alternatives, concatNode(this.#items)]);
  }

  #atom(): RegexNode {
    switch (this.source[this.at]) {
      case '[':
        return setNode(readCharClass(this, this.#flags.i));
      case '.':
        this.at += 1;
        return setNode(this.#flags.s ? everything : everythingButNewline);
      case '^':
        return this.#assertion(this.#flags.m ? 'begin-line' : 'begin-text', 1);
      case '$':
        return this.#assertion(this.#flags.m ? 'end-line' : 'end-text', 1);
      case '\\':
        return this.#escape();
      default:
        return this.#literal(readCodePoint(this));
    }
  }

  #literal(code: number): RegexNode {
    const known = this.#flags.i ? foldedAscii : ascii;
    const node = known[code] ?? setNode(this.#flags.i ? foldCase([[code, code]]) : single(code));
    if (code < 128) known[code] = node;
    return node;
  }

  #assertion(assertion: Assertion, length: number): RegexNode {
    this.at += length;
    return assertNode(assertion);
  }

  #escape(): RegexNode {
    switch (this.source[this.at + 1]) {
      case 'A':
        return this.#assertion('begin-text', 2);
      case 'z':
        return this.#assertion('end-text', 2);
      case 'b':
        return this.#assertion('word-boundary', 2);
      case 'B':
        return this.#assertion('no-word-boundary', 2);
      default: {
        const set = readEscapedClass(this, this.#flags.i);
        return set === undefined ? this.#literal(readEscapedCode(this)) : setNode(set);
      }
    }
  }

  /** What stands between `\Q` and `\E`, or the end, is literal; an operator behind it is about its last character. */
  #quotation(): void {
    const found = this.source.indexOf('\\E', this.at + 2);
    const end = found < 0 ? this.source.length : found;
    this.at += 2;
    while (this.at < end) this.#items.push(this.#literal(readCodePoint(this)));
    this.at = found < 0 ? end : end + 2;
  }

  /** The repetition operator that begins here, if one does. A `{` that begins none is a character, as in RE2. */
  #repetition(): RepetitionOperator | undefined {
    switch (this.source[this.at]) {
      case '*':
        return { text: '*', least: 0, most: Infinity };
      case '+':
        return { text: '+', least: 1, most: Infinity };
      case '?':
        return { text: '?', least: 0, most: 1 };
      case '{': {
        const form = /\{([0-9]+)(,([0-9]*))?\}/y;
        form.lastIndex = this.at;
        const [text, first, comma, second] = form.exec(this.source) ?? [];
        if (text === undefined) return undefined;
        const least = Number(first);
        const most = comma === undefined ? least : second === '' ? Infinity : Number(second);
        return { text, least, most };
      }
      default:
        return undefined;
    }
  }

  #repeat({ text, least, most }: RepetitionOperator): void {
    const at = this.at;
    if (this.#repeatedAt === at) {
      throw new RegexFault(at, text === '+' ? 'possessive' : 'repeatedRepetition');
    }
    if (least > maxRepeat || (most > maxRepeat && Number.isFinite(most)) || least > most) {
      throw new RegexFault(at, 'counts', text);
    }
    const item = this.#items.pop();
    if (item === undefined) throw new RegexFault(at, 'nothingToRepeat', text);
    this.at += text.length;
    const lazy = this.source[this.at] === '?';
    if (lazy) this.at += 1;
    this.#repeatedAt = this.at;
    this.#items.push(this.#bounded(repeatNode(item, least, most, lazy === this.#flags.U), at));
  }

  #bounded(node: RegexNode, at: number): RegexNode {
    if (node.height > maxHeight) throw new RegexFault(at, 'tooDeep');
    if (node.copies > maxRepeat) throw new RegexFault(at, 'product');
    if (node.size > maxProgramSize) throw new RegexFault(at, 'tooLarge', String(node.size));
    return node;
  }

  #openGroup(): void {
    const at = this.at;
    const outer = this.#flags;
    if (this.source[at + 1] !== '?') {
      this.at += 1;
      this.#enter(at, true, outer);
      return;
    }
    const named = /\(\?(?:P<|<(?![=!]))([^>]*)>/y;
    named.lastIndex = at;
    const [name, word] = named.exec(this.source) ?? [];
    if (name !== undefined && word !== undefined) {
      if (!/^[\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}]+$/u.test(word)) throw new RegexFault(at, 'badGroupName', word);
      if (this.#names.has(word)) throw new RegexFault(at, 'sameGroupName', word);
      this.#names.add(word);
      this.at += name.length;
      this.#enter(at, true, outer);
      return;
    }
    const flagged = /\(\?([imsU]*)(?:-([imsU]+))?([:)])/y;
    flagged.lastIndex = at;
    const found = flagged.exec(this.source);
    if (found === null) throw badGroup(this.source, at);
    const [text, on = '', off = '', end] = found;
    this.at += text.length;
    const flag = (letter: keyof Flags): boolean => !off.includes(letter) && (on.includes(letter) || outer[letter]);
    this.#flags = { i: flag('i'), m: flag('m'), s: flag('s'), U: flag('U') };
    // Without a group of their own, flags hold to the end of the enclosing group, which restores them.
    if (end === ':') this.#enter(at, false, outer);
  }

  #enter(at: number, capturing: boolean, flags: Flags): void {
    if (capturing) this.#groups += 1;
    const index = capturing ? this.#groups : undefined;
    this.#open.push({ at, index, flags, alternatives: this.#alternatives, items: this.#items });
    this.#alternatives = [];
    this.#items = [];
  }

  #closeGroup(): void {
    const group = this.#open.pop();
    if (group === undefined) throw new RegexFault(this.at, 'unopenedGroup');
    this.at += 1;
    const body = this.#body();
    this.#flags = group.flags;
    this.#alternatives = group.alternatives;
    this.#items = group.items;
    this.#items.push(this.#bounded(group.index === undefined ? body : captureNode(body, group.index), group.at));
  }
}

/** Groups of other engines, by what follows `(?`. */
const refusedGroups: readonly (readonly [form: RegExp, fault: RegexFaultName])[] = [
  [/^<?[=!]/, 'lookAround'],
  [/^P[=>]/, 'namedBackReference'],
  [/^>/, 'atomicGroup'],
  [/^\(/, 'condition'],
  [/^#/, 'comment'],
];

function badGroup(source: string, at: number): RegexFault {
  const form = source.slice(at + 2, at + 4);
  return new RegexFault(at, refusedGroups.find(([begin]) => begin.test(form))?.[1] ?? 'badGroup');
}
