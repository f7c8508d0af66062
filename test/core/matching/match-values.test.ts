import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cookieValues } from '../../../src/core/headers/cookie.ts';
import { namedPrincipals } from '../../../src/core/principals/principal-match.ts';
import { claimAt, claimPath, claimTexts } from '../../../src/core/tokens/claim.ts';
import { portOf } from '../../../src/core/urls/host.ts';
import { queryValue, queryValues } from '../../../src/core/urls/query.ts';

describe('cookies (RFC 6265)', () => {
  test.each<[header: string | null, values: Readonly<Record<string, string>>]>([
    [null, {}],
    ['', {}],
    ['a=1', { a: '1' }],
    ['a=1; b=2;c=3', { a: '1', b: '2', c: '3' }],
    ['a=1; a=2', { a: '1' }],
    [' a = 1 ;\tb=2 ', { a: '1', b: '2' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=', { a: '' }],
    ['a; =b; c=d', { c: 'd' }],
    ['a="1, 2"; b=%31', { a: '"1, 2"', b: '%31' }],
    ['A=1; a=2', { A: '1', a: '2' }],
    ['__proto__=1', { ['__proto__']: '1' }],
  ])('%j', (header, values) => {
    expect([...cookieValues(header)]).toEqual(Object.entries(values));
  });
});

describe('query parameters (URL standard)', () => {
  test.each([
    ['q=1&q=2', 'q', '1'],
    ['q', 'q', ''],
    ['q=', 'q', ''],
    ['&&a=1&&q=2&', 'q', '2'],
    ['=1', '', '1'],
    ['a=1&&b=2', '', null],
    ['aq=1&q=2', 'q', '2'],
    ['qa=1', 'q', null],
    ['q=a=b', 'q', 'a=b'],
    ['Q=1', 'q', null],
    ['a+b=c+d', 'a b', 'c d'],
    ['%71=%C3%A9', 'q', 'é'],
    ['q=%zz', 'q', '%zz'],
    ['q=%ff', 'q', '\ufffd'],
    ['a=b=c', 'a=b', null],
    // Of `/x??q=1` the second question mark is of the name, with escapes in the query as without.
    ['?q=1', 'q', null],
    ['?q=1&a=%20', 'q', null],
    ['?q=%20', '?q', ' '],
  ])('%s: %j is %j', (query, name, value) => {
    expect(queryValue(query, name)).toBe(value);
    expect(queryValues(query).get(name) ?? null).toBe(value);
  });

  test('law: what URLSearchParams finds first', () => {
    const piece = fc.constantFrom('a', 'b', 'ab', '=', '&', '%61', '+', '%', '1', '?', '');
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 10 }),
        fc.constantFrom('a', 'b', 'ab', '', 'a=', '&', ' ', '?a'),
        (parts, name) => {
          const query = parts.join('');
          // A question mark before it keeps a query that begins with one as it is.
          const expected = new URLSearchParams(`?${query}`).get(name);
          expect(queryValue(query, name)).toBe(expected);
          expect(queryValues(query).get(name) ?? null).toBe(expected);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('claims', () => {
  test.each<[name: string, path: readonly string[] | undefined]>([
    ['sub', ['sub']],
    ['realm.role', ['realm', 'role']],
    ['[a.b][c]', ['a.b', 'c']],
    ['realm[https://x.test/roles]', ['realm', 'https://x.test/roles']],
    ['', undefined],
    ['a..b', undefined],
    ['.a', undefined],
    ['a.', undefined],
    ['[a', undefined],
    ['[]', undefined],
    ['a]b', undefined],
    ['[a]b', undefined],
  ])('%s', (name, path) => {
    expect(claimPath(name)).toEqual(path);
  });

  test('only the own members of a token are claims, and null is none', () => {
    const claims = JSON.parse('{"sub":"x","realm":{"role":["a",1,true,{"b":1},null]},"none":null,"list":[{"a":1}]}');
    const at = (...path: string[]) => claimAt(claims, path);
    expect([at('sub'), at('realm', 'role', '0'), at('none'), at('constructor'), at('sub', 'length')]).toEqual([
      'x',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(claimTexts(at('realm', 'role'))).toEqual(['a', '1', 'true']);
    expect(claimTexts(at('realm'))).toEqual([]);
    expect(claimAt(null, ['sub'])).toBeUndefined();
  });
});

test.each([
  ['http://a.test/x', '80'],
  ['https://a.test', '443'],
  ['https://a.test:8443/x:1', '8443'],
  ['http://a.test:0080/', '80'],
  ['http://[::1]/', '80'],
  ['http://[::1]:8080/', '8080'],
  ['http://a.test/?q=:99', '80'],
  ['', ''],
])('the port of %s is %j', (url, port) => {
  expect(portOf(url)).toBe(port);
});

test('principals that patterns name, unless one stands for many', () => {
  expect(namedPrincipals(['a', 'declared', 'spiffe://o/svc/x'], { trustDomains: ['m'], declared: ['b', 'c'] })).toEqual(
    ['spiffe://m/svc/a', 'spiffe://m/svc/b', 'spiffe://m/svc/c', 'spiffe://o/svc/x'],
  );
  expect(namedPrincipals(['a', 'b-*'], { trustDomains: ['m'], declared: [] })).toBeUndefined();
});
