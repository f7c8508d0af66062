/** What begins with a backslash: one character, or a class. */
import { type CharSet, maxCodePoint } from './char-set.ts';
import { RegexFault, type RegexFaultName } from './fault.ts';
import { perlClass, unicodeClass } from './named-class.ts';

/** A place in an expression. */
export interface Cursor {
  readonly source: string;
  at: number;
}

/** Reads one character, which must be there: both halves of a surrogate pair are one. */
export function readCodePoint(cursor: Cursor): number {
  const code = cursor.source.codePointAt(cursor.at) as number;
  cursor.at += code > 0xffff ? 2 : 1;
  return code;
}

const controlEscapes: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** Letters that are refused for a reason of their own, where all others are only unknown. */
const refusedEscapes: Readonly<Record<string, RegexFaultName>> = {
  b: 'boundaryInClass',
  B: 'boundaryInClass',
  C: 'byte',
  p: 'halfClass',
  P: 'halfClass',
};

/** Reads an escape that is one character, inside a class or outside. */
export function readEscapedCode(cursor: Cursor): number {
  const { source, at } = cursor;
  const letter = source[at + 1];
  if (letter === undefined) throw new RegexFault(at, 'bareBackslash');
  const coded = /\\(?:x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]+)\}|(0[0-7]{0,2}|[1-7][0-7]{1,2}))/y;
  coded.lastIndex = at;
  const found = coded.exec(source);
  if (found !== null) {
    const [text, two, braced, octal] = found;
    const code = octal === undefined ? Number.parseInt((two ?? braced) as string, 16) : Number.parseInt(octal, 8);
    if (code > maxCodePoint) throw new RegexFault(at, 'beyondUnicode', text);
    cursor.at += text.length;
    return code;
  }
  const control = controlEscapes[letter];
  if (control !== undefined || (letter <= '\x7f' && !/[A-Za-z0-9]/.test(letter))) {
    cursor.at += 2;
    return control ?? letter.charCodeAt(0);
  }
  if (/[1-9k]/.test(letter)) throw new RegexFault(at, 'backReference');
  const refused = refusedEscapes[letter];
  if (refused !== undefined) throw new RegexFault(at, refused, letter);
  throw new RegexFault(at, 'unknownEscape', `\\${String.fromCodePoint(source.codePointAt(at + 1) as number)}`);
}

/** Reads `\d`, `\pN`, `\p{Greek}`, `\P{^Greek}` and their like, if one begins here. */
export function readEscapedClass(cursor: Cursor, ignoreCase: boolean): CharSet | undefined {
  const { source, at } = cursor;
  const perl = perlClass(source[at + 1] ?? '', ignoreCase);
  if (perl !== undefined) {
    cursor.at += 2;
    return perl;
  }
  const form = /\\([pP])(?:([A-Za-z])|\{(\^?)([^}]*)\})/y;
  form.lastIndex = at;
  const found = form.exec(source);
  if (found === null) return undefined;
  const [text, sign, letter, caret, name] = found;
  const set = unicodeClass((letter ?? name) as string, (sign === 'P') !== (caret === '^'), ignoreCase);
  if (set === undefined) throw new RegexFault(at, 'noUnicodeClass', text);
  cursor.at += text.length;
  return set;
}
