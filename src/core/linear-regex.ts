/**
 * Regular expressions in RE2's syntax that V8 runs in linear time, or a reason and a place why not.
 *
 * A match is of the whole value, as RE2's FullMatch: `^` at the beginning and `$` at the end add nothing. Two differences from
 * RE2: `.` matches line breaks too, since values are single lines, and `(?i)` knows the cases of ASCII letters.
 */
import { proveLinear } from './regex/ambiguity.ts';
import { classSource } from './regex/char-set.ts';
import { parseRegex, RegexFault, type RegexNode } from './regex/syntax.ts';

export type LinearRegex =
  | { readonly ok: true; readonly regex: RegExp }
  | {
      readonly ok: false;
      /** Offset in the expression, from 0. */
      readonly at: number;
      readonly reason: string;
      readonly expected: string;
    };

/** Longer expressions are refused unread. */
export const maxRegexLength = 1024;

/** Parses, proves and translates an expression. Costs a few milliseconds for hostile ones; never throws. */
export function linearRegex(source: string): LinearRegex {
  if (source.length > maxRegexLength) {
    return {
      ok: false,
      at: maxRegexLength,
      reason: 'the expression is too long',
      expected: `at most ${maxRegexLength} characters`,
    };
  }
  try {
    const tree = withoutAnchors(parseRegex(source), true, true);
    proveLinear(tree);
    return { ok: true, regex: new RegExp(`^(?:${regexSource(tree)})$`, 'u') };
  } catch (fault) {
    if (fault instanceof RegexFault)
      return { ok: false, at: fault.at, reason: fault.message, expected: fault.expected };
    throw fault;
  }
}

/** A predicate for an expression that `linearRegex` accepts; throws for any other, since validation comes before compiling. */
export function compileLinearRegex(source: string): (value: string) => boolean {
  const result = linearRegex(source);
  if (!result.ok) throw new Error(`unvalidated expression: ${result.reason}`);
  const { regex } = result;
  return (value) => regex.test(value);
}

/** Takes away anchors where they always hold; elsewhere they are refused. */
function withoutAnchors(node: RegexNode, first: boolean, last: boolean): RegexNode {
  switch (node.kind) {
    case 'begin':
    case 'end':
      if (node.kind === 'begin' ? !first : !last) {
        const place = node.kind === 'begin' ? 'beginning' : 'end';
        throw new RegexFault(
          node.at,
          `an anchor that is not at the ${place} could never hold`,
          'the character escaped, or no anchor',
        );
      }
      return { kind: 'concat', items: [] };
    case 'alternate':
      return { kind: 'alternate', items: node.items.map((item) => withoutAnchors(item, first, last)) };
    case 'concat': {
      // An item is first while only what reads nothing stands before it, and last likewise.
      const reads = node.items.map(
        (item) => item.kind !== 'begin' && item.kind !== 'end' && !(item.kind === 'concat' && item.items.length === 0),
      );
      const firstReading = reads.indexOf(true);
      const lastReading = reads.lastIndexOf(true);
      const items = node.items.map((item, index) =>
        withoutAnchors(
          item,
          first && (firstReading < 0 || index <= firstReading),
          last && (lastReading < 0 || index >= lastReading),
        ),
      );
      return { kind: 'concat', items };
    }
    case 'repeat':
      return { ...node, item: withoutAnchors(node.item, false, false) };
    default:
      return node;
  }
}

function regexSource(node: RegexNode): string {
  switch (node.kind) {
    case 'set':
      return classSource(node.set);
    case 'concat':
      return node.items
        .map((item) => (item.kind === 'alternate' ? `(?:${regexSource(item)})` : regexSource(item)))
        .join('');
    case 'alternate':
      return node.items.map(regexSource).join('|');
    case 'repeat': {
      const bounds = node.most === Number.POSITIVE_INFINITY ? `{${node.least},}` : `{${node.least},${node.most}}`;
      return `(?:${regexSource(node.item)})${bounds}`;
    }
    default:
      return '';
  }
}
