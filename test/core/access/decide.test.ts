import { describe, expect, test } from 'vitest';
import { type AccessRule, accessDecision, askedProviders } from '../../../src/core/access/decide.ts';
import type { AccessFacts } from '../../../src/core/access/facts.ts';
import type { OperationTerms } from '../../../src/core/access/operation.ts';
import { fetchFacts, headers, isAllowed, orders, rpcFacts, rule, terms } from './facts.ts';

const http: OperationTerms = { methods: ['POST'], paths: ['/charge'] };
const rpc: OperationTerms = { rpc: ['charge'] };
const xUser = { key: 'request.headers[x-user]', values: ['tester'] };

describe('protocols', () => {
  test.each<{ name: string; rules: readonly AccessRule[]; fetch: boolean; rpc: boolean }>([
    { name: 'no rules allow everything', rules: [], fetch: true, rpc: true },
    { name: 'an allow without target is for both', rules: [rule('allow')], fetch: true, rpc: true },
    {
      name: 'an allow with HTTP fields never matches RPC',
      rules: [rule('allow', { to: [http] })],
      fetch: true,
      rpc: false,
    },
    {
      name: 'so does one with HTTP not-fields',
      rules: [rule('allow', { to: [{ notMethods: ['GET'] }] })],
      fetch: true,
      rpc: false,
    },
    {
      name: 'an allow with rpc only never matches fetch',
      rules: [rule('allow', { to: [rpc] })],
      fetch: false,
      rpc: true,
    },
    {
      name: 'so does one with notRpc only',
      rules: [rule('allow', { to: [{ notRpc: ['refund'] }] })],
      fetch: false,
      rpc: true,
    },
    {
      name: 'an entry with both is read by its own fields',
      rules: [rule('allow', { to: [{ ...http, ...rpc }] })],
      fetch: true,
      rpc: true,
    },
    {
      name: 'one of several entries is enough',
      rules: [rule('allow', { to: [{ methods: ['GET'] }, rpc] })],
      fetch: false,
      rpc: true,
    },
    {
      name: 'a deny with HTTP fields denies all RPC',
      rules: [rule('deny', { to: [{ paths: ['/other'] }] })],
      fetch: true,
      rpc: false,
    },
    {
      name: 'a deny by port denies all RPC',
      rules: [rule('deny', { to: [{ ports: [8080] }] })],
      fetch: true,
      rpc: false,
    },
    {
      name: 'a deny by a not-field denies all RPC',
      rules: [rule('deny', { to: [{ notHosts: ['payment'] }] })],
      fetch: true,
      rpc: false,
    },
    { name: 'a deny with rpc only leaves fetch alone', rules: [rule('deny', { to: [rpc] })], fetch: true, rpc: false },
    {
      name: 'a deny with notRpc only leaves fetch alone',
      rules: [rule('deny', { to: [{ notRpc: ['refund'] }] })],
      fetch: true,
      rpc: false,
    },
    {
      name: 'a deny that names rpc too denies just that',
      rules: [rule('deny', { to: [{ ...http, rpc: ['refund'] }] })],
      fetch: false,
      rpc: true,
    },
    {
      name: 'an allow by a header never matches RPC without it',
      rules: [rule('allow', { when: [xUser] })],
      fetch: true,
      rpc: false,
    },
    {
      name: 'nor one by what a header is not',
      rules: [rule('allow', { when: [{ key: 'request.headers[x-no]', notValues: ['a'] }] })],
      fetch: true,
      rpc: false,
    },
    {
      name: 'a deny by a header denies RPC without it',
      rules: [rule('deny', { when: [{ ...xUser, values: ['other'] }] })],
      fetch: true,
      rpc: false,
    },
    {
      name: 'a deny by a port denies RPC',
      rules: [rule('deny', { when: [{ key: 'destination.port', values: ['8080'] }] })],
      fetch: true,
      rpc: false,
    },
    {
      name: 'an audit and a custom rule decide nothing here',
      rules: [rule('audit'), rule('custom', { provider: 'a' })],
      fetch: true,
      rpc: true,
    },
  ])('$name', ({ rules, fetch, rpc: expected }) => {
    expect(isAllowed(rules, fetchFacts({ header: headers({ 'x-user': 'tester' }) }))).toBe(fetch);
    expect(isAllowed(rules, rpcFacts())).toBe(expected);
  });

  test.each([
    { name: 'fits', value: 'tester', allow: true, deny: false },
    { name: 'does not fit', value: 'other', allow: false, deny: true },
  ])('a header that the journey carries is a fact of an RPC call: it $name', ({ value, allow, deny }) => {
    const facts = rpcFacts({ header: headers({ 'x-user': value }) });
    expect(isAllowed([rule('allow', { when: [xUser] })], facts)).toBe(allow);
    expect(isAllowed([rule('deny', { when: [xUser] })], facts)).toBe(deny);
  });
});

describe('strict', () => {
  const nobody = fetchFacts({ principal: null });
  test.each<{ name: string; facts: AccessFacts; allowed: boolean }>([
    { name: 'refuses the anonymous before any rule', facts: nobody, allowed: false },
    { name: 'lets a service pass', facts: fetchFacts(), allowed: true },
    { name: 'lets an end user pass', facts: { ...nobody, requestPrincipal: 'https://i/alice' }, allowed: true },
  ])('$name', ({ facts, allowed }) => {
    expect(isAllowed([rule('allow')], facts, { strict: true })).toBe(allowed);
    expect(isAllowed([rule('allow')], facts)).toBe(true);
  });

  test('says so, and asks no authoriser', () => {
    const strict = terms([rule('custom', { provider: 'a' })], { strict: true });
    expect(accessDecision(strict)(nobody, 0)).toEqual({ allowed: false, rule: '', reason: 'strict' });
    expect(askedProviders(strict)?.(nobody, 0)).toEqual([]);
  });
});

describe('the read of a property, which hands over all that lies below it', () => {
  test.each<{ name: string; rule: AccessRule; method: string; args?: readonly unknown[]; allowed: boolean }>([
    {
      name: 'is denied above a denied method',
      rule: rule('deny', { to: [{ rpc: ['users.delete'] }] }),
      method: 'users',
      allowed: false,
    },
    {
      name: 'is denied at any depth',
      rule: rule('deny', { to: [{ rpc: ['admin.users.delete'] }] }),
      method: 'admin',
      allowed: false,
    },
    {
      name: 'is denied above a denied pattern',
      rule: rule('deny', { to: [{ rpc: ['users.d*'] }] }),
      method: 'users',
      allowed: false,
    },
    {
      name: 'passes where the name only begins alike',
      rule: rule('deny', { to: [{ rpc: ['users.delete'] }] }),
      method: 'user',
      allowed: true,
    },
    {
      name: 'is not what a call is',
      rule: rule('deny', { to: [{ rpc: ['users.delete'] }] }),
      method: 'users',
      args: [],
      allowed: true,
    },
    {
      name: 'passes beside it',
      rule: rule('deny', { to: [{ rpc: ['users.delete'] }] }),
      method: 'users.list',
      allowed: true,
    },
    {
      name: 'is not allowed by what lies below',
      rule: rule('allow', { to: [{ rpc: ['users.list'] }] }),
      method: 'users',
      allowed: false,
    },
    {
      name: 'is not allowed where something below is left out',
      rule: rule('allow', { to: [{ notRpc: ['users.delete'] }] }),
      method: 'users',
      allowed: false,
    },
    {
      name: 'but a call beside what is left out is',
      rule: rule('allow', { to: [{ notRpc: ['users.delete'] }] }),
      method: 'users.list',
      args: [],
      allowed: true,
    },
    {
      name: 'is denied by all but what lies below',
      rule: rule('deny', { to: [{ notRpc: ['users.list'] }] }),
      method: 'users',
      allowed: false,
    },
    {
      name: 'passes where it is what a deny leaves out',
      rule: rule('deny', { to: [{ notRpc: ['users.list'] }] }),
      method: 'users.list',
      allowed: true,
    },
  ])('$name', ({ rule: one, method, args, allowed }) => {
    expect(isAllowed([one], rpcFacts({ method, args }))).toBe(allowed);
  });
});

describe('what an entry of `to` asks', () => {
  test.each<{ name: string; to: OperationTerms; facts?: Partial<AccessFacts>; matches: boolean }>([
    { name: 'any method', to: { methods: ['*'] }, matches: true },
    { name: 'a method, case counts', to: { methods: ['post'] }, matches: false },
    { name: 'all fields', to: { methods: ['POST'], paths: ['/other'] }, matches: false },
    { name: 'one value of a field', to: { paths: ['/other', '/ch*'] }, matches: true },
    { name: 'a template', to: { paths: ['/{*}'] }, matches: true },
    { name: 'a path and not another', to: { paths: ['/*'], notPaths: ['/charge'] }, matches: false },
    { name: 'a host in any case', to: { hosts: ['PAY*'] }, matches: true },
    {
      name: 'an ending of the host',
      to: { hosts: ['*.example.com'] },
      facts: { host: 'a.example.com' },
      matches: true,
    },
    {
      name: 'an ending that is not the host itself',
      to: { hosts: ['*.example.com'] },
      facts: { host: 'example.com' },
      matches: false,
    },
    { name: 'any host', to: { hosts: ['*'] }, matches: true },
    ...[
      { host: 'payment:8443', matches: true },
      { host: 'PAY*:8443', matches: false },
      { host: 'payment:*', matches: true },
      { host: '*:8443', matches: true },
      { host: 'payment:844*', matches: true },
      { host: 'payment:443', matches: false },
      { host: 'other:*', matches: false },
    ].map(({ host, matches }) => ({
      name: `a host with its port: ${host}`,
      to: { hosts: ['none', host] },
      facts: { url: 'https://payment.:08443/' },
      matches,
    })),
    { name: 'a host with the usual port, which is not said', to: { hosts: ['payment:80'] }, matches: true },
    { name: 'not a host with its port', to: { notHosts: ['payment:80'] }, matches: false },
    {
      name: 'a host that is an address with colons',
      to: { hosts: ['[2001:DB8::1]', '[2001:db8::2]:8443'] },
      facts: { host: '[2001:db8::1]', url: 'http://[2001:db8::1]:8080/' },
      matches: true,
    },
    { name: 'the usual port', to: { ports: [80] }, matches: true },
    { name: 'the port of the URL', to: { ports: [8443] }, facts: { url: 'https://payment:8443/' }, matches: true },
    { name: 'not a port', to: { notPorts: [80] }, matches: false },
  ])('$name', ({ to, facts, matches }) => {
    const call = fetchFacts(facts);
    expect(isAllowed([rule('allow', { to: [to] })], call)).toBe(matches);
    expect(isAllowed([rule('deny', { to: [to] })], call)).toBe(!matches);
  });
});

describe('the verdict', () => {
  const decide = (rules: readonly AccessRule[], facts = fetchFacts()) => accessDecision(terms(rules))(facts, 0);

  test('names the rule', () => {
    const rules = [
      rule('allow', { name: 'all' }),
      rule('deny', { name: 'no-fetch', to: [{ methods: ['*'], rpc: ['refund'] }] }),
    ];
    expect(decide(rules)).toEqual({ allowed: false, rule: 'no-fetch', reason: 'deny-rule' });
    expect(decide(rules, rpcFacts())).toEqual({ allowed: true, rule: 'all' });
    expect(decide([rule('allow', { to: [rpc] })])).toEqual({ allowed: false, rule: '', reason: 'no-allow-rule' });
  });

  test('is a denial where nothing decides and the default is to deny', () => {
    expect(accessDecision(terms([], { closed: true }))(fetchFacts(), 0)).toMatchObject({ allowed: false });
    expect(accessDecision(terms([rule('allow')], { closed: true }))(fetchFacts(), 0)).toMatchObject({ allowed: true });
  });

  test('names the audit rules that match, whatever is decided', () => {
    const audit = [rule('audit', { name: 'a' }), rule('audit', { name: 'b', to: [{ methods: ['GET'] }] })];
    expect(decide(audit)).toEqual({ allowed: true, rule: '', audit: ['a'] });
    expect(decide([...audit, rule('deny')])).toMatchObject({ allowed: false, audit: ['a'] });
    expect(decide(audit.slice(1))).toEqual({ allowed: true, rule: '' });
  });

  test.each<{ name: string; rules: readonly AccessRule[]; allowed: boolean; shadow: object }>([
    {
      name: 'a deny that would deny',
      rules: [rule('deny', { dryRun: true })],
      allowed: true,
      shadow: { allowed: false, rule: 'deny' },
    },
    {
      name: 'an allow that would close the rest',
      rules: [rule('allow', { dryRun: true, to: [{ methods: ['GET'] }] })],
      allowed: true,
      shadow: { allowed: false, rule: '' },
    },
    {
      name: 'an allow that would let pass',
      rules: [
        rule('allow', { name: 'get', to: [{ methods: ['GET'] }] }),
        rule('allow', { name: 'post', dryRun: true }),
      ],
      allowed: false,
      shadow: { allowed: true, rule: 'post' },
    },
    {
      name: 'a deny that counts, with one that would agree',
      rules: [rule('deny', { name: 'now' }), rule('deny', { name: 'then', dryRun: true })],
      allowed: false,
      shadow: { allowed: false, rule: 'now' },
    },
  ])('has a shadow beside dry-run rules: $name', ({ rules, allowed, shadow }) => {
    expect(decide(rules)).toMatchObject({ allowed, shadow });
  });
});

describe('external authorisers', () => {
  const custom = (name: string, provider: string, more: Partial<AccessRule> = {}) =>
    rule('custom', { name, provider, ...more });
  test.each<{ name: string; rules: readonly AccessRule[]; asked: readonly object[] }>([
    { name: 'is asked where its rule matches', rules: [custom('r', 'a')], asked: [{ provider: 'a', rule: 'r' }] },
    { name: 'is not asked where it does not', rules: [custom('r', 'a', { to: [{ methods: ['GET'] }] })], asked: [] },
    {
      name: 'is asked once, in the order of names',
      rules: [custom('r1', 'b'), custom('r2', 'a'), custom('r3', 'b')],
      asked: [
        { provider: 'a', rule: 'r2' },
        { provider: 'b', rule: 'r1' },
      ],
    },
    {
      name: 'is asked about RPC that a rule by HTTP fields may be about',
      rules: [custom('r', 'a', { from: [{ principals: ['orders'] }], to: [{ paths: ['/x'] }] })],
      asked: [{ provider: 'a', rule: 'r' }],
    },
  ])('$name', ({ name, rules, asked }) => {
    const facts = name.includes('RPC') ? rpcFacts({ principal: orders }) : fetchFacts();
    expect(askedProviders(terms(rules))?.(facts, 0)).toEqual(asked);
  });

  test('there are none without custom rules', () => {
    expect(askedProviders(terms([rule('allow'), rule('deny')]))).toBeUndefined();
  });
});
