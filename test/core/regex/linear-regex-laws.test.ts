import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FullMatcher } from '../../../src/core/regex/full-match.ts';
import { compileLinearRegex, linearRegex } from '../../../src/core/regex/linear-regex.ts';
import { parseRegex } from '../../../src/core/regex/parse.ts';
import { buildProgram } from '../../../src/core/regex/program.ts';
import { expressions, flags, text, withFlags } from './regex-arbitrary.ts';

const matcherOf = (source: string): FullMatcher => new FullMatcher(buildProgram(parseRegex(source).tree, 0));

/** What V8 says about the whole text; by look-ahead, because `$` may be the end of a line. */
function wholeMatch(source: string, letters: string): (value: string) => boolean {
  const regex = new RegExp(`(?:${source})(?![^])`, `uy${letters}`);
  return (value) => {
    regex.lastIndex = 0;
    return regex.test(value);
  };
}

describe('laws of linear regular expressions', () => {
  test('V8 agrees about what matches', () => {
    let matched = 0;
    fc.assert(
      fc.property(
        expressions({ anyLoop: true }),
        flags,
        fc.array(text, { minLength: 8, maxLength: 8 }),
        ({ source }, letters, values) => {
          const ours = withFlags(source, letters);
          const { matches, literalPrefix, isLiteral } = compileLinearRegex(ours);
          // Past its shortcuts too.
          const matcher = matcherOf(ours);
          const theirs = wholeMatch(source, letters);
          for (const value of [...values, literalPrefix]) {
            const expected = theirs(value);
            const found = [matches(value), matcher.matches(value)];
            if (found.some((one) => one !== expected)) expect({ ours, value, found }).toEqual(expected);
            if (!expected) continue;
            matched += 1;
            if (!value.startsWith(literalPrefix)) expect({ ours, value }).toEqual(literalPrefix);
          }
          if (isLiteral && !matches(literalPrefix)) expect(ours).toBe(literalPrefix);
        },
      ),
      { numRuns: 1000 },
    );
    expect(matched).toBeGreaterThan(300);
  });

  test('any text is judged without throwing, and what is accepted can be used', () => {
    const piece = fc.constantFrom(
      'a',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '2',
      ',',
      '*',
      '+',
      '?',
      '|',
      '\\',
      '^',
      '$',
      '-',
      ':',
      '<',
      'P',
      'p',
      'Q',
      'E',
      'x',
      '😀',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), text, (pieces, value) => {
        const source = pieces.join('');
        const result = linearRegex(source);
        if (result.ok) expect(matcherOf(source).matches(value)).toBe(compileLinearRegex(source).matches(value));
        else expect(result.at).toBeLessThanOrEqual(source.length);
      }),
      { numRuns: 3000 },
    );
  });

  test('a matcher that runs out of room for states goes on to the right answer', () => {
    const { matches } = compileLinearRegex('(?:a|b)*a(?:a|b){14}');
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b'), { minLength: 500, maxLength: 1500 }), (letters) => {
        expect(matches(letters.join(''))).toBe(letters.at(-15) === 'a');
      }),
      { numRuns: 30 },
    );
  });
});

const hostile: readonly { source: string; value: (length: number) => string }[] = [
  { source: '(a+)+$', value: (length) => `${'a'.repeat(length)}b` },
  { source: '(a|a)*', value: (length) => `${'a'.repeat(length)}b` },
  { source: '(a|aa)+', value: (length) => `${'a'.repeat(length)}b` },
  { source: '(.*){20}x', value: (length) => 'a'.repeat(length) },
  { source: '(?:a?){200}a{200}', value: (length) => 'a'.repeat(length) },
  { source: '.*.*.*.*.*=.*;', value: (length) => '='.repeat(length) },
  { source: '(?:\\s*\\S*)*!', value: (length) => ' a'.repeat(length / 2) },
  { source: '(?:.*a){300}', value: (length) => 'a'.repeat(length) },
  {
    // Hardly any two prefixes lead to the same state.
    source: '(?:a|b)*a(?:a|b){300}',
    value: (length) => Array.from({ length }, (_, at) => 'ab'[(Math.imul(at, 0x9e3779b1) >>> 15) & 1]).join(''),
  },
  { source: '(?m)(?:^.*$\\n?)*\\b\\B', value: (length) => 'a\n'.repeat(length / 2) },
  {
    source: '[\\pL\\pN]*\\p{Lu}?[^\\p{Greek}]*\\pN',
    value: (length) => String.fromCharCode(...Array.from({ length }, (_, at) => 0x100 + (at % 0x3000))),
  },
];

describe('a hostile value costs its length times the size of the expression, at most', () => {
  test.each(hostile)('$source', ({ source, value }) => {
    const { size } = parseRegex(source).tree;
    const [once, twice] = [2000, 4000].map((length) => {
      const matcher = matcherOf(source);
      matcher.matches(value(length));
      expect(matcher.steps).toBeLessThanOrEqual(4 * (length + 1) * (size + 1));
      return matcher.steps;
    }) as [number, number];
    expect(twice).toBeLessThanOrEqual(2.2 * once + 100 * size);
  });

  test('of generated expressions too', () => {
    fc.assert(
      fc.property(expressions({ anyLoop: true }), text, text, text, ({ source }, head, turn, tail) => {
        const matcher = matcherOf(source);
        const value = head + turn.repeat(100) + tail;
        matcher.matches(value);
        expect(matcher.steps).toBeLessThanOrEqual(4 * (value.length + 1) * (parseRegex(source).tree.size + 1));
      }),
      { numRuns: 1000 },
    );
  });

  test('a value that leads to many states and then to few is cheap from there on', () => {
    const matcher = matcherOf('(?:.*a){300}');
    matcher.matches('a'.repeat(4000));
    const { steps } = matcher;
    matcher.matches('a'.repeat(8000));
    expect(matcher.steps - steps).toBeLessThan(1.2 * steps);
  });

  test('what was matched before is cheap to match again', () => {
    const matcher = matcherOf('/v[0-9]+/(?:users|groups)/[^/]+(?:/.*)?');
    matcher.matches('/v1/users/alice/files');
    const { steps } = matcher;
    matcher.matches('/v1/users/alice/files');
    expect(matcher.steps - steps).toBe('/v1/users/alice/files'.length);
  });
});
