import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ConditionTerms, conditionTest } from '../../../src/core/access/condition.ts';
import { conditionKey, conditionPort } from '../../../src/core/access/condition-key.ts';
import type { AccessFacts } from '../../../src/core/access/facts.ts';
import { type SourceTerms, sourceTest } from '../../../src/core/access/source.ts';
import { textMatcher } from '../../../src/core/matching/text-match.ts';
import { endUser, fetchFacts, headers, names } from './facts.ts';

const alice = endUser({
  iss: 'https://i.example',
  sub: 'alice',
  aud: ['shop', 'bank'],
  azp: 'app',
  groups: ['admins', 7, true, { name: 'x' }],
  realm: { roles: ['r1'], level: 3 },
  scope: ['read', 'write'],
});
const away: Partial<AccessFacts> = { peerAddress: () => '192.0.2.1', address: () => '203.0.113.7' };
const workload = { principal: 'spiffe://other/ns/shop/sa/pay' };

describe('a header of several lines (CVE-2026-26308)', () => {
  test.each<{ name: string; condition: Omit<ConditionTerms, 'key'>; wide: boolean; holds: boolean }>([
    { name: 'one line suffices for a rule that refuses', condition: { values: ['banned'] }, wide: true, holds: true },
    { name: 'also by its beginning', condition: { values: ['ban*'] }, wide: true, holds: true },
    {
      name: 'one good line is none that a rule that refuses avoids',
      condition: { notValues: ['good'] },
      wide: true,
      holds: true,
    },
    {
      name: 'one line does not suffice for a rule that allows',
      condition: { values: ['good'] },
      wide: false,
      holds: false,
    },
    {
      name: 'one line suffices for what a rule that allows avoids',
      condition: { notValues: ['banned'] },
      wide: false,
      holds: false,
    },
  ])('$name', ({ condition, wide, holds }) => {
    const facts = fetchFacts({ header: headers({ 'x-a': 'good, banned' }) });
    expect(conditionTest({ key: 'request.headers[x-a]', ...condition }, names, wide)(facts)).toBe(holds);
  });
});

test('law: a line suffices exactly where it would by itself, however many there are', () => {
  const letters = (...more: string[]) => fc.string({ unit: fc.constantFrom('a', 'b', '.', ...more), maxLength: 4 });
  fc.assert(
    fc.property(fc.array(letters('*'), { minLength: 1, maxLength: 3 }), letters(',', ',', ' '), (drawn, value) => {
      const values = drawn.map((one) => one || 'a');
      const matches = (header: string) =>
        conditionTest({ key: 'request.headers[x]', values }, names, true)(fetchFacts({ header: () => header }));
      const fits = textMatcher(values);
      expect(matches(value)).toBe(
        values.includes('*') || fits(value) || value.split(',').some((line) => fits(line.trim())),
      );
    }),
    { numRuns: 2000 },
  );
});

describe('a condition', () => {
  test.each<{ name: string; condition: ConditionTerms; facts?: Partial<AccessFacts>; holds: boolean }>([
    {
      name: 'a header',
      condition: { key: 'request.headers[X-User]', values: ['te*'] },
      facts: { header: headers({ 'x-user': 'tester' }) },
      holds: true,
    },
    {
      name: 'a header that is there, if empty',
      condition: { key: 'request.headers[x-user]', values: ['*'] },
      facts: { header: headers({ 'x-user': '' }) },
      holds: true,
    },
    { name: 'a header that is missing', condition: { key: 'request.headers[x-user]', values: ['*'] }, holds: false },
    {
      name: 'a header that is missing fits nothing to avoid',
      condition: { key: 'request.headers[x-user]', notValues: ['*'] },
      holds: true,
    },
    {
      name: 'repeated lines are one text',
      condition: { key: 'request.headers[x-a]', values: ['one'] },
      facts: { header: headers({ 'x-a': 'one, two' }) },
      holds: false,
    },
    {
      name: 'values and notValues both',
      condition: { key: 'request.headers[x-a]', values: ['a*'], notValues: ['ab'] },
      facts: { header: headers({ 'x-a': 'ab' }) },
      holds: false,
    },
    { name: 'a claim', condition: { key: 'request.auth.claims[azp]', values: ['app'] }, facts: alice, holds: true },
    {
      name: 'an item of a claim that is a list',
      condition: { key: 'request.auth.claims[groups]', values: ['admins'] },
      facts: alice,
      holds: true,
    },
    {
      name: 'a number as text',
      condition: { key: 'request.auth.claims[groups]', values: ['7'] },
      facts: alice,
      holds: true,
    },
    {
      name: 'a boolean as text',
      condition: { key: 'request.auth.claims[groups]', values: ['true'] },
      facts: alice,
      holds: true,
    },
    {
      name: 'an object is no value',
      condition: { key: 'request.auth.claims[realm]', values: ['*'] },
      facts: alice,
      holds: false,
    },
    {
      name: 'a nested claim',
      condition: { key: 'request.auth.claims[realm][roles]', values: ['r*'] },
      facts: alice,
      holds: true,
    },
    {
      name: 'a nested number',
      condition: { key: 'request.auth.claims[realm][level]', values: ['3'] },
      facts: alice,
      holds: true,
    },
    {
      name: 'a claim that no token has',
      condition: { key: 'request.auth.claims[groups]', notValues: ['admins'] },
      holds: true,
    },
    {
      name: 'none of a list may be avoided',
      condition: { key: 'request.auth.claims[groups]', notValues: ['admins'] },
      facts: alice,
      holds: false,
    },
    {
      name: 'what only looks like a claim',
      condition: { key: 'request.auth.claims[__proto__]', values: ['*'] },
      facts: alice,
      holds: false,
    },
    {
      name: 'the end user',
      condition: { key: 'request.auth.principal', values: ['https://i.example/*'] },
      facts: alice,
      holds: true,
    },
    { name: 'an audience', condition: { key: 'request.auth.audiences', values: ['bank'] }, facts: alice, holds: true },
    { name: 'the presenter', condition: { key: 'request.auth.presenter', values: ['a*'] }, facts: alice, holds: true },
    {
      name: 'the address that connected',
      condition: { key: 'source.ip', values: ['192.0.2.0/24'] },
      facts: away,
      holds: true,
    },
    {
      name: "the client's address",
      condition: { key: 'remote.ip', values: ['192.0.2.0/24'] },
      facts: away,
      holds: false,
    },
    {
      name: 'inside the mesh there is no address',
      condition: { key: 'source.ip', values: ['0.0.0.0/0', '::/0'] },
      holds: false,
    },
    { name: 'nor one to avoid', condition: { key: 'remote.ip', notValues: ['0.0.0.0/0'] }, holds: true },
    { name: 'a caller', condition: { key: 'source.principal', values: ['orders'] }, holds: true },
    { name: 'a service', condition: { key: 'source.service', values: ['ord*'] }, holds: true },
    { name: 'a namespace', condition: { key: 'source.namespace', values: ['sh*'] }, facts: workload, holds: true },
    {
      name: 'an account',
      condition: { key: 'source.serviceAccount', values: ['shop/pay'] },
      facts: workload,
      holds: true,
    },
    {
      name: 'a trust domain',
      condition: { key: 'source.trustDomain', values: ['other'] },
      facts: workload,
      holds: true,
    },
    {
      name: 'the version of the caller',
      condition: { key: 'source.version', values: ['v2'] },
      facts: { journey: 'cart:v1,orders:v2' },
      holds: true,
    },
    { name: 'the usual port', condition: { key: 'destination.port', values: ['80'] }, holds: true },
    { name: 'a key that is none', condition: { key: 'request.what', values: ['*'] }, holds: false },
  ])('$name', ({ condition, facts, holds }) => {
    expect(conditionTest(condition, names, false)(fetchFacts(facts))).toBe(holds);
  });

  test('with a key that is none makes a deny rule wider, never narrower', () => {
    expect(conditionTest({ key: 'request.what', values: ['a'] }, names, true)(fetchFacts())).toBe(true);
  });

  test.each([
    ['request.headers[X-A]', { kind: 'header', name: 'x-a' }],
    ['request.auth.claims[a][b]', { kind: 'claim', path: ['a', 'b'] }],
    ['request.auth.claims[https://x/roles]', { kind: 'claim', path: ['https://x/roles'] }],
    ['source.ip', { kind: 'source.ip' }],
    ['request.headers[a][b]', undefined],
    ['request.headers[]', undefined],
    ['request.headers', undefined],
    ['request.auth.claims', undefined],
    ['source.ip[x]', undefined],
    ['', undefined],
  ])('the key %s', (text, key) => {
    expect(conditionKey(text)).toEqual(key);
  });

  test.each([
    ['443', 443],
    ['-80', undefined],
    ['xyz', undefined],
    ['91234', undefined],
    ['0', undefined],
  ])('the port %s', (text, port) => {
    expect(conditionPort(text)).toBe(port);
  });
});

describe('an entry of `from`', () => {
  const place = { geo: () => ({ continent: 'EU', country: 'DE', colo: '' }) };
  test.each<{ name: string; entry: SourceTerms; facts?: Partial<AccessFacts>; holds: boolean }>([
    { name: 'all fields must hold', entry: { principals: ['orders'], services: ['cart'] }, holds: false },
    { name: 'one value of a field is enough', entry: { principals: ['cart', 'orders'] }, holds: true },
    { name: 'a field and what it is not', entry: { services: ['*'], notServices: ['orders'] }, holds: false },
    {
      name: 'what a caller is not, the anonymous are neither',
      entry: { notPrincipals: ['orders'] },
      facts: { principal: null },
      holds: true,
    },
    { name: 'everybody with an identity', entry: { principals: ['*'] }, facts: { principal: null }, holds: false },
    { name: 'an end user', entry: { requestPrincipals: ['https://i.example/alice'] }, facts: alice, holds: true },
    { name: 'no end user', entry: { notRequestPrincipals: ['*'] }, holds: true },
    { name: 'any end user is one', entry: { notRequestPrincipals: ['*'] }, facts: alice, holds: false },
    { name: 'a service inside the mesh only', entry: { services: ['*'] }, facts: workload, holds: false },
    {
      name: 'an address',
      entry: { ipBlocks: ['192.0.2.1'], remoteIpBlocks: ['203.0.113.0/24'] },
      facts: away,
      holds: true,
    },
    { name: 'not an address', entry: { notIpBlocks: ['192.0.2.1'] }, facts: away, holds: false },
    { name: 'a version of the caller', entry: { versions: ['v2'] }, facts: { journey: 'orders:v2' }, holds: true },
    { name: 'no version that is known', entry: { notVersions: ['v2'] }, holds: true },
    {
      name: 'the version of another service',
      entry: { versions: ['v2'] },
      facts: { journey: 'cart:v2' },
      holds: false,
    },
    { name: 'a place', entry: { geo: { continents: ['EU'], countries: ['DE', 'AT'] } }, facts: place, holds: true },
    {
      name: 'all parts of a place',
      entry: { geo: { continents: ['EU'], countries: ['FR'] } },
      facts: place,
      holds: false,
    },
    { name: 'nowhere inside the mesh', entry: { geo: { continents: ['EU'] } }, holds: false },
    { name: 'a part that nobody tells', entry: { geo: { colos: ['TXL'] } }, facts: place, holds: false },
    {
      name: 'in none of the places to avoid',
      entry: { notGeo: { continents: ['NA'], countries: ['DE'] } },
      facts: place,
      holds: false,
    },
    { name: 'elsewhere', entry: { notGeo: { continents: ['NA'] } }, facts: place, holds: true },
  ])('$name', ({ entry, facts, holds }) => {
    expect(sourceTest(entry, names)(fetchFacts(facts))).toBe(holds);
  });
});

describe('an end user', () => {
  test.each<[pattern: string, claims: Readonly<Record<string, unknown>>, expected: boolean]>([
    ['https://i/a/b', { iss: 'https://i', sub: 'a/b' }, false],
    ['https://i/a/b', { iss: 'https://i/a', sub: 'b' }, true],
    ['https://i/*', { iss: 'https://i', sub: 'a/b' }, true],
    ['*', { iss: 'https://i', sub: '' }, false],
    ['alice', { iss: 'i', sub: 'alice' }, false],
  ])('%s and %j: %s', (pattern, claims, expected) => {
    expect(sourceTest({ requestPrincipals: [pattern] }, names)(fetchFacts(endUser(claims)))).toBe(expected);
  });

  test("is not whom a caller's own token names", () => {
    const facts = fetchFacts({ claims: { iss: 'spiffe://mesh.local', sub: 'spiffe://mesh.local/svc/orders' } });
    expect(sourceTest({ requestPrincipals: ['*'] }, names)(facts)).toBe(false);
  });
});
