/** An imported gateway decides as the Gateway API's text says, over generated gateways and calls. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { importManifests } from '../../src/interop/import-manifests.ts';
import type { CallFacts } from '../../src/model/call-facts.ts';
import { compileMesh, compileService } from '../../src/model/compile/compile.ts';
import type { ServiceDocument } from '../../src/model/schema/service.ts';

const host = fc.constantFrom('a.test', 'x.a.test', 'y.x.a.test', 'b.test');
const hostname = fc.constantFrom('a.test', 'x.a.test', 'y.x.a.test', 'b.test', '*.a.test', '*.x.a.test', '*.test');
const path = fc.constantFrom('/', '/a', '/a/', '/a/b', '/a/b/c', '/ab', '/c');
const pair = fc.record({ name: fc.constantFrom('p', 'q'), value: fc.constantFrom('1', '2') });
const pairs = fc.uniqueArray(pair, { maxLength: 2, selector: ({ name }) => name });

const match = fc.record(
  {
    path: fc.record({ type: fc.constantFrom('Exact', 'PathPrefix'), value: path }),
    method: fc.constantFrom('GET', 'POST'),
    headers: pairs,
    queryParams: pairs,
  },
  { requiredKeys: [] },
);
type Match = Readonly<{
  path?: { type: string; value: string };
  method?: string;
  headers?: { name: string; value: string }[];
  queryParams?: { name: string; value: string }[];
}>;

const route = fc.record({
  hostnames: fc.uniqueArray(hostname, { maxLength: 3 }),
  section: fc.option(fc.nat({ max: 2 }), { nil: undefined }),
  created: fc.constantFrom(undefined, '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'),
  rules: fc.array(fc.array(match, { maxLength: 3 }), { minLength: 1, maxLength: 3 }),
});
const world = fc.record({
  listeners: fc.uniqueArray(fc.option(hostname, { nil: undefined }), { minLength: 1, maxLength: 3 }),
  routes: fc.array(route, { minLength: 1, maxLength: 4 }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

const call = fc.record({
  host,
  path,
  method: fc.constantFrom('GET', 'POST'),
  headers: pairs,
  query: pairs,
});
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

function manifestsOf({ listeners, routes }: World): string {
  const gateway = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'web' },
    spec: {
      gatewayClassName: 'any',
      listeners: listeners.map((one, index) => ({ name: `l${index}`, port: 80, protocol: 'HTTP', hostname: one })),
    },
  };
  const objects = routes.map(({ hostnames, section, created, rules }, at) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: `r${at}`, creationTimestamp: created },
    spec: {
      parentRefs: [{ name: 'web', ...(section === undefined ? {} : { sectionName: `l${section}` }) }],
      hostnames,
      rules: rules.map((matches, rule) => ({ matches, backendRefs: [{ name: `b-${at}-${rule}` }] })),
    },
  }));
  return [gateway, ...objects].map((one) => stringify(one, { aliasDuplicateObjects: false })).join('---\n');
}

function covers(pattern: string | undefined, name: string): boolean {
  if (pattern === undefined) return true;
  return pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) && name !== pattern.slice(2) : name === pattern;
}

/** Characters of a hostname that matches: those without a wildcard count before those with one. */
function weight(pattern: string | undefined): number {
  if (pattern === undefined) return 0;
  return (pattern.startsWith('*.') ? 0 : 1000) + pattern.length;
}

function holds({ path: wanted = { type: 'PathPrefix', value: '/' }, ...others }: Match, one: Call): boolean {
  const base = wanted.value.replace(/\/$/, '');
  const fits =
    wanted.type === 'Exact' ? one.path === wanted.value : one.path === base || one.path.startsWith(`${base}/`);
  const has = (list: Match['headers'], given: Call['headers']): boolean =>
    (list ?? []).every(({ name, value }) => given.some((its) => its.name === name && its.value === value));
  return (
    fits &&
    (others.method ?? one.method) === one.method &&
    has(others.headers, one.headers) &&
    has(others.queryParams, one.query)
  );
}

/** The text of HTTPRouteMatch, step by step: each step leaves those that are best by it. */
function expectedRule({ listeners, routes }: World, one: Call): string | undefined {
  const best = <T>(list: readonly T[], rank: (item: T) => number): T[] => {
    const most = Math.max(...list.map(rank));
    return list.filter((item) => rank(item) === most);
  };
  const open = listeners.map((name, index) => ({ name, index })).filter(({ name }) => covers(name, one.host));
  const [listener] = best(open, ({ name }) => weight(name));
  if (listener === undefined) return undefined;
  const found = routes.flatMap(({ hostnames, section, created, rules }, at) => {
    if (section !== undefined && section !== listener.index) return [];
    const names = (hostnames.length === 0 ? [undefined] : hostnames).filter((name) => covers(name, one.host));
    return rules.flatMap((matches, rule) =>
      (matches.length === 0 ? [{}] : matches)
        .filter((candidate) => holds(candidate, one))
        .flatMap((candidate: Match) => names.map((name) => ({ name, candidate, at, rule, created }))),
    );
  });
  const ranks: ((item: (typeof found)[number]) => number)[] = [
    ({ name }) => weight(name),
    ({ candidate }) => (candidate.path?.type === 'Exact' ? 1 : 0),
    ({ candidate }) => (candidate.path?.value ?? '/').replace(/(.)\/$/, '$1').length,
    ({ candidate }) => (candidate.method === undefined ? 0 : 1),
    ({ candidate }) => candidate.headers?.length ?? 0,
    ({ candidate }) => candidate.queryParams?.length ?? 0,
    ({ created }) => (created === undefined ? Number.NEGATIVE_INFINITY : -Date.parse(created)),
    ({ at }) => -at,
    ({ rule }) => -rule,
  ];
  const [first] = ranks.reduce((left, rank) => best(left, rank), found);
  return first === undefined ? undefined : `b-${first.at}-${first.rule}`;
}

function factsOf({ host: name, path: at, method, headers, query }: Call): CallFacts {
  const text = query.map((one) => `${one.name}=${one.value}`).join('&');
  return {
    kind: 'fetch',
    door: 'public',
    method,
    host: name,
    path: at,
    query: text,
    url: `http://${name}${at}${text === '' ? '' : `?${text}`}`,
    header: (wanted) => headers.find((one) => one.name === wanted)?.value ?? null,
    principal: null,
    claims: null,
    requestPrincipal: null,
    peerAddress: () => '',
    address: () => '',
    geo: () => null,
    journey: '',
  };
}

test('law: the most specific match of all routes of the most specific listener', () => {
  fc.assert(
    fc.property(world, fc.array(call, { minLength: 20, maxLength: 20 }), (one, calls) => {
      const { documents, issues } = importManifests([{ name: 'in.yaml', text: manifestsOf(one) }]);
      expect(issues.filter(({ severity }) => severity === 'error')).toEqual([]);
      const document = documents.find(({ key }) => key === 'service/web')?.value as ServiceDocument;
      const snapshot = compileService(document, compileMesh(undefined, ''), { revision: '', declared: [] });
      for (const its of calls) {
        const found = snapshot.findRoute(factsOf(its))?.route;
        const backend = found?.backends[0]?.target.name;
        expect(backend).toBe(expectedRule(one, its));
      }
    }),
    { numRuns: 80 },
  );
});
