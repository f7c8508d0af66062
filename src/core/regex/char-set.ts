/** Sets of Unicode code points as sorted, disjoint, inclusive ranges. */

export type CharRange = readonly [low: number, high: number];
export type CharSet = readonly CharRange[];

export const maxCodePoint = 0x10ffff;
export const everything: CharSet = [[0, maxCodePoint]];

/** Sorts and merges ranges. */
export function charSet(ranges: readonly CharRange[]): CharSet {
  const sorted = [...ranges].sort((one, other) => one[0] - other[0]);
  const merged: [number, number][] = [];
  for (const [low, high] of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return merged;
}

export function complement(set: CharSet): CharSet {
  const ranges: CharRange[] = [];
  let next = 0;
  for (const [low, high] of set) {
    if (low > next) ranges.push([next, low - 1]);
    next = high + 1;
  }
  if (next <= maxCodePoint) ranges.push([next, maxCodePoint]);
  return ranges;
}

export function contains(set: CharSet, codePoint: number): boolean {
  for (const [low, high] of set) {
    if (codePoint < low) return false;
    if (codePoint <= high) return true;
  }
  return false;
}

export function isEverything(set: CharSet): boolean {
  return set.length === 1 && set[0]?.[0] === 0 && set[0][1] === maxCodePoint;
}

const caseDistance = 32;
/** Code points that Unicode folds to an ASCII letter: KELVIN SIGN to k, LATIN SMALL LETTER LONG S to s. */
const foldsToAscii: readonly CharRange[] = [
  [0x212a, 0x6b],
  [0x17f, 0x73],
];

/** The set with both cases of its ASCII letters, as RE2 folds them. */
export function foldCase(set: CharSet): CharSet {
  const ranges: CharRange[] = [...set];
  for (const [low, high] of set) {
    const upperLow = Math.max(low, 0x41);
    const upperHigh = Math.min(high, 0x5a);
    if (upperLow <= upperHigh) ranges.push([upperLow + caseDistance, upperHigh + caseDistance]);
    const lowerLow = Math.max(low, 0x61);
    const lowerHigh = Math.min(high, 0x7a);
    if (lowerLow <= lowerHigh) ranges.push([lowerLow - caseDistance, lowerHigh - caseDistance]);
  }
  const folded = charSet(ranges);
  return charSet([
    ...folded,
    ...foldsToAscii.filter(([, letter]) => contains(folded, letter)).map(([other]): CharRange => [other, other]),
  ]);
}

/** The set as a character class of a JavaScript expression with the flag `u`. */
export function classSource(set: CharSet): string {
  if (isEverything(set)) return '[^]';
  const point = (code: number): string => `\\u{${code.toString(16)}}`;
  return `[${set.map(([low, high]) => (low === high ? point(low) : `${point(low)}-${point(high)}`)).join('')}]`;
}

const range = (from: string, to: string): CharRange => [from.charCodeAt(0), to.charCodeAt(0)];
const digit = range('0', '9');
const lower = range('a', 'z');
const upper = range('A', 'Z');
const underscore = range('_', '_');

/** RE2's Perl classes, which are about ASCII only. */
export const perlClasses: Readonly<Record<string, CharSet>> = {
  d: [digit],
  w: charSet([digit, lower, upper, underscore]),
  s: charSet([
    [9, 10],
    [12, 13],
    [32, 32],
  ]),
};

/** The names inside `[[:name:]]`. */
export const posixClasses: Readonly<Record<string, CharSet>> = {
  alnum: charSet([digit, lower, upper]),
  alpha: charSet([lower, upper]),
  ascii: [[0, 0x7f]],
  blank: charSet([
    [9, 9],
    [32, 32],
  ]),
  cntrl: charSet([
    [0, 0x1f],
    [0x7f, 0x7f],
  ]),
  digit: [digit],
  graph: [range('!', '~')],
  lower: [lower],
  print: [range(' ', '~')],
  punct: charSet([range('!', '/'), range(':', '@'), range('[', '`'), range('{', '~')]),
  space: charSet([
    [9, 13],
    [32, 32],
  ]),
  upper: [upper],
  word: charSet([digit, lower, upper, underscore]),
  xdigit: charSet([digit, range('A', 'F'), range('a', 'f')]),
};
