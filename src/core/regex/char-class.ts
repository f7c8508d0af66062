/** A character class in brackets. */
import { type CharRange, type CharSet, charSet, complement, foldCase } from './char-set.ts';
import { type Cursor, readCodePoint, readEscapedClass, readEscapedCode } from './escape.ts';
import { RegexFault } from './fault.ts';
import { posixClass } from './named-class.ts';

/** Reads a class from its `[` on and leaves the cursor behind its `]`. Throws a `RegexFault` where there is no sound one. */
export function readCharClass(cursor: Cursor, ignoreCase: boolean): CharSet {
  const { source, at } = cursor;
  cursor.at += 1;
  const negated = source[cursor.at] === '^';
  if (negated) cursor.at += 1;
  const ranges: CharRange[] = [];
  const parts: CharSet[] = [];
  for (let first = true; first || source[cursor.at] !== ']'; first = false) {
    if (cursor.at >= source.length) throw new RegexFault(at, 'unclosedClass');
    const inner =
      readPosixClass(cursor, ignoreCase) ??
      (source[cursor.at] === '\\' ? readEscapedClass(cursor, ignoreCase) : undefined);
    if (inner !== undefined) parts.push(inner);
    else ranges.push(readRange(cursor));
  }
  cursor.at += 1;
  parts.push(ignoreCase ? foldCase(ranges) : charSet(ranges));
  // None of the parts is negated as a whole: of a class by name, its ranges or its engine's classes are.
  const set = charSet(
    parts.flatMap((part) => part.ranges),
    parts.flatMap((part) => part.engine),
  );
  return negated ? complement(set) : set;
}

function readPosixClass(cursor: Cursor, ignoreCase: boolean): CharSet | undefined {
  const { source, at } = cursor;
  if (!source.startsWith('[:', at)) return undefined;
  const end = source.indexOf(':]', at + 2);
  if (end < 0) return undefined;
  const negated = source[at + 2] === '^';
  const set = posixClass(source.slice(at + (negated ? 3 : 2), end), negated, ignoreCase);
  if (set === undefined) throw new RegexFault(at, 'noPosixClass', source.slice(at, end + 2));
  cursor.at = end + 2;
  return set;
}

function readRange(cursor: Cursor): CharRange {
  const { source, at } = cursor;
  const low = readMember(cursor);
  if (source[cursor.at] !== '-' || source[cursor.at + 1] === ']' || cursor.at + 1 >= source.length) return [low, low];
  cursor.at += 1;
  const high = readMember(cursor);
  if (high < low) throw new RegexFault(at, 'range');
  return [low, high];
}

function readMember(cursor: Cursor): number {
  return cursor.source[cursor.at] === '\\' ? readEscapedCode(cursor) : readCodePoint(cursor);
}
