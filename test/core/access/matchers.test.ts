import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  namespaceMatcher,
  serviceAccountMatcher,
  trustDomainMatcher,
} from '../../../src/core/access/workload-match.ts';
import { ipMatcher, parseIpBlock } from '../../../src/core/addresses/ip-block.ts';
import { globPattern, textMatcher } from '../../../src/core/matching/text-match.ts';
import { inAllTrustDomains, principalMatcher, serviceMatcher } from '../../../src/core/principals/principal-match.ts';

test.each([
  ['*', '', false],
  ['*', 'a', true],
  ['a*', 'ab', true],
  ['a*', 'ba', false],
  ['*a', 'ba', true],
  ['*a', 'ab', false],
  ['a', 'a', true],
  ['a', 'A', false],
  ['*/x*', '/y/x*', true],
  ['*/x*', '/x/y', false],
  ['a*b', 'a*b', true],
  ['a*b', 'axb', false],
])('the text pattern %s and %j: %s', (pattern, text, expected) => {
  expect(textMatcher([pattern])(text)).toBe(expected);
  expect(textMatcher(['none', 'nor*', pattern])(text)).toBe(expected);
});

test.each([
  ['a*c', 'abc', true],
  ['a*c', 'ac', true],
  ['a*c', 'a', false],
  ['a*b*c', 'a-b-c', true],
  ['a*b*c', 'a-c-b', false],
  ['ab*bc', 'abc', false],
  ['*', '', true],
  ['*x*', 'axb', true],
  ['a*xx*a', 'axa', false],
  ['a.c', 'abc', false],
])('the glob %s and %j: %s', (pattern, text, expected) => {
  expect(globPattern(pattern)(text)).toBe(expected);
});

test('a glob means what the regular expression would', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*'), maxLength: 6 });
  fc.assert(
    fc.property(text, pattern, (given, wanted) => {
      const expression = new RegExp(`^${wanted.split('*').join('.*')}$`, 's');
      return globPattern(wanted)(given) === expression.test(given);
    }),
    { numRuns: 3000 },
  );
});

describe('addresses', () => {
  test.each<[block: string, address: string, expected: boolean]>([
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['10.0.0.0/8', '10.255.1.2', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.9.9.9/8', '10.1.1.1', true],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['128.0.0.0/1', '200.1.1.1', true],
    ['128.0.0.0/1', '100.1.1.1', false],
    ['255.255.255.255/32', '255.255.255.255', true],
    ['2001:db8::/32', '2001:DB8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::', false],
    ['2001:db8::1', '2001:0db8:0:0:0:0:0:1', true],
    ['2001:db8::/33', '2001:db8:8000::', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '10.0.0.1', false],
    ['::1', '::1', true],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '::ffff:a01:203', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '11.1.2.3', false],
    ['10.0.0.0/8', '', false],
    ['10.0.0.0/8', '10.1.2', false],
    ['10.0.0.0/8', '10.1.2.3:80', false],
    ['10.0.0.0/8', '10.0.0.0/8', true],
    ['10.0.0.0/8', '010.1.2.3', false],
    ['10.0.0.0/8', '10.1.2.256', false],
    ['10.0.0.0/8', 'evil', false],
    ['::/0', 'fe80::1%eth0', false],
  ])('%s has %j: %s', (block, address, expected) => {
    expect(ipMatcher([block])(address)).toBe(expected);
    expect(ipMatcher(['192.0.2.1', '::2', block])(address)).toBe(expected);
  });

  test.each([
    '',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '::/129',
    '1::2::3',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    '10.0.0.0/8/8',
    'a.b.c.d',
  ])('%j is no block and has nothing', (text) => {
    expect(parseIpBlock(text)).toBeUndefined();
    expect(ipMatcher([text])('10.0.0.1')).toBe(false);
  });
});

describe('parts of a SPIFFE id', () => {
  test.each<[pattern: string, principal: string, expected: boolean]>([
    ['*', 'spiffe://any', true],
    ['*', 'https://any/x', false],
    ['a', 'spiffe://a/svc/x', true],
    ['a', 'spiffe://ab/svc/x', false],
    ['a', 'spiffe://a', false],
    ['a*c', 'spiffe://abc/x', true],
    ['a*c', 'spiffe://ab/c/x', false],
    ['old.example', 'spiffe://mesh.local/svc/x', true],
    ['mesh.local', 'spiffe://old.example/svc/x', true],
    ['mesh.*', 'spiffe://old.example/svc/x', false],
  ])('trust domain %s and %s: %s', (pattern, principal, expected) => {
    expect(trustDomainMatcher([pattern], ['mesh.local', 'old.example'])(principal)).toBe(expected);
  });

  test('a namespace, a whole one and with asterisks', () => {
    const id = 'spiffe://td/ns/shop.prod/sa/pay';
    expect(['shop.prod', '*.prod', 'shop*', '*', 's*p*d'].every((one) => namespaceMatcher([one])(id))).toBe(true);
    expect(['shop', 'prod', 'shopXprod', 'shop.prod2'].some((one) => namespaceMatcher([one])(id))).toBe(false);
    expect(namespaceMatcher(['shop'])('spiffe://td/ns/shop')).toBe(false);
  });

  test('an account, by the whole id', () => {
    const holds = serviceAccountMatcher(['my-ns/my-sa']);
    expect(holds('spiffe://td/ns/my-ns/sa/my-sa/ns/other/sa/x')).toBe(true);
    expect(holds('spiffe://td/ns/my-ns/sa/other/sa/my-sa')).toBe(true);
    expect(holds('spiffe://td/ns/my-ns/sa/my-sa/')).toBe(false);
    expect(holds('spiffe://td/ns/my-ns//sa/my-sa')).toBe(false);
    expect(holds('spiffe://td/ns/my-ns/xsa/my-sa')).toBe(false);
    expect(serviceAccountMatcher(['no-slash'])('spiffe://td/ns/no-slash/sa/no-slash')).toBe(false);
  });
});

describe('trust domains that mean the same', () => {
  const names = { trustDomains: ['new', 'old'], declared: ['gateway'] };
  test.each<[pattern: string, principal: string, expected: boolean]>([
    ['orders', 'spiffe://new/svc/orders', true],
    ['orders', 'spiffe://old/svc/orders', true],
    ['orders', 'spiffe://other/svc/orders', false],
    ['ord*', 'spiffe://old/svc/orders', true],
    ['*ers', 'spiffe://old/svc/orders', true],
    ['declared', 'spiffe://old/svc/gateway', true],
    ['spiffe://old/ns/a/sa/b', 'spiffe://new/ns/a/sa/b', true],
    ['spiffe://new/ns/a/*', 'spiffe://old/ns/a/sa/b', true],
    ['spiffe://other/ns/a/*', 'spiffe://old/ns/a/sa/b', false],
    ['*/sa/b', 'spiffe://other/ns/a/sa/b', true],
    ['*ld/ns/a', 'spiffe://new/ns/a', true],
  ])('%s names %s: %s', (pattern, principal, expected) => {
    expect(principalMatcher([pattern], names)(principal)).toBe(expected);
  });

  test('a service is one of this mesh by any of them', () => {
    const some = serviceMatcher(['orders', 'declared'], names.trustDomains);
    expect(some('spiffe://old/svc/orders')).toBe(true);
    // A service of that name: the word means nothing here.
    expect(some('spiffe://old/svc/declared')).toBe(true);
    expect(some('spiffe://old/svc/gateway')).toBe(false);
    expect(serviceMatcher(['*'], names.trustDomains)('spiffe://other/svc/orders')).toBe(false);
    expect(inAllTrustDomains('spiffe://old', names.trustDomains)).toEqual(['spiffe://old']);
  });
});
