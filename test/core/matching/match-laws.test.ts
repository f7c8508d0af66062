import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { belowPattern, hostPattern, namePattern } from '../../../src/core/matching/header-match.ts';
import { compileLinearRegex } from '../../../src/core/regex/linear-regex.ts';
import { examplePath, pathPattern, pathPatternFault, pathPrefix } from '../../../src/core/urls/path-match.ts';

const quoted = (literal: string): string => `\\Q${literal}\\E`;

const segment = fc.constantFrom('a', 'b', 'ab', 'a.b', '', '%2e', '*a', 'é');
const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => `/${segments.join('/')}`);

describe('laws of paths', () => {
  test('a prefix holds for the paths that begin with its segments, a last slash aside', () => {
    fc.assert(
      fc.property(path, path, (prefix, value) => {
        const wanted = prefix.replace(/\/$/, '').split('/');
        const given = value.split('/');
        const expected = wanted.every((one, index) => given[index] === one);
        expect([prefix, value, pathPrefix(prefix)(value)]).toEqual([prefix, value, expected]);
      }),
      { numRuns: 1000 },
    );
  });

  test('a path and all below it match the path as prefix', () => {
    fc.assert(
      fc.property(path, path, (prefix, below) => {
        const matches = pathPrefix(prefix);
        expect([prefix, `${prefix.replace(/\/$/, '')}${below}`].map(matches)).toEqual([true, true]);
        expect(matches(`${prefix.replace(/\/$/, '')}x`)).toBe(prefix === '/');
      }),
    );
  });

  const literal = fc.constantFrom('a', 'b', 'a.b', '', '(a', 'é');
  const template = fc
    .tuple(
      fc.array(fc.oneof(literal, fc.constant('{*}')), { maxLength: 3 }),
      fc.constantFrom<readonly string[]>([], ['{**}']),
      fc.array(literal, { maxLength: 2 }),
    )
    .map((parts) => `/${parts.flat().join('/')}`);
  const affix = fc.tuple(fc.constantFrom('*', ''), path, fc.constantFrom('*', '')).map((parts) => parts.join(''));

  test('a pattern without fault is the expression that it stands for', () => {
    let held = 0;
    fc.assert(
      fc.property(fc.oneof(template, affix), path, (pattern, value) => {
        if (pathPatternFault(pattern) !== undefined) return;
        const isTemplate = pattern.includes('{');
        const source = pattern
          .split(/(\{\*{1,2}\}|^\*|\*$)/)
          .map((part) =>
            part === '{*}' ? '[^/]+' : part === '{**}' || (!isTemplate && part === '*') ? '.*' : quoted(part),
          )
          .join('');
        const { matches } = compileLinearRegex(source);
        const filled = pattern
          .replaceAll('{*}', 'a')
          .replaceAll('{**}', 'x/y')
          .replace(/^\*|\*$/, 'z');
        for (const candidate of [value, filled, examplePath(pattern)]) {
          const expected = matches(candidate);
          if (expected) held += 1;
          expect([pattern, candidate, pathPattern(pattern)(candidate)]).toEqual([pattern, candidate, expected]);
        }
      }),
      { numRuns: 1000 },
    );
    expect(held).toBeGreaterThan(300);
  });

  test('a template costs one pass over a long path', () => {
    const pattern = pathPattern(`/${'{*}/'.repeat(50)}{**}/end`);
    expect(pattern(`${'/a'.repeat(8000)}/end`)).toBe(true);
    expect(pattern('/a'.repeat(8000))).toBe(false);
  });
});

const label = fc.constantFrom('a', 'b', 'shop', 'example', 'com', 'x-1', '');
const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));

describe('laws of hosts and names', () => {
  test('a wildcard stands for one label or more, never for none', () => {
    fc.assert(
      fc.property(host, host, (suffix, value) => {
        const { matches } = compileLinearRegex(`.+${quoted(`.${suffix}`)}`);
        for (const candidate of [value, suffix, `.${suffix}`, `${value}.${suffix}`, `${value}${suffix}`]) {
          const found = hostPattern(`*.${suffix.toUpperCase()}`)(candidate);
          expect([suffix, candidate, found]).toEqual([suffix, candidate, matches(candidate)]);
        }
        expect(hostPattern(suffix)(value)).toBe(suffix === value);
      }),
    );
  });

  const member = fc
    .array(fc.constantFrom('users', 'list', 'u', '$x'), { minLength: 1, maxLength: 3 })
    .map((names) => names.join('.'));

  test('a name is exact, or what all begin with', () => {
    fc.assert(
      fc.property(member, member, (pattern, name) => {
        expect(namePattern(pattern)(name)).toBe(pattern === name);
        expect(namePattern(`${pattern}*`)(name)).toBe(compileLinearRegex(`${quoted(pattern)}.*`).matches(name));
        expect(namePattern('*')(name)).toBe(true);
      }),
    );
  });

  test('a pattern is below every object on the way to it, and below nothing else', () => {
    fc.assert(
      fc.property(member, member, (pattern, name) => {
        const objects = pattern.split('.').map((_, index, names) => names.slice(0, index).join('.'));
        expect(belowPattern(pattern)(name)).toBe(objects.includes(name));
      }),
    );
  });
});
