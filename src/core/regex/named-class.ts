/** Classes that have a name: Perl's `\d \s \w`, POSIX's `[:alpha:]`, and Unicode's `\p{Greek}`. */
import { type CharRange, type CharSet, charSet, complement, everything, foldCase } from './char-set.ts';

const range = (from: string, to: string): CharRange => [from.charCodeAt(0), to.charCodeAt(0)];
const digit = range('0', '9');
const lower = range('a', 'z');
const upper = range('A', 'Z');
const space = range(' ', ' ');
const word = [digit, lower, upper, range('_', '_')];

/** RE2's Perl classes, which are about ASCII only. */
const perlClasses: Readonly<Record<string, readonly CharRange[]>> = {
  d: [digit],
  w: word,
  s: [[9, 10], [12, 13], space],
};

/** The names inside `[[:name:]]`. */
const posixClasses: Readonly<Record<string, readonly CharRange[]>> = {
  alnum: [digit, lower, upper],
  alpha: [lower, upper],
  ascii: [[0, 0x7f]],
  blank: [[9, 9], space],
  cntrl: [
    [0, 0x1f],
    [0x7f, 0x7f],
  ],
  digit: [digit],
  graph: [range('!', '~')],
  lower: [lower],
  print: [range(' ', '~')],
  punct: [range('!', '/'), range(':', '@'), range('[', '`'), range('{', '~')],
  space: [[9, 13], space],
  upper: [upper],
  word,
  xdigit: [digit, range('A', 'F'), range('a', 'f')],
};

/** The names that `posixClass` knows. */
export function posixNames(): readonly string[] {
  return Object.keys(posixClasses);
}

/** The class of an escape such as `\D`, by its letter. */
export function perlClass(letter: string, ignoreCase: boolean): CharSet | undefined {
  const small = letter.toLowerCase();
  return named(perlClasses, small, small !== letter, ignoreCase);
}

/** The class of `[:name:]`, or of `[:^name:]`; undefined where nobody knows the name. */
export function posixClass(name: string, negated: boolean, ignoreCase: boolean): CharSet | undefined {
  return named(posixClasses, name, negated, ignoreCase);
}

function named(
  classes: Readonly<Record<string, readonly CharRange[]>>,
  name: string,
  negated: boolean,
  ignoreCase: boolean,
): CharSet | undefined {
  const ranges = Object.hasOwn(classes, name) ? (classes[name] as readonly CharRange[]) : undefined;
  if (ranges === undefined) return undefined;
  const set = ignoreCase ? foldCase(ranges) : charSet(ranges);
  return negated ? complement(set) : set;
}

/** RE2's categories; its `C` has no unassigned code points. */
const categories = /^(?:C[cfos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?)$/;

/** The Unicode classes asked for so far; as many as Unicode has names, four times. */
const unicodeClasses = new Map<string, CharSet>();

/** The class `\p{name}`: a general category, a script, or `Any`. Undefined where there is none of this name. */
export function unicodeClass(name: string, negated: boolean, ignoreCase: boolean): CharSet | undefined {
  if (name === 'Any') return negated ? complement(everything) : everything;
  const key = `${name}/${negated}/${ignoreCase}`;
  let set = unicodeClasses.get(key);
  if (set === undefined) {
    const isCategory = categories.test(name);
    const source = name === 'C' ? '[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}]' : `\\p{${isCategory ? 'gc' : 'sc'}=${name}}`;
    if (!isClass(source)) return undefined;
    set = charSet([], [{ source, ignoreCase, negated }]);
    unicodeClasses.set(key, set);
  }
  return set;
}

function isClass(source: string): boolean {
  try {
    return new RegExp(source, 'u') !== undefined;
  } catch {
    return false;
  }
}
