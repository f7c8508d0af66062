import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CharSet, contains } from '../../../src/core/regex/char-set.ts';
import { compileRegexRewrite, linearRegex, substitutionFault } from '../../../src/core/regex/linear-regex.ts';
import { parseRegex } from '../../../src/core/regex/parse.ts';
import {
  assertionHolds,
  type Beside,
  beside,
  buildProgram,
  op,
  type Program,
} from '../../../src/core/regex/program.ts';
import { Rewriter } from '../../../src/core/regex/rewrite.ts';
import { expressions, flags, text, withFlags } from './regex-arbitrary.ts';

describe('all matches are replaced by the substitution', () => {
  test.each([
    [
      'groups change places',
      '^/service/([^/]+)(/.*)$',
      '\\2/instance/\\1',
      '/service/foo/v1/api',
      '/v1/api/instance/foo',
    ],
    ['every match, not the first only', 'one', 'two', '/xxx/one/yyy/one/zzz', '/xxx/two/yyy/two/zzz'],
    [
      'the first match only, by an anchor',
      '^(.*?)one(.*)$',
      '\\1two\\2',
      '/xxx/one/yyy/one/zzz',
      '/xxx/two/yyy/one/zzz',
    ],
    ['the whole match is \\0', 'a+', '<\\0>', 'baaac', 'b<aaa>c'],
    ['no match leaves the value', 'x', 'y', '/abc', '/abc'],
    ['case', '(?i)/XXX/', '/yyy/', '/aaa/XxX/bbb', '/aaa/yyy/bbb'],
    ['a backslash', 'a', '\\\\1', 'a', '\\1'],
    ['$ means nothing', '(a)', '$1$&', 'a', '$1$&'],
    ['a group that took no part is nothing', '(a)|(b)', '[\\1\\2]', 'ab', '[a][b]'],
    ['a group of an earlier turn is kept', '(?:(a)|b)*', '<\\1>', 'ab', '<a>'],
    ['the last turn counts', '(?:(a|b))*', '<\\1>', 'ab', '<b>'],
    ['leftmost before longest', 'a|ab', 'x', 'abab', 'xbxb'],
    ['the preferred way, not the longest', '(a|ab)(c|bcd)', '<\\1,\\2>', 'abcd', '<a,bcd>'],
    ['lazy', 'a+?', 'x', 'aaa', 'xxx'],
    ['swapped by (?U)', '(?U)a+b*?', 'x', 'aabb', 'xx'],
    ['empty matches', 'x*', '-', 'abc', '-a-b-c-'],
    ['no empty match at the end of a match', 'a*', 'x', 'baaac', 'xbxcx'],
    ['an empty match between characters, not halves of them', '', '.', '😀é', '.😀.é.'],
    ['an empty alternative first', '(?:|a)*', '-', 'aa', '-a-a-'],
    ['an empty alternative first, at least once', '(?:|a)+', '-', 'aa', '-a-a-'],
    ['^ holds at the beginning only', '^a', 'x', 'aaa', 'xaa'],
    ['(?m)^ holds after line breaks', '(?m)^a', 'x', 'a\na', 'x\nx'],
    ['$ holds at the end only', 'a$', 'x', 'aa', 'ax'],
    ['word boundaries', '\\b', '|', 'ab cd', '|ab| |cd|'],
    ['within words', '\\B', '|', 'abc', 'a|b|c'],
    ['nothing', 'a', 'x', '', ''],
    ['ten groups, nine of them to be had', '(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)', '\\9\\1\\0', 'abcdefghij', 'iaabcdefghij'],
    ['a substitution of nothing', 'a', '', 'banana', 'bnn'],
  ])('%s', (_, source, substitution, value, expected) => {
    const { groups } = linearRegex(source) as { groups: number };
    expect(substitutionFault(substitution, groups)).toBeUndefined();
    expect(compileRegexRewrite(source, substitution)(value)).toBe(expected);
  });

  test.each([
    ['a group that is not there', '\\2', 1, ['noGroup', 2]],
    ['a backslash at the end', 'a\\', 1, ['strayBackslash']],
    ['a backslash before a letter', '\\n', 1, ['strayBackslash']],
    ['too long', 'a'.repeat(1025), 1, ['longSubstitution']],
  ] as const)('refused: %s', (_, substitution, groups, fault) => {
    expect(substitutionFault(substitution, groups)).toEqual(fault);
  });
});

type Found = readonly (string | undefined)[] | null;

/** What RE2's GlobalReplace does with each match and its groups: an empty match at the end of the last match does not count. */
function replaced(value: string, matchAt: (at: number) => Found): string {
  let output = '';
  let lastEnd = -1;
  for (let at = 0; at <= value.length; ) {
    const match = matchAt(at);
    if (match === null || (match[0] === '' && at === lastEnd)) {
      const character = String.fromCodePoint(value.codePointAt(at) ?? 0x20);
      output += value.slice(at, at + character.length);
      at += character.length;
    } else {
      output += match.map((group) => `${group ?? ''};`).join('');
      at += (match[0] as string).length;
      lastEnd = at;
    }
  }
  return output;
}

/** Tries the preferred way first and no way twice. */
function backtracked({ ops, next, detail, sets, start }: Program, value: string, begin: number, groups: number): Found {
  const tried = new Set<number>();
  const besideAt = (at: number): Beside => {
    const character = value[at];
    if (character === undefined) return beside.edge;
    return character === '\n' ? beside.newline : /\w/.test(character) ? beside.word : beside.other;
  };
  const run = (instruction: number, at: number, slots: readonly number[]): readonly number[] | undefined => {
    const key = instruction * (value.length + 1) + at;
    if (tried.has(key)) return undefined;
    tried.add(key);
    const following = next[instruction] as number;
    const about = detail[instruction] as number;
    switch (ops[instruction]) {
      case op.match:
        return slots.with(1, at);
      case op.set: {
        const code = value.codePointAt(at);
        if (code === undefined || !contains(sets[about] as CharSet, code)) return undefined;
        return run(following, at + (code > 0xffff ? 2 : 1), slots);
      }
      case op.split:
        return run(following, at, slots) ?? run(about, at, slots);
      case op.save:
        return run(following, at, slots.with(about, at));
      default:
        return assertionHolds(about, besideAt(at - 1), besideAt(at)) ? run(following, at, slots) : undefined;
    }
  };
  const slots = run(start, begin, new Array<number>(2 * groups + 2).fill(-1).with(0, begin));
  if (slots === undefined) return null;
  return Array.from({ length: groups + 1 }, (_, group) =>
    slots[2 * group + 1] === -1 ? undefined : value.slice(slots[2 * group], slots[2 * group + 1]),
  );
}

describe('laws of rewriting', () => {
  test('V8 finds the same matches with the same groups', () => {
    let changed = 0;
    fc.assert(
      fc.property(
        expressions({ anyLoop: false }),
        flags,
        fc.array(text, { minLength: 5, maxLength: 5 }),
        ({ source }, letters, values) => {
          const ours = withFlags(source, letters);
          const { groups } = parseRegex(ours);
          const numbers = Array.from({ length: Math.min(groups, 9) + 1 }, (_, number) => number);
          const rewrite = compileRegexRewrite(ours, numbers.map((number) => `\\${number};`).join(''));
          const theirs = new RegExp(source, `uy${letters}`);
          for (const value of values) {
            const expected = replaced(value, (at) => {
              theirs.lastIndex = at;
              return theirs.exec(value)?.slice(0, numbers.length) ?? null;
            });
            const found = rewrite(value);
            if (found !== expected) expect({ ours, value, found }).toEqual(expected);
            if (expected !== value) changed += 1;
          }
        },
      ),
      { numRuns: 1000 },
    );
    expect(changed).toBeGreaterThan(500);
  });

  test('a plain backtracking matcher finds the same, loops of groups and of nothing included', () => {
    fc.assert(
      fc.property(expressions({ anyLoop: true }), flags, text, ({ source }, letters, value) => {
        const { tree, groups } = parseRegex(withFlags(source, letters));
        const program = buildProgram(tree, groups);
        const parts = Array.from({ length: groups + 1 }, (_, number) => [number, ';']).flat();
        const found = new Rewriter(program, parts).replaceAll(value);
        const expected = replaced(value, (at) => backtracked(program, value, at, groups));
        if (found !== expected) expect({ source, letters, value, found }).toEqual(expected);
      }),
      { numRuns: 1500 },
    );
  });

  test.each([
    ['(a.*z)|a', 'a'],
    ['a*?b|a', 'a'],
    ['(?:a+)+$|.', 'a'],
    ['(x+x+)+y', 'x'],
    ['(?:|a|(a)a)*b?', 'a'],
    ['(?:(a?)){50}', 'a'],
    ['(?:(?:(?:a*)*)*)*|\\b', 'a '],
  ])('a hostile value costs %s its length times the size of the expression, at most', (source, turn) => {
    const { tree } = parseRegex(source);
    const [once, twice] = [2000, 4000].map((length) => {
      const rewriter = new Rewriter(buildProgram(tree, 1), [0]);
      const value = turn.repeat(length / turn.length);
      expect(rewriter.replaceAll(value)).toBe(value);
      expect(rewriter.steps).toBeLessThanOrEqual(10 * (length + 1) * (tree.size + 1));
      return rewriter.steps;
    }) as [number, number];
    expect(twice).toBeLessThanOrEqual(2.2 * once);
  });
});
