/** The words of what is wrong with regular expressions. Not for edges. */

import type { RegexFaultName } from '../../core/regex/fault.ts';
import { maxRegexLength } from '../../core/regex/linear-regex.ts';
import { posixNames } from '../../core/regex/named-class.ts';
import { maxHeight, maxProgramSize, maxRepeat } from '../../core/regex/parse.ts';

type RegexWords = readonly [reason: string, expected: string];

const someGroup = 'a group such as (...), (?:...), (?P<name>...) or (?i)';

const words: Readonly<Record<RegexFaultName, (...values: string[]) => RegexWords>> = {
  atomicGroup: () => ['an atomic group is not RE2 syntax', someGroup],
  backReference: () => ['back-references are not RE2 syntax', '\\x31 for a character by its code'],
  badGroup: () => ['this is no group of RE2', someGroup],
  badGroupName: (name) => [`${JSON.stringify(name)} is no name of a group`, 'letters, digits and _'],
  bareBackslash: () => ['a backslash at the end', '\\\\ for the character'],
  beyondUnicode: (text) => [`${text} is beyond the last character of Unicode`, 'at most \\x{10FFFF}'],
  boundaryInClass: (letter) => [
    'a word boundary is no character of a class',
    letter === 'b' ? '\\x08 for the backspace' : 'a character',
  ],
  byte: () => ['\\C is a byte, and values are matched by character', '(?s:.) for any character'],
  comment: () => ['a comment is not RE2 syntax', someGroup],
  condition: () => ['a condition is not RE2 syntax', someGroup],
  counts: (text) => [`the repetition ${text} is out of bounds`, `counts up to ${maxRepeat}, the smaller first`],
  halfClass: (letter) => ['this Unicode class is not complete', `one such as \\${letter}L or \\${letter}{Greek}`],
  lookAround: () => ['look-around is not RE2 syntax', someGroup],
  namedBackReference: () => ['a back-reference is not RE2 syntax', someGroup],
  noPosixClass: (text) => [`there is no class ${text}`, `one of ${posixNames().join(', ')}`],
  noUnicodeClass: (text) => [
    `there is no Unicode class ${text}`,
    'a category such as \\pL or \\p{Lu}, or a script such as \\p{Greek}',
  ],
  nothingToRepeat: (text) => ['there is nothing to repeat here', `\\${text} for the character`],
  possessive: () => ['possessive repetition is not RE2 syntax', 'one repetition operator'],
  product: () => ['nested repetitions multiply beyond bounds', `counts whose product is at most ${maxRepeat}`],
  range: () => ['this range ends before it begins', 'the smaller character first'],
  repeatedRepetition: () => ['a repetition of a repetition', 'one repetition operator, or a group between them'],
  sameGroupName: (name) => [`another group is named ${name} too`, 'a name of its own'],
  tooDeep: () => ['the expression is nested too deeply', `groups and repetitions nested at most ${maxHeight} deep`],
  tooLarge: (size) => [
    `with its repetitions written out the expression has ${size} steps`,
    `at most ${maxProgramSize}: smaller counts, or + and *`,
  ],
  tooLong: () => ['the expression is too long', `at most ${maxRegexLength} characters`],
  unclosedClass: () => ['this character class is not closed', '"]"'],
  unclosedGroup: () => ['this group is not closed', '")"'],
  unknownEscape: (text) => [
    `the escape ${text} is not RE2 syntax`,
    'an escaped punctuation character, or one such as \\d \\s \\w \\t \\n \\x41 \\z',
  ],
  unopenedGroup: () => ['this ")" closes no group', '\\) for the character'],
};

/** Why an expression is refused, and what would not be. */
export function regexWords(fault: RegexFaultName, values: readonly string[]): RegexWords {
  return words[fault](...values);
}
