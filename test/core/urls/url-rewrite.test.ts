import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalTarget } from '../../../src/core/urls/canonical-path.ts';
import { type PathModifier, pathRewrite, targetRewrite } from '../../../src/core/urls/url-rewrite.ts';

const replaced = (modifier: PathModifier, path: string, prefix = '/') => pathRewrite(modifier, 'base')(path, prefix);
const prefixWith = (value: string): PathModifier => ({ type: 'ReplacePrefixMatch', value });
const regex = (pattern: string, substitution: string): PathModifier => ({
  type: 'ReplaceRegexMatch',
  pattern,
  substitution,
});

describe('a replaced prefix', () => {
  // The table of HTTPPathModifier in the Gateway API, and rows for what it leaves open.
  const rows: readonly [path: string, prefix: string, replacement: string, expected: string][] = [
    ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
    ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
    ['/foo/bar', '/foo/', '/xyz', '/xyz/bar'],
    ['/foo/bar', '/foo/', '/xyz/', '/xyz/bar'],
    ['/foo', '/foo', '/xyz', '/xyz'],
    ['/foo/', '/foo', '/xyz', '/xyz/'],
    ['/foo/bar', '/foo', '', '/bar'],
    ['/foo/', '/foo', '', '/'],
    ['/foo', '/foo', '', '/'],
    ['/foo/', '/foo', '/', '/'],
    ['/foo', '/foo', '/', '/'],
    ['/foo', '/foo/', '/xyz/', '/xyz'],
    ['/foo/bar/', '/foo', '/xyz', '/xyz/bar/'],
    ['/foo', '/', '/xyz', '/xyz/foo'],
    ['/', '/', '/xyz', '/xyz/'],
    ['/foo/a%2Fb/%C3%BC', '/foo', '/x%20y', '/x%20y/a%2Fb/%C3%BC'],
  ];
  it.each(rows)('of %s found by %s becomes %j: %s', (path, prefix, replacement, expected) => {
    expect(replaced(prefixWith(replacement), path, prefix)).toBe(expected);
  });

  const segment = fc.stringMatching(/^[A-Za-z0-9_~-]{1,6}(%2F|%20)?$/);
  const prefix = fc.array(segment, { maxLength: 3 }).map((segments) => `/${segments.join('/')}`);
  it('keeps a canonical path canonical, and what follows the prefix as it was', () => {
    fc.assert(
      fc.property(
        prefix,
        prefix,
        fc.array(segment, { maxLength: 3 }),
        fc.boolean(),
        (before, after, rest, trailing) => {
          const bare = before === '/' ? '' : before;
          const path = `${bare}${rest.map((part) => `/${part}`).join('')}${trailing ? '/' : ''}` || '/';
          const result = replaced(prefixWith(after), path, before) ?? '';
          expect(canonicalTarget(`http://host${result}`, 'merge-slashes')).toMatchObject({ ok: true, path: result });
          expect(result.split('/').filter(Boolean)).toEqual([...after.split('/').filter(Boolean), ...rest]);
          expect(result.length > 1 && result.endsWith('/')).toBe(
            path.length > bare.length && path.endsWith('/') && result !== '/',
          ); // prettier-ignore
        },
      ),
    );
  });
  it('put back where it was is the path that was', () => {
    fc.assert(
      fc.property(prefix, prefix, segment, (before, after, rest) => {
        const path = `${before === '/' ? '' : before}/${rest}`;
        const there = replaced(prefixWith(after), path, before) ?? '';
        expect(replaced(prefixWith(before), there, after)).toBe(path);
      }),
    );
  });
});

describe('a path', () => {
  const rows: readonly [rule: string, modifier: PathModifier, path: string, expected: string | undefined][] = [
    ['is replaced as a whole', { type: 'ReplaceFullPath', value: '/all' }, '/a/b', '/all'],
    ['that is replaced by nothing is the root', { type: 'ReplaceFullPath', value: '' }, '/a/b', '/'],
    ['is rewritten with the groups of an expression', regex('^/users/([^/]+)', '/u/\\1'), '/users/7/x', '/u/7/x'],
    ['is rewritten in every place', regex('a', 'b'), '/a/a', '/b/b'],
    ['that an expression does not match stays', regex('^/users', '/u'), '/other', '/other'],
    ['that no longer begins with a slash is refused', regex('^/api/', ''), '/api/x', undefined],
    ['that would climb is refused', regex('^/a/x(.*)y(.*)$', '/a/\\1\\2/b'), '/a/x.y.', undefined],
    ['whose escapes come together anew is refused', regex('25', ''), '/a/%252e%252e/b', undefined],
    ['with an escape that is cut is refused', regex('%..(.*)', '%\\1'), '/a/%20x', undefined],
  ];
  it.each(rows)('%s', (_rule, modifier, path, expected) => {
    expect(replaced(modifier, path)).toBe(expected);
  });
  it('is judged as the document reads paths', () => {
    const doubled = regex('^/a', '/a/');
    expect(pathRewrite(doubled, 'base')('/a/b', '/')).toBe('/a//b');
    expect(pathRewrite(doubled, 'merge-slashes')('/a/b', '/')).toBeUndefined();
  });
});

describe('an address', () => {
  const request = { url: 'https://Shop.example:8443/a/b?x=%20&y', path: '/a/b', query: 'x=%20&y', prefix: '/a' };
  const rows: readonly [rule: string, Parameters<typeof targetRewrite>[0], more: object, expected: string][] = [
    ['has the new host in place of host and port', { hostname: 'in.example' }, {}, 'https://in.example/a/b?x=%20&y'],
    ['has the new port with its host', { hostname: 'in.example:81' }, {}, 'https://in.example:81/a/b?x=%20&y'],
    [
      'has the new path with the query as it was',
      { path: prefixWith('/n') },
      {},
      'https://Shop.example:8443/n/b?x=%20&y',
    ],
    ['has both', { hostname: 'h', path: { type: 'ReplaceFullPath', value: '/n' } }, {}, 'https://h/n?x=%20&y'],
    ['has no question mark without query', { hostname: 'h' }, { url: 'http://a/', path: '/', query: '' }, 'http://h/'],
    [
      'may have slashes in its query',
      { hostname: 'h' },
      { url: 'http://a/?/x', path: '/', query: '/x' },
      'http://h/?/x',
    ],
    [
      'may have an IPv6 host',
      { path: prefixWith('/n') },
      { url: 'http://[::1]:80/a', path: '/a', query: '' },
      'http://[::1]:80/n',
    ],
  ]; // prettier-ignore
  it.each(rows)('%s', (_rule, rule, more, expected) => {
    expect(targetRewrite(rule, 'base')({ ...request, ...more })).toBe(expected);
  });
});
