/** Why an expression is refused, by name; the words stand in `src/model/findings/regex-words.ts`, since no edge needs them. */
export type RegexFaultName =
  | 'atomicGroup'
  | 'backReference'
  | 'badGroup'
  | 'badGroupName'
  | 'bareBackslash'
  | 'beyondUnicode'
  | 'boundaryInClass'
  | 'byte'
  | 'comment'
  | 'condition'
  | 'counts'
  | 'halfClass'
  | 'lookAround'
  | 'namedBackReference'
  | 'noPosixClass'
  | 'noUnicodeClass'
  | 'nothingToRepeat'
  | 'possessive'
  | 'product'
  | 'range'
  | 'repeatedRepetition'
  | 'sameGroupName'
  | 'tooDeep'
  | 'tooLarge'
  | 'tooLong'
  | 'unclosedClass'
  | 'unclosedGroup'
  | 'unknownEscape'
  | 'unopenedGroup';

/** `at` counts UTF-16 code units from 0; the values are what the words hold of the expression. */
export class RegexFault extends Error {
  readonly values: readonly string[];

  constructor(
    readonly at: number,
    readonly fault: RegexFaultName,
    ...values: readonly string[]
  ) {
    super(fault);
    this.values = values;
  }
}
