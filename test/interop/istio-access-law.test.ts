/** Imported rules decide as Istio's do: random policies and calls, held against a reading of Istio's reference as it is written. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { accessDecision } from '../../src/core/access/decide.ts';
import { importManifests } from '../../src/interop/import-manifests.ts';
import { effectiveAccess } from '../../src/model/compile/compile-access.ts';
import { fetchFacts } from '../core/access/facts.ts';
import { inhabitant } from './imported.ts';

/** Who calls: by the id that Istio knows, `''` for nobody, and by the one that a call has here. */
interface Caller {
  readonly istio: string;
  readonly here: string | null;
}

const service = (namespace: string, name: string): Caller => ({
  istio: `cluster.local/ns/${namespace}/sa/${name}-sa`,
  here: `spiffe://mesh.local/svc/${name}`,
});
const foreign = (istio: string): Caller => ({ istio, here: `spiffe://${istio}` });

const callers: readonly Caller[] = [
  service('shop', 'orders'),
  service('shop', 'cart'),
  service('front', 'web'),
  foreign('other.example/ns/front/sa/web-sa'),
  foreign('cluster.local/ns/front/sa/web-sa'),
  foreign('cluster.local/ns/back/sa/job-sa'),
  { istio: '', here: null },
];

const world = [
  inhabitant('orders', { account: 'orders-sa' }),
  inhabitant('cart', { account: 'cart-sa' }),
  inhabitant('web', { namespace: 'front', account: 'web-sa' }),
].join('');

type Values = readonly string[];
type Fields = Readonly<Record<string, Values>>;
interface Rule {
  readonly from: readonly Fields[];
  readonly to: readonly Fields[];
  readonly when: readonly { readonly key: string; readonly values?: Values; readonly notValues?: Values }[];
}
interface Policy {
  readonly action: 'ALLOW' | 'DENY';
  readonly rules: readonly Rule[];
}

const some = (...values: readonly string[]) => fc.subarray([...values], { minLength: 1, maxLength: 2 });
const sourceValues = {
  principals: some(
    '*',
    'cluster.local/ns/shop/sa/cart-sa',
    'cluster.local/ns/front/sa/web-sa',
    'other.example/ns/front/sa/web-sa',
    'cluster.local/ns/front/*',
    'cluster.local/ns/shop/sa/c*',
    '*/sa/web-sa',
  ),
  namespaces: some('shop', 'front', 'f*t', '*'),
  serviceAccounts: some('cart-sa', 'orders-sa', 'front/web-sa'),
};
const operationValues = {
  methods: some('GET', 'POST'),
  paths: some('/a', '/a*', '*b', '/{*}/b'),
  ports: some('8080', '9090'),
};

/** One to three fields, each as it is or negated. */
function fields(values: Readonly<Record<string, fc.Arbitrary<string[]>>>): fc.Arbitrary<Fields> {
  const given = Object.entries(values).flatMap(([name, list]) => [
    list.map((one) => [name, one] as const),
    list.map((one) => [`not${name[0]?.toUpperCase()}${name.slice(1)}`, one] as const),
  ]);
  return fc.array(fc.oneof(...given), { minLength: 1, maxLength: 3 }).map((list) => Object.fromEntries(list));
}

const conditions = fc.array(
  fc.record({
    key: fc.constant('request.headers[x-a]'),
    values: some('one', 'o*', '*'),
    notValues: some('two', '*e'),
  }),
  { maxLength: 1 },
);
/** A condition on the caller may not stand beside the same field of a source. */
const callerCondition = fc.record({ key: fc.constant('source.namespace'), notValues: some('front', 's*') });
const rule: fc.Arbitrary<Rule> = fc.oneof(
  fc.record({
    from: fc.array(fields(sourceValues), { maxLength: 2 }),
    to: fc.array(fields(operationValues), { maxLength: 2 }),
    when: conditions,
  }),
  fc.record({
    from: fc.array(fields({ principals: sourceValues.principals }), { maxLength: 2 }),
    to: fc.constant([]),
    when: callerCondition.map((one) => [one]),
  }),
);
const policies = fc.array(
  fc.record({ action: fc.constantFrom('ALLOW' as const, 'DENY' as const), rules: fc.array(rule, { maxLength: 2 }) }),
  { minLength: 1, maxLength: 3 },
);
const calls = fc.record({
  caller: fc.constantFrom(...callers),
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  path: fc.constantFrom('/a', '/a/b', '/b', '/x/b', '/c'),
  /** The port of the Service, and the one of the workload behind it. */
  port: fc.constantFrom(['80', '8080'] as const, ['90', '9090'] as const),
  header: fc.constantFrom(null, 'one', 'two'),
});
type Call = typeof calls extends fc.Arbitrary<infer TCall> ? TCall : never;

/** "Exact, prefix, suffix and presence match." */
function matches(pattern: string, text: string): boolean {
  if (pattern === '*') return text !== '';
  if (pattern.startsWith('*')) return text.endsWith(pattern.slice(1));
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}

/** What Istio holds a value of a field against. */
const istio: Readonly<Record<string, (value: string, call: Call) => boolean>> = {
  principals: (value, { caller }) => matches(value, caller.istio),
  namespaces: (value, { caller }) => {
    const expression = value.replaceAll('*', '.*');
    return new RegExp(`^.*/ns/${expression}/.*$`).test(`spiffe://${caller.istio}`) && caller.istio !== '';
  },
  serviceAccounts: (value, { caller }) => {
    const [name, namespace = 'shop'] = value.split('/').reverse();
    return caller.istio.endsWith(`/ns/${namespace}/sa/${name}`);
  },
  methods: (value, { method }) => value === method,
  paths: (value, { path }) => (value === '/{*}/b' ? /^\/[^/]+\/b$/.test(path) : matches(value, path)),
  ports: (value, { port }) => value === port[1],
  'request.headers[x-a]': (value, { header }) => header !== null && matches(value, header),
  'source.namespace': (value, call) => istio.namespaces?.(value, call) ?? false,
};

function fits(name: string, values: Values, call: Call): boolean {
  const isNot = name.startsWith('not');
  const field = isNot ? `${name[3]?.toLowerCase()}${name.slice(4)}` : name;
  return values.some((value) => istio[field]?.(value, call)) !== isNot;
}

function ruleFits({ from, to, when }: Rule, call: Call): boolean {
  const one = (list: readonly Fields[]): boolean =>
    list.length === 0 ||
    list.some((entry) => Object.entries(entry).every(([name, values]) => fits(name, values, call)));
  const holds = when.every(({ key, values, notValues = [] }) => {
    const any = (list: Values): boolean => list.some((value) => istio[key]?.(value, call));
    return (values === undefined || any(values)) && !any(notValues);
  });
  return one(from) && one(to) && holds;
}

/** "Deny wins; where there is an ALLOW policy, a request that none matches is denied." */
function istioAllows(all: readonly Policy[], call: Call): boolean {
  const any = (action: Policy['action']): boolean =>
    all.some((one) => one.action === action && one.rules.some((each) => ruleFits(each, call)));
  if (any('DENY')) return false;
  return all.every(({ action }) => action !== 'ALLOW') || any('ALLOW');
}

function manifestsOf(all: readonly Policy[]): string {
  return all
    .map(({ action, rules }, index) =>
      stringify(
        {
          apiVersion: 'security.istio.io/v1',
          kind: 'AuthorizationPolicy',
          metadata: { name: `p${index}`, namespace: 'shop' },
          spec: {
            selector: { matchLabels: { app: 'orders' } },
            action,
            rules: rules.map(({ from, to, when }) => ({
              ...(from.length === 0 ? {} : { from: from.map((source) => ({ source })) }),
              ...(to.length === 0 ? {} : { to: to.map((operation) => ({ operation })) }),
              when,
            })),
          },
        },
        { aliasDuplicateObjects: false },
      ),
    )
    .join('---\n');
}

test('law: a call passes here exactly where it passes in Istio', () => {
  const met = new Set<boolean>();
  fc.assert(
    fc.property(policies, fc.array(calls, { minLength: 8, maxLength: 8 }), (all, made) => {
      const { documents, issues } = importManifests([{ name: 'in.yaml', text: world + manifestsOf(all) }]);
      expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
      const orders = documents.flatMap((one) => (one.key === 'service/orders' ? [one.value] : []))[0];
      const access = effectiveAccess(orders?.access, undefined);
      const decide =
        access === undefined
          ? () => ({ allowed: true })
          : accessDecision({ ...access, trustDomains: ['mesh.local'], declared: [] });
      for (const call of made) {
        const { caller, method, path, port, header } = call;
        const facts = fetchFacts({
          method,
          path,
          url: `http://orders:${port[0]}${path}`,
          principal: caller.here,
          caller: '',
          header: (name) => (name === 'x-a' ? header : null),
        });
        const wanted = istioAllows(all, call);
        met.add(wanted);
        expect([call, decide(facts, 0).allowed]).toEqual([call, wanted]);
      }
    }),
    { numRuns: 120 },
  );
  expect(met.size).toBe(2);
});
