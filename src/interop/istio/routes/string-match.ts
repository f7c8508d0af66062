/** Istio's StringMatch: exact, prefix or regex (RE2, the whole value). */
import { compileLinearRegex, linearRegex } from '../../../core/regex/linear-regex.ts';
import { regexWords } from '../../../model/findings/regex-words.ts';
import type { Located } from '../../manifests/located.ts';

export type StringMatch =
  | { readonly type: 'exact' | 'prefix' | 'regex'; readonly value: string }
  /** `{}`: any value, as long as there is one. */
  | { readonly type: 'present' };

/** Reads a StringMatch; `undefined` where it is wrong, which is told. */
export function readStringMatch(field: Located): StringMatch | undefined {
  field.only(['exact', 'prefix', 'regex']);
  const given = (['exact', 'prefix', 'regex'] as const).filter((type) => field.get(type).present);
  const [type] = given;
  if (type === undefined) return { type: 'present' };
  if (given.length > 1) {
    field.wrong('one of exact, prefix and regex');
    return undefined;
  }
  const value = field.get(type).text();
  if (value === undefined) return undefined;
  // Istio takes this, which is no expression, for "any value".
  if (type === 'regex' && value === '*') return { type: 'present' };
  const judged = type === 'regex' ? linearRegex(value) : undefined;
  if (judged?.ok === false) {
    const [reason, expected] = regexWords(judged.fault, judged.values);
    field.get(type).refuse(`at character ${judged.at + 1} of the expression: ${reason}`, expected);
    return undefined;
  }
  return { type, value };
}

/** Whether a text fits; every text fits `present`. */
export function fits(match: StringMatch, text: string): boolean {
  if (match.type === 'present') return true;
  if (match.type === 'exact') return text === match.value;
  return match.type === 'prefix' ? text.startsWith(match.value) : compileLinearRegex(match.value).matches(text);
}

/** Whether every text fits. */
export function isUniversal(match: StringMatch): boolean {
  return match.type === 'regex'
    ? /^\^?(?:\(\?s\))?\(?\.\*\)?\$?$/.test(match.value)
    : match.type === 'present' || (match.type === 'prefix' && match.value === '');
}

/** An expression for a literal text. */
export function quoted(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
