/** Laws of access decisions, and a naive reading of the text of the schema that every verdict is held against. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConditionTerms } from '../../../src/core/access/condition.ts';
import { type AccessRule, accessDecision, askedProviders } from '../../../src/core/access/decide.ts';
import type { AccessFacts } from '../../../src/core/access/facts.ts';
import type { OperationTerms } from '../../../src/core/access/operation.ts';
import type { SourceTerms } from '../../../src/core/access/source.ts';
import { fetchFacts, headers, isAllowed, names, rpcFacts, terms } from './facts.ts';
import { naiveMatches, naiveVerdict } from './naive-access.ts';

const some = <T>(...values: readonly T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
const optionally = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(fields, { requiredKeys: [] }).filter((entry) => Object.keys(entry).length > 0) as fc.Arbitrary<T>;

const principal = some('orders', 'ord*', '*rs', '*', 'declared', 'spiffe://other/svc/orders');
const services = some('orders', '*', 'c*');
const versions = some('v1', 'v2');
const blocks = some('10.0.0.0/8', '192.0.2.1', '::/0');
const places = optionally({ continents: some('EU', 'NA'), countries: some('DE', 'US') });
const source = optionally<SourceTerms>({
  principals: principal,
  notPrincipals: principal,
  services,
  notServices: services,
  versions,
  notVersions: versions,
  ipBlocks: blocks,
  notIpBlocks: blocks,
  requestPrincipals: some('https://i/alice', 'https://i/*', '*'),
  notRequestPrincipals: some('https://i/alice', '*'),
  geo: places,
  notGeo: places,
});
const methods = some('GET', 'POST', '*');
const paths = some('/a', '/a*', '*b', '/{*}/b', '/{**}');
const hosts = some('shop', 'SH*', '*');
const ports = some(80, 8080);
const members = some('users', 'users.list', 'users.d*', '*');
const operation = optionally<OperationTerms>({
  methods,
  notMethods: methods,
  paths,
  notPaths: paths,
  hosts,
  notHosts: hosts,
  ports,
  notPorts: ports,
  rpc: members,
  notRpc: members,
});
const condition: fc.Arbitrary<ConditionTerms> = fc
  .record(
    {
      key: fc.constantFrom('request.headers[x-a]', 'request.auth.claims[g]', 'source.ip', 'destination.port'),
      values: some('a', '80', '10.0.0.0/8', '*'),
      notValues: some('b', '8080', '192.0.2.1'),
    },
    { requiredKeys: ['key'] },
  )
  .filter(({ values, notValues }) => values !== undefined || notValues !== undefined);
const rule: fc.Arbitrary<AccessRule> = fc.record(
  {
    name: fc.string({ minLength: 1, maxLength: 3 }),
    action: fc.constantFrom('allow' as const, 'deny' as const),
    dryRun: fc.boolean(),
    from: fc.array(source, { minLength: 1, maxLength: 2 }),
    to: fc.array(operation, { minLength: 1, maxLength: 2 }),
    when: fc.array(condition, { minLength: 1, maxLength: 2 }),
    during: fc.constantFrom([{ hours: '08:00-18:00' }], [{ from: '1970-01-01T12:00:00Z' }]),
  },
  { requiredKeys: ['name', 'action'] },
);
const rules = fc.array(rule, { maxLength: 5 });

const who = fc.record({
  principal: fc.constantFrom(
    'spiffe://mesh.local/svc/orders',
    'spiffe://mesh.local/svc/cart',
    'spiffe://other/svc/orders',
    null,
  ),
  requestPrincipal: fc.constantFrom('https://i/alice', 'https://i/bob', null),
  claims: fc.constantFrom({ g: ['a', 'b'] }, { g: 'b' }, {}, null),
  journey: fc.constantFrom('', 'orders:v1', 'orders:v2'),
  header: fc.constantFrom(headers({}), ...['a', 'b', 'b, a', 'a,a'].map((value) => headers({ 'x-a': value }))),
});
const outside = fc.record({
  peerAddress: fc.constantFrom(
    () => '10.1.2.3',
    () => '192.0.2.1',
    () => '2001:db8::1',
    () => '',
  ),
  geo: fc.constantFrom(
    () => ({ continent: 'EU', country: 'DE', colo: '' }),
    () => null,
  ),
  method: fc.constantFrom('GET', 'POST'),
  path: fc.constantFrom('/a', '/x/b', '/c'),
  host: fc.constantFrom('shop', 'bank'),
  url: fc.constantFrom('http://shop/', 'http://shop:8080/'),
});
const facts: fc.Arbitrary<AccessFacts> = fc.oneof(
  fc.tuple(who, outside).map(([one, other]) => fetchFacts({ ...one, ...other })),
  fc
    .tuple(who, fc.constantFrom('users', 'users.list', 'users.delete'), fc.constantFrom(undefined, []))
    .map(([one, method, args]) => rpcFacts({ ...one, method, args })),
);
const call = fc.tuple(facts, fc.constantFrom(0, 43_200_000)).map(([one, nowMs]) => ({ facts: one, nowMs }));
const base = { ...names, declared: ['cart'] };

describe('laws', () => {
  test('the verdict is that of the text, read naively', () => {
    fc.assert(
      fc.property(rules, call, fc.boolean(), fc.boolean(), (list, { facts: one, nowMs }, strict, closed) => {
        const verdict = accessDecision(terms(list, { ...base, strict, closed }))(one, nowMs);
        expect(verdict).toEqual(naiveVerdict(terms(list, { ...base, strict, closed }), one, nowMs));
      }),
      { numRuns: 2000 },
    );
  });

  test('deny beats allow, wherever it stands', () => {
    fc.assert(
      fc.property(rules, rules, rule, call, (before, after, denying, { facts: one, nowMs }) => {
        const deny: AccessRule = { ...denying, action: 'deny', dryRun: false };
        if (isAllowed([deny], one, base, nowMs)) return;
        expect(isAllowed([...before, deny, ...after], one, base, nowMs)).toBe(false);
      }),
    );
  });

  test('more deny rules never open anything; beside allow rules, more allow rules never close anything', () => {
    fc.assert(
      fc.property(rules, rule, call, (list, extra, { facts: one, nowMs }) => {
        const before = isAllowed(list, one, base, nowMs);
        const after = isAllowed([...list, extra], one, base, nowMs);
        if (extra.action === 'deny') expect(after && !before).toBe(false);
        else if (list.some(({ action, dryRun }) => action === 'allow' && !dryRun)) expect(before && !after).toBe(false);
      }),
    );
  });

  test('the order of rules never decides', () => {
    fc.assert(
      fc.property(rules, call, fc.boolean(), (list, { facts: one, nowMs }, strict) => {
        const more = { ...base, strict };
        expect(isAllowed([...list].reverse(), one, more, nowMs)).toBe(isAllowed(list, one, more, nowMs));
      }),
    );
  });

  test('dry-run rules never change the verdict, and the shadow is the verdict if they counted', () => {
    fc.assert(
      fc.property(rules, call, (list, { facts: one, nowMs }) => {
        const counting = list.filter(({ dryRun }) => dryRun !== true);
        const verdict = accessDecision(terms(list, base))(one, nowMs);
        expect(verdict.allowed).toBe(isAllowed(counting, one, base, nowMs));
        const all = list.map((each) => ({ ...each, dryRun: false }));
        if (counting.length === list.length) expect(verdict.shadow).toBeUndefined();
        else expect(verdict.shadow?.allowed).toBe(isAllowed(all, one, base, nowMs));
      }),
    );
  });

  test('what an entry is not about is the complement of what it is about', () => {
    const pairs = [
      ['principals', 'notPrincipals', principal],
      ['services', 'notServices', services],
      ['versions', 'notVersions', versions],
      ['ipBlocks', 'notIpBlocks', blocks],
    ] as const;
    for (const [field, not, values] of pairs)
      fc.assert(
        fc.property(values, call, (list: readonly unknown[], { facts: one }) => {
          const allowBy = (entry: object) => isAllowed([{ name: 'r', action: 'allow', from: [entry] }], one, base);
          expect(allowBy({ [field]: list })).toBe(!allowBy({ [not]: list }));
        }),
      );
  });

  test('a custom rule asks exactly where a deny rule with the same words would deny', () => {
    fc.assert(
      fc.property(rule, call, (one, { facts: asking, nowMs }) => {
        const custom: AccessRule = { ...one, action: 'custom', provider: 'p', dryRun: false };
        const asked = askedProviders(terms([custom], base))?.(asking, nowMs) ?? [];
        expect(asked.length === 1).toBe(naiveMatches(custom, asking, base, nowMs));
        expect(asked.length === 1).toBe(!isAllowed([{ ...custom, action: 'deny' }], asking, base, nowMs));
      }),
    );
  });
});
