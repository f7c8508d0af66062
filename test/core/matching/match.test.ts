import { describe, expect, test } from 'vitest';
import { closestName } from '../../../src/core/closest-name.ts';
import { parseDuration } from '../../../src/core/duration.ts';
import { hostPattern, namePattern } from '../../../src/core/matching/header-match.ts';
import { principalMatcher } from '../../../src/core/principals/principal-match.ts';
import { pathPattern, pathPatternFault, pathPrefix } from '../../../src/core/urls/path-match.ts';

describe('durations (GEP-2257)', () => {
  test.each([
    ['0s', 0],
    ['25ms', 25],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
    ['10s500ms', 10_500],
    ['99999ms', 99_999],
    ['', undefined],
    ['5', undefined],
    ['1.5s', undefined],
    ['-1s', undefined],
    ['100000s', undefined],
    ['1s 2s', undefined],
    ['1d', undefined],
    ['1s1s1s1s1s', undefined],
  ])('%j', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});

describe('path prefixes are by segment', () => {
  test.each([
    ['/abc', '/abc', true],
    ['/abc', '/abc/', true],
    ['/abc', '/abc/def', true],
    ['/abc', '/abcd', false],
    ['/abc/', '/abc', true],
    ['/abc', '/ABC', false],
    ['/', '/', true],
    ['/', '/x', true],
  ])('%s and %s', (prefix, path, expected) => {
    expect(pathPrefix(prefix)(path)).toBe(expected);
  });
});

describe('path patterns of access rules', () => {
  test.each([
    ['/charge', '/charge', true],
    ['/charge', '/charge/', false],
    ['/admin*', '/admin/x', true],
    ['/admin*', '/administrator', true],
    ['*.json', '/a.json', true],
    ['*.json', '/a.jso', false],
    ['*', '/', true],
    ['/foo/{*}', '/foo/bar', true],
    ['/foo/{*}', '/foo/bar/baz', false],
    ['/foo/{*}', '/foo/', false],
    ['/foo/{*}', '/foo', false],
    ['/foo/{*}/bar/{**}', '/foo/x/bar/', true],
    ['/foo/{*}/bar/{**}', '/foo/x/bar/y/z', true],
    ['/foo/{*}/bar/{**}', '/foo/x/bar', false],
    ['/foo/{*}/bar/{**}', '/foo//bar/x', false],
    ['/foo/{**}/', '/foo//', true],
    ['/foo/{**}/', '/foo/bar', false],
    ['/store/{**}/cart', '/store//cart', true],
    ['/store/{**}/cart', '/store/cart', false],
    ['/store/{**}/cart', '/store/a/b/cart', true],
    ['/{*}/x/{*}', '/a/x/b', true],
    ['/{*}/x/{*}', '/a/x/', false],
  ])('%s and %s', (pattern, path, expected) => {
    expect(pathPatternFault(pattern)).toBeUndefined();
    expect(pathPattern(pattern)(path)).toBe(expected);
  });

  test.each([
    '/*/baz/{*}',
    '/**/baz/{*}',
    '/{**}/foo/{*}',
    '/foo/{*}.txt',
    '/a*b',
    '**',
    '*/x*',
    'charge',
    '{*}',
    '/{x}',
  ])('%s is no pattern', (pattern) => {
    expect(pathPatternFault(pattern)).toMatch(/\S/);
  });
});

describe('hosts and names', () => {
  test.each([
    ['shop.example.com', 'shop.example.com', true],
    ['*.example.com', 'a.b.example.com', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com', '.example.com', false],
    ['*.Example.com', 'a.example.com', true],
    ['*', 'x', true],
  ])('%s and %s', (pattern, host, expected) => {
    expect(hostPattern(pattern)(host)).toBe(expected);
  });

  test('RPC methods: exact, or all that begin so', () => {
    expect(['charge', 'chargeAll', 'x'].map(namePattern('charge*'))).toEqual([true, true, false]);
    expect(['charge', 'chargeAll'].map(namePattern('charge'))).toEqual([true, false]);
  });
});

describe('principals', () => {
  const home = 'spiffe://mesh.local/svc/';
  test.each([
    ['orders', `${home}orders`, true],
    ['orders', `${home}orders2`, false],
    ['orders', 'spiffe://other/svc/orders', false],
    ['orders*', `${home}orders-v2`, true],
    ['*-job', `${home}night-job`, true],
    ['*-job', 'spiffe://other/svc/night-job', false],
    ['*-job', `${home}job`, false],
    ['*svc/x', `${home}x`, true],
    ['spiffe://other/svc/*', 'spiffe://other/svc/a', true],
    ['spiffe://other/svc/a', 'spiffe://other/svc/a', true],
    ['*', 'anything', true],
    ['*', null, false],
    ['orders', null, false],
    ['declared', `${home}gateway`, true],
    ['declared', `${home}orders`, false],
    ['declared', `${home}declared`, false],
  ])('%s and %s', (pattern, principal, expected) => {
    expect(principalMatcher([pattern], { trustDomains: ['mesh.local'], declared: ['gateway'] })(principal)).toBe(
      expected,
    );
  });
});

test('the name that was meant', () => {
  expect(closestName('rotues', ['routes', 'versions'])).toBe('routes');
  expect(closestName('Exakt', ['Exact', 'PathPrefix'])).toBe('Exact');
  expect(closestName('v3', ['v1', 'orders'])).toBe('v1');
  expect(closestName('nothing', ['routes', 'versions'])).toBeUndefined();
});
