import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileLinearRegex, linearRegex } from '../../src/core/linear-regex.ts';
import { maxWays } from '../../src/core/regex/ambiguity.ts';
import { contains } from '../../src/core/regex/char-set.ts';
import { parseRegex, type RegexNode } from '../../src/core/regex/syntax.ts';

const accepted: readonly { source: string; yes: readonly string[]; no: readonly string[] }[] = [
  { source: '/v[0-9]+/.*', yes: ['/v1/', '/v22/a/b'], no: ['/v/', '/v1', 'x/v1/'] },
  { source: 'tester|admin', yes: ['tester', 'admin'], no: ['testers', 'xadmin', ''] },
  {
    source: '[a-z0-9-]+\\.example\\.com',
    yes: ['a-1.example.com'],
    no: ['.example.com', 'a.b.example.com', 'aXexampleYcom'],
  },
  { source: '.*@example\\.com', yes: ['a@b@example.com', '@example.com'], no: ['a@example.com.'] },
  { source: '^foo.*', yes: ['foo', 'foobar'], no: ['xfoo'] },
  {
    source: '/api/(v1|v2)/users/[^/]+',
    yes: ['/api/v2/users/x y'],
    no: ['/api/v3/users/x', '/api/v1/users/x/y', '/api/v1/users/'],
  },
  { source: '.*foo.*', yes: ['foo', 'xfoofoox'], no: ['fo', ''] },
  { source: '(/[^/]*)*', yes: ['', '/', '//a/b'], no: ['a/'] },
  { source: '(?i)Bearer [a-z]{2,4}', yes: ['bEARER aZb', 'bearer ab'], no: ['bearer a', 'bearer abcde'] },
  { source: 'a(?i:b)c', yes: ['aBc', 'abc'], no: ['abC', 'Abc'] },
  { source: '(?i)k', yes: ['k', 'K', '\u212a'], no: ['j'] },
  { source: '(?P<year>\\d{4})-(?:\\d\\d)$', yes: ['2026-11'], no: ['2026-1', '٢026-11'] },
  { source: '\\Aa\\.b\\z', yes: ['a.b'], no: ['axb'] },
  { source: '\\Qa.b*\\E+', yes: ['a.b*', 'a.b**'], no: ['aab*'] },
  { source: '[[:alpha:]_][[:^digit:]]', yes: ['ab', '_-'], no: ['a1', '1a'] },
  { source: '[]a-]+', yes: [']a-'], no: ['b'] },
  { source: 'x{,2}', yes: ['x{,2}'], no: ['x', 'xx'] },
  { source: '\\x41\\x{1F600}.', yes: ['A😀é', 'A😀😀'], no: ['A😀'] },
  { source: '', yes: [''], no: ['a'] },
  { source: 'a||b', yes: ['a', 'b', ''], no: ['ab'] },
  { source: '(^a|b$)', yes: ['a', 'b'], no: ['ab'] },
];

const refused: readonly { name: string; source: string; at: number; reason: RegExp }[] = [
  { name: 'polynomial: two neighbours share a character', source: 'a*a*b', at: 2, reason: /linear/ },
  { name: 'exponential: nested repetition', source: '(a+)+', at: 1, reason: /linear/ },
  { name: 'exponential: equal alternatives', source: '(a|a)*', at: 3, reason: /linear/ },
  { name: 'polynomial: two open gaps', source: '.*x.*y', at: 5, reason: /linear/ },
  { name: 'polynomial: a gap before a repetition that it can read', source: '.*[0-9]+', at: 2, reason: /linear/ },
  { name: 'many ways by optional parts', source: `${'a?'.repeat(30)}${'a'.repeat(30)}`, at: 22, reason: /linear/ },
  { name: 'ways multiplied by empty alternatives', source: `a${'(|)'.repeat(8)}b`, at: 25, reason: /linear/ },
  { name: 'ways to the end that read nothing', source: `a${'(|)'.repeat(8)}`, at: 0, reason: /linear/ },
  { name: 'ways to read nothing at all', source: '(|)'.repeat(8), at: 0, reason: /too large/ },
  { name: 'a repetition of nothing', source: '(a*)*', at: 4, reason: /match nothing/ },
  { name: 'a back-reference', source: '(a)\\1', at: 3, reason: /back-reference/ },
  { name: 'look-ahead', source: 'a(?=b)', at: 1, reason: /look-around/ },
  { name: 'look-behind', source: '(?<!b)a', at: 0, reason: /look-around/ },
  { name: 'possessive repetition', source: 'ab++', at: 3, reason: /possessive/ },
  { name: 'atomic group', source: '(?>a)', at: 0, reason: /no group/ },
  { name: 'repeated repetition', source: 'a**', at: 2, reason: /repetition of a repetition/ },
  { name: 'nothing to repeat', source: '|*a', at: 1, reason: /nothing to repeat/ },
  { name: 'word boundary', source: '\\bfoo', at: 0, reason: /word boundaries/ },
  { name: 'Unicode class', source: '\\pL', at: 0, reason: /Unicode classes/ },
  { name: 'multi-line', source: '(?m)a', at: 0, reason: /one line/ },
  { name: 'an anchor in the middle', source: 'a^b', at: 1, reason: /anchor/ },
  { name: 'a repeated anchor', source: '(^a)+', at: 1, reason: /anchor/ },
  { name: 'a group that stays open', source: 'a(b|c', at: 1, reason: /not closed/ },
  { name: 'a class that stays open', source: 'a[bc', at: 1, reason: /not closed/ },
  { name: 'a stray parenthesis', source: 'a)b', at: 1, reason: /closes no group/ },
  { name: 'a range that ends before it begins', source: '[z-a]', at: 1, reason: /range/ },
  { name: 'counts out of bounds', source: 'a{1001}', at: 1, reason: /out of bounds/ },
  { name: 'an expression too large to prove', source: '((a{20}){20}){20}', at: 2, reason: /too large/ },
  { name: 'too many states to look at', source: '.*a.{18}b', at: 3, reason: /too large/ },
  { name: 'too long', source: 'a'.repeat(1025), at: 1024, reason: /too long/ },
  { name: 'nested too deep', source: `${'('.repeat(60)}a${')'.repeat(60)}`, at: 50, reason: /nested/ },
];

describe('linear regular expressions', () => {
  test.each(accepted)('accepts $source', ({ source, yes, no }) => {
    const matches = compileLinearRegex(source);
    for (const value of yes) expect([value, matches(value)]).toEqual([value, true]);
    for (const value of no) expect([value, matches(value)]).toEqual([value, false]);
  });

  test.each(refused)('refuses $name', ({ source, at, reason }) => {
    const result = linearRegex(source);
    expect(result).toMatchObject({ ok: false });
    if (result.ok) return;
    expect(result.reason).toMatch(reason);
    expect(result.at).toBe(at);
  });
});

/** Steps of a backtracking matcher that tries as V8 does: one for each part of the expression that it enters, on failing paths too. */
function backtrackingSteps(tree: RegexNode, value: string, most: number): { steps: number; matched: boolean } {
  let steps = 0;
  const run = (node: RegexNode, at: number, next: (at: number) => boolean): boolean => {
    steps += 1;
    if (steps > most) throw new RangeError('too many steps');
    switch (node.kind) {
      case 'set': {
        if (at >= value.length || !contains(node.set, value.charCodeAt(at))) return false;
        return next(at + 1);
      }
      case 'concat': {
        const from = (index: number, here: number): boolean =>
          index === node.items.length
            ? next(here)
            : run(node.items[index] as RegexNode, here, (after) => from(index + 1, after));
        return from(0, at);
      }
      case 'alternate':
        return node.items.some((item) => run(item, at, next));
      case 'repeat': {
        const turn = (count: number, here: number): boolean =>
          (count < node.most && run(node.item, here, (after) => after > here && turn(count + 1, after))) ||
          (count >= node.least && next(here));
        return turn(0, at);
      }
      default:
        return next(at);
    }
  };
  const matched = run(tree, 0, (at) => at === value.length);
  return { steps, matched };
}

const letter = fc.constantFrom('.*', 'a', 'b', '/', '.', '[ab]', '[^/]', '[^a]', '\\.');
const expression = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    letter,
    fc.tuple(tie('node'), tie('node')).map((parts) => parts.join('')),
    fc.tuple(tie('node'), tie('node')).map((parts) => `(${parts.join('|')})`),
    fc
      .tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2,4}', '{0,3}'))
      .map(([node, operator]) => `(${node})${operator}`),
  ),
})).node;
const piece = fc.stringMatching(/^[ab/.]{1,4}$/);

describe('laws of linear regular expressions', () => {
  test('an accepted expression takes at most so many ways a character, and a way enters each part of it a few times', () => {
    let checked = 0;
    fc.assert(
      fc.property(expression, piece, piece, piece, (source, head, repeated, tail) => {
        if (!linearRegex(source).ok) return;
        checked += 1;
        const tree = parseRegex(source);
        const [half, whole] = [100, 200].map((times) => {
          const value = head + repeated.repeat(times) + tail;
          const { steps } = backtrackingSteps(tree, value, 10_000_000);
          expect(steps).toBeLessThanOrEqual((maxWays + 1) * (value.length + 1) * 4 * (source.length + 1));
          return steps;
        }) as [number, number];
        // Twice the length is twice the work; for quadratic work it would be four times.
        expect(whole).toBeLessThanOrEqual(2.5 * half + 1000);
      }),
      { numRuns: 1500 },
    );
    expect(checked).toBeGreaterThan(100);
  });

  test('V8 and a plain backtracking matcher agree about what matches', () => {
    fc.assert(
      fc.property(expression, fc.stringMatching(/^[ab/.]{0,12}$/), (source, value) => {
        const result = linearRegex(source);
        if (!result.ok) return;
        expect(result.regex.test(value)).toBe(backtrackingSteps(parseRegex(source), value, 1_000_000).matched);
        expect(result.regex.test(value)).toBe(new RegExp(`^(?:${source})$`, 'su').test(value));
      }),
      { numRuns: 1500 },
    );
  });

  test('expressions that are known to blow up are refused in every dress', () => {
    fc.assert(
      fc.property(letter, letter, (one, other) => {
        for (const source of [
          `(${one}+)+${other}`,
          `(${one}|${one})+${other}`,
          `(${one}*)*`,
          `${one}*${one}*${other}x`,
          `(${one}?){30}${one}{30}`,
        ]) {
          expect([source, linearRegex(source).ok]).toEqual([source, false]);
        }
      }),
    );
  });
});
