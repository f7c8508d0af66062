/**
 * Sets of Unicode code points. Ranges hold what can be written out; Unicode classes, and the cases of letters beyond ASCII, are
 * asked of the JavaScript engine, which has their tables, so that none are carried.
 */

export type CharRange = readonly [low: number, high: number];

/** A class of one code point that the engine decides. */
export interface EngineClass {
  /** A class in JavaScript's syntax with the flag `u`. */
  readonly source: string;
  readonly ignoreCase: boolean;
  readonly negated: boolean;
  /** Made when the first code point is asked for: reading a hostile expression makes none. */
  regex?: RegExp;
}

export interface CharSet {
  /** Sorted, disjoint, inclusive. */
  readonly ranges: readonly CharRange[];
  readonly engine: readonly EngineClass[];
  /** Whether the set is everything but its ranges and classes. */
  readonly negated: boolean;
}

export const maxCodePoint = 0x10ffff;

/** Sorts and merges ranges. */
export function charSet(ranges: readonly CharRange[], engine: readonly EngineClass[] = []): CharSet {
  const sorted = [...ranges].sort((one, other) => one[0] - other[0]);
  const merged: [number, number][] = [];
  for (const [low, high] of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return { ranges: merged, engine, negated: false };
}

/** Of ranges that are sorted and disjoint already. */
function ofRanges(...ranges: readonly CharRange[]): CharSet {
  return { ranges, engine: [], negated: false };
}

/** Of one code point. */
export function single(code: number): CharSet {
  return ofRanges([code, code]);
}

export const everything = ofRanges([0, maxCodePoint]);
export const everythingButNewline = ofRanges([0, 9], [11, maxCodePoint]);

/** All code points in none of the ranges, which are sorted and disjoint. */
export function gaps(ranges: readonly CharRange[]): CharRange[] {
  const between: CharRange[] = [];
  let next = 0;
  for (const [low, high] of ranges) {
    if (low > next) between.push([next, low - 1]);
    next = high + 1;
  }
  if (next <= maxCodePoint) between.push([next, maxCodePoint]);
  return between;
}

/** Every code point that the set has not. */
export function complement(set: CharSet): CharSet {
  return set.engine.length === 0 && !set.negated ? ofRanges(...gaps(set.ranges)) : { ...set, negated: !set.negated };
}

/** Costs the logarithm of the number of ranges, and one step for each class that the engine decides. */
export function contains({ ranges, engine, negated }: CharSet, code: number): boolean {
  return (within(ranges, code) || engine.some((part) => engineHas(part, code))) !== negated;
}

function engineHas(part: EngineClass, code: number): boolean {
  part.regex ??= new RegExp(`^${part.source}$`, part.ignoreCase ? 'iu' : 'u');
  return part.regex.test(String.fromCodePoint(code)) !== part.negated;
}

function within(ranges: readonly CharRange[], code: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle] as CharRange;
    if (code < range[0]) high = middle - 1;
    else if (code > range[1]) low = middle + 1;
    else return true;
  }
  return false;
}

/** The only member of a set of one, as far as ranges tell. */
export function onlyMember({ ranges, engine, negated }: CharSet): number | undefined {
  const [first] = ranges;
  return ranges.length === 1 && engine.length === 0 && !negated && first?.[0] === first?.[1] ? first?.[0] : undefined;
}

/** A text that is equal for equal sets. */
export function setKey({ ranges, engine, negated }: CharSet): string {
  return `${negated}${ranges.join()}${engine.map((part) => `${part.negated}${part.ignoreCase}${part.source}`).join()}`;
}

const caseDistance = 32;
/** Code points that Unicode folds to an ASCII letter: KELVIN SIGN to k, LATIN SMALL LETTER LONG S to s. */
const foldsToAscii: readonly CharRange[] = [
  [0x212a, 0x6b],
  [0x17f, 0x73],
];

/** The set of these ranges and of all code points that differ from them in case only. */
export function foldCase(ranges: readonly CharRange[]): CharSet {
  const folded: CharRange[] = [...ranges];
  const beyond = ranges.filter(([, high]) => high > 0x7f);
  for (const [low, high] of ranges) {
    const upperLow = Math.max(low, 0x41);
    const upperHigh = Math.min(high, 0x5a);
    if (upperLow <= upperHigh) folded.push([upperLow + caseDistance, upperHigh + caseDistance]);
    const lowerLow = Math.max(low, 0x61);
    const lowerHigh = Math.min(high, 0x7a);
    if (lowerLow <= lowerHigh) folded.push([lowerLow - caseDistance, lowerHigh - caseDistance]);
  }
  const ascii = charSet(folded);
  for (const [other, letter] of foldsToAscii) if (contains(ascii, letter)) folded.push([other, other]);
  const engine = beyond.length === 0 ? [] : [{ source: classSource(beyond), ignoreCase: true, negated: false }];
  return charSet(folded, engine);
}

/** Ranges as a character class of a JavaScript expression with the flag `u`. */
function classSource(ranges: readonly CharRange[]): string {
  const point = (code: number): string => `\\u{${code.toString(16)}}`;
  return `[${ranges.map(([low, high]) => `${point(low)}-${point(high)}`).join('')}]`;
}
