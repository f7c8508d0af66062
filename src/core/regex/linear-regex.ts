/**
 * Regular expressions in RE2's syntax, matched in linear time: a value costs at most its length times the size of the expression,
 * whatever both are.
 *
 * Characters are the code points of a JavaScript string, as RE2's are those of UTF-8; half a surrogate pair is a character too.
 */
import { RegexFault, type RegexFaultName } from './fault.ts';
import { FullMatcher } from './full-match.ts';
import { type ParsedRegex, parseRegex } from './parse.ts';
import { type LiteralPrefix, literalPrefix } from './prefix.ts';
import { buildProgram } from './program.ts';
import { parseSubstitution, Rewriter } from './rewrite.ts';
import type { RegexNode } from './tree.ts';

export type LinearRegex =
  | {
      readonly ok: true;
      /** Steps of the expression, repetitions written out: what a character costs at most, and what its memory follows. */
      readonly size: number;
      /** Capturing groups, which a substitution may name. */
      readonly groups: number;
    }
  | {
      readonly ok: false;
      /** Offset in the expression, from 0. */
      readonly at: number;
      readonly fault: RegexFaultName;
      /** What its words hold of the expression. */
      readonly values: readonly string[];
    };

export interface CompiledRegex {
  /** Whether the whole value matches, as RE2's FullMatch. */
  readonly matches: (value: string) => boolean;
  /** Every value that matches begins with this text. */
  readonly literalPrefix: string;
  /** Whether that text is the only value that matches. */
  readonly isLiteral: boolean;
}

/** Longer expressions are refused unread. */
export const maxRegexLength = 4096;
/**
 * What the sizes of all expressions that are kept together may add up to: thousands of usual ones, of 10 to 40 steps each. A step
 * takes some 20 bytes, and up to 350 where callers set out to fill what matching may keep.
 */
export const maxTotalRegexSize = 100_000;
/** Longer substitutions are refused. */
export const maxSubstitutionLength = 1024;

/** Judges an expression; never throws. Costs what reading it costs, some microseconds. */
export function linearRegex(source: string): LinearRegex {
  const parsed = read(source);
  return parsed.ok ? { ok: true, size: parsed.tree.size, groups: parsed.groups } : parsed;
}

/** Compiles an expression that `linearRegex` accepts; throws for any other, since validation comes before compiling. */
export function compileLinearRegex(source: string): CompiledRegex {
  const tree = validated(source);
  const prefix = literalPrefix(tree);
  return { matches: predicate(tree, prefix), literalPrefix: prefix.text, isLiteral: prefix.rest === 'nothing' };
}

/** What is wrong with a substitution for an expression with so many groups, by name and with the group that it is about; or `undefined`. */
export function substitutionFault(
  substitution: string,
  groups: number,
): readonly [name: 'longSubstitution' | 'strayBackslash' | 'noGroup', group?: number] | undefined {
  if (substitution.length > maxSubstitutionLength) return ['longSubstitution'];
  const parts = parseSubstitution(substitution);
  if (parts === undefined) return ['strayBackslash'];
  const missing = parts.find((part) => typeof part === 'number' && part > groups);
  return missing === undefined ? undefined : ['noGroup', Number(missing)];
}

/**
 * Compiles the replacement of all matches, as RE2's GlobalReplace: `\1` in the substitution is what the first group matched, `\0`
 * the whole match. Throws for what `linearRegex` or `substitutionFault` refuse.
 */
export function compileRegexRewrite(source: string, substitution: string): (value: string) => string {
  const tree = validated(source);
  const parts = parseSubstitution(substitution) ?? [];
  const lastGroup = parts.reduce<number>((last, part) => (typeof part === 'number' ? Math.max(last, part) : last), 0);
  let rewriter: Rewriter | undefined;
  return (value) => {
    rewriter ??= new Rewriter(buildProgram(tree, lastGroup), parts);
    return rewriter.replaceAll(value);
  };
}

function read(source: string): ({ readonly ok: true } & ParsedRegex) | Extract<LinearRegex, { ok: false }> {
  if (source.length > maxRegexLength) return { ok: false, at: maxRegexLength, fault: 'tooLong', values: [] };
  try {
    return { ok: true, ...parseRegex(source) };
  } catch (error) {
    if (!(error instanceof RegexFault)) throw error;
    const { at, fault, values } = error;
    return { ok: false, at, fault, values };
  }
}

function validated(source: string): RegexNode {
  const parsed = read(source);
  if (!parsed.ok) throw new Error(`unvalidated expression: ${parsed.fault}`);
  return parsed.tree;
}

/** The cheapest test that decides; the automaton is built when a value first needs it. */
function predicate(tree: RegexNode, { text, rest }: LiteralPrefix): (value: string) => boolean {
  if (rest === 'nothing') return (value) => value === text;
  if (rest !== 'something') {
    const shortest = text.length + rest.least;
    const begins = (value: string): boolean => value.length >= shortest && value.startsWith(text);
    return rest.newlines ? begins : (value) => begins(value) && !value.includes('\n', text.length);
  }
  let matcher: FullMatcher | undefined;
  return (value) => {
    if (!value.startsWith(text)) return false;
    matcher ??= new FullMatcher(buildProgram(tree, 0));
    return matcher.matches(value);
  };
}
