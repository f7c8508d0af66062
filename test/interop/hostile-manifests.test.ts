/** Whatever a manifest holds: nothing is thrown, every document is valid, and what is missing is named. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { importCode } from '../../src/interop/import-issue.ts';
import { importManifests } from '../../src/interop/import-manifests.ts';
import { parseDocument } from '../../src/model/reading/parse.ts';

const seedText = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: web }
spec: { gatewayClassName: a, listeners: [{ name: http, port: 80, protocol: HTTP, hostname: "*.a.com", allowedRoutes: { namespaces: { from: Selector, selector: { matchLabels: { a: b } } } } }, { name: all, port: 80, protocol: HTTP }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop, creationTimestamp: "2026-01-01T00:00:00Z" }
spec:
  parentRefs: [{ name: web, sectionName: all }, { group: "", kind: Service, name: orders, port: 80 }]
  hostnames: [x.a.com, "*.b.com"]
  rules:
    - name: one
      matches: [{ path: { type: Exact, value: /a }, method: GET, headers: [{ name: h, type: RegularExpression, value: "a+" }] }, { queryParams: [{ name: q, value: v }] }]
      filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: m, port: 80 }, percent: 5 } }, { type: URLRewrite, urlRewrite: { hostname: b.com, path: { type: ReplacePrefixMatch, replacePrefixMatch: /z } } }]
      backendRefs: [{ name: orders, port: 80, weight: 2, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { add: [{ name: a, value: b }] } }] }, { name: orders-v2, namespace: other, port: 80 }]
      timeouts: { request: 2s, backendRequest: 1s }
      retry: { attempts: 2, codes: [500], backoff: 10ms }
      sessionPersistence: { type: Cookie, sessionName: s, absoluteTimeout: 1h }
    - filters: [{ type: CORS, cors: { allowOrigins: ["*"], maxAge: 9 } }]
      backendRefs: [{ name: cart, port: 80 }]
---
apiVersion: v1
kind: Service
metadata: { name: orders }
spec: { selector: { app: orders }, ports: [{ port: 80 }, { port: 81 }] }
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge }
spec: { selector: { a: b }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*", "./a.com"], tls: { httpsRedirect: true } }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews }
spec:
  hosts: [reviews, a.com]
  gateways: [edge, mesh]
  http:
    - match: [{ uri: { prefix: /a }, headers: { h: { regex: "x+" } }, sourceLabels: { app: cart } }, { method: { regex: "P.*" }, withoutHeaders: { b: { exact: c } }, queryParams: { q: { exact: "" } }, port: 80 }]
      rewrite: { uri: /b, authority: in }
      fault: { delay: { fixedDelay: 1s, percentage: { value: 5 } }, abort: { httpStatus: 500, percentage: { value: 1 } } }
      corsPolicy: { allowOrigins: [{ prefix: "https://" }], maxAge: 1h }
      headers: { request: { set: { Host: x, a: b } }, response: { remove: [c] } }
      retries: { attempts: 2, perTryTimeout: 1s, retryOn: "5xx,409" }
      timeout: 3s
      mirror: { host: audit, subset: v1 }
      route: [{ destination: { host: reviews, subset: v1 }, weight: 9 }, { destination: { host: ratings, subset: v2 }, weight: 1, headers: { request: { add: { d: e } } } }]
    - match: [{ uri: { exact: /r } }]
      redirect: { uri: /s, scheme: https, derivePort: FROM_REQUEST_PORT }
    - delegate: { name: leaf }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: leaf }
spec: { http: [{ match: [{ uri: { exact: /l } }], directResponse: { status: 200, body: { string: hi } } }] }
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: ratings }
spec: { host: ratings, trafficPolicy: { loadBalancer: { consistentHash: { httpCookie: { name: c, ttl: 1s } } }, outlierDetection: { interval: 1s } }, subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, trafficPolicy: { loadBalancer: { simple: RANDOM, localityLbSetting: { distribute: [{ from: a, to: { b: 100 } }] } } } }] }
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: out }
spec: { hosts: [a.com, b.com], ports: [{ number: 80, name: http, protocol: HTTP }, { number: 443, name: https, protocol: HTTPS }], resolution: STATIC, endpoints: [{ address: 1.2.3.4, locality: a/b }, { address: orders }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: orders }
spec: { template: { metadata: { labels: { app: orders } }, spec: { serviceAccountName: o, containers: [{ ports: [{ name: n, containerPort: 80 }] }] } } }
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: refuse }
spec:
  selector: { matchLabels: { app: orders } }
  action: DENY
  rules:
    - from: [{ source: { principals: [cluster.local/ns/default/sa/o], notNamespaces: [default], requestPrincipals: ["i/*"], ipBlocks: [10.0.0.0/8], trustDomains: [cluster.local] } }]
      to: [{ operation: { hosts: [a.com], methods: [GET], paths: ["/a/{*}"], ports: ["80"] } }]
      when: [{ key: "request.headers[x-a]", values: [b] }, { key: source.namespace, values: [default] }, { key: destination.port, notValues: ["81"] }]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: ask, namespace: istio-system, annotations: { "istio.io/dry-run": "false" } }
spec: { action: CUSTOM, provider: { name: who }, rules: [{ from: [{ source: { serviceAccounts: [default/o] } }] }, {}] }
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: tokens }
spec: { targetRefs: [{ kind: Service, group: "", name: orders }], jwtRules: [{ issuer: i, jwksUri: "https://keys.a.com/k", audiences: [a], fromHeaders: [{ name: x, prefix: p }], outputClaimToHeaders: [{ header: x-c, claim: c.d }], timeout: 1s }] }
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: strict }
spec: { selector: { matchLabels: { app: orders } }, mtls: { mode: STRICT }, portLevelMtls: { 80: { mode: PERMISSIVE } } }
---
apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: { name: installed }
spec: { meshConfig: { trustDomain: cluster.local, trustDomainAliases: [old], pathNormalization: { normalization: NONE }, defaultConfig: { gatewayTopology: { numTrustedProxies: 1 } }, extensionProviders: [{ name: who, envoyExtAuthzHttp: { service: authz.default, port: 80, statusOnError: "503", includeAdditionalHeadersInCheck: { a: b } } }] } }
`;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
const seeds = parseAllDocuments(seedText).map((document) => document.toJS() as Json);

const oddities: readonly Json[] = [
  null,
  true,
  -1,
  0,
  99_999,
  1.5,
  '',
  '/',
  '*',
  'a b',
  '/a/../b',
  '%2F',
  '(',
  '1h',
  '-5s',
  'x'.repeat(300),
  [],
  {},
  [null],
  { a: 1 },
  'MESH',
  'é',
  '__proto__',
];

/** A copy in which the `at`-th value is another, or is not there. */
function changed(value: Json, at: number, replacement: Json | undefined): Json {
  let left = at;
  const visit = (node: Json): Json | undefined => {
    left -= 1;
    if (left === -1) return replacement;
    if (Array.isArray(node)) return node.map(visit).filter((one): one is Json => one !== undefined);
    if (typeof node !== 'object' || node === null) return node;
    const entries = Object.entries(node).map(([key, one]) => [key, visit(one)] as const);
    return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== undefined));
  };
  return visit(value) ?? null;
}

const change = fc.record({
  seed: fc.nat({ max: seeds.length - 1 }),
  at: fc.nat({ max: 90 }),
  replacement: fc.option(fc.constantFrom(...oddities), { nil: undefined }),
});

test.each([
  ['kind', 'apiVersion: security.istio.io/v1\nkind: __proto__\nmetadata: { name: a }\n'],
  ['group', 'apiVersion: __proto__/v1\nkind: constructor\nmetadata: { name: a }\n'],
])('a %s that every object has is none that is known', (_, text) => {
  const { issues } = importManifests([{ name: 'in.yaml', text }]);
  expect(issues.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^objects of the kind .* are not imported$/),
  ]);
});

test.each([
  ['a service', 'orders', 'constructor', 'constructoq'],
  ['a label', 'app', 'toString', 'toStrinz'],
  ['an algorithm', 'RANDOM', 'constructor', 'constructoq'],
  ['a condition', 'source.namespace', 'constructor', 'constructoq'],
])('the name of %s that every object has is like any other', (_, word, name, other) => {
  const told = (given: string): string =>
    JSON.stringify(importManifests([{ name: 'in.yaml', text: seedText.replaceAll(word, given) }], { lenient: true }));
  expect(told(name)).toBe(told(other).replaceAll(other, name));
});

test('a label that every object has selects only the namespaces that have it', () => {
  const selector = 'selector: { matchExpressions: [{ key: toString, operator: Exists }] }';
  const listener = '{ name: all, port: 80, protocol: HTTP';
  const text = seedText.replace(
    listener,
    `${listener}, allowedRoutes: { namespaces: { from: Selector, ${selector} } }`,
  );
  const namespace = (labels: string) =>
    `apiVersion: v1\nkind: Namespace\nmetadata: { name: default, labels: { ${labels} } }\n---\n`;
  const hosts = (labels: string) => {
    const { documents } = importManifests([{ name: 'in.yaml', text: namespace(labels) + text }], { lenient: true });
    return JSON.stringify(documents.find(({ key }) => key === 'service/web'));
  };
  expect(hosts('toString: a')).toContain('x.a.com');
  expect(hosts('b: a')).not.toContain('x.a.com');
});

test('law: importing never throws, and its documents are valid or something is named', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 3 }), fc.boolean(), (changes, lenient) => {
      const objects = [...seeds];
      for (const { seed, at, replacement } of changes) objects[seed] = changed(objects[seed] as Json, at, replacement);
      const text = objects.map((one) => stringify(one, { aliasDuplicateObjects: false })).join('---\n');
      const { documents, issues } = importManifests([{ name: 'in.yaml', text }], { lenient });
      for (const { key, value } of documents) {
        const parsed = parseDocument(JSON.stringify(value), { key });
        expect(parsed.ok ? [] : parsed.issues).toEqual([]);
      }
      for (const { file, line, column, message } of issues) {
        expect(file).toBe('in.yaml');
        expect(line * column).toBeGreaterThan(0);
        expect(message).not.toBe('');
      }
      // Whatever else may be missing, nothing may be that kept somebody out.
      if (lenient)
        expect(issues.filter(({ severity, code }) => severity === 'error' && code !== importCode.opens)).toEqual([]);
      // Six objects become documents of their own; whichever is not there has its reason.
      if (documents.length < 6) expect(issues.length).toBeGreaterThan(0);
    }),
    { numRuns: 20 },
  );
});

test('law: a policy that refuses is carried over, or stays an error', () => {
  const place = seedText.split(/^---$/m).findIndex((text) => text.includes('name: refuse'));
  const rules = fc.record({ at: fc.integer({ min: 8, max: 60 }), replacement: change.map((one) => one.replacement) });
  fc.assert(
    fc.property(rules, ({ at, replacement }) => {
      const objects = [...seeds];
      objects[place] = changed(seeds[place] as Json, at, replacement);
      const text = objects.map((one) => stringify(one, { aliasDuplicateObjects: false })).join('---\n');
      const { documents, issues } = importManifests([{ name: 'in.yaml', text }], { lenient: true });
      const refuses = documents.some(({ key, value }) =>
        key === 'mesh' ? false : 'access' in value && value.access?.rules?.some(({ action }) => action === 'deny'),
      );
      const reasons: readonly string[] = [importCode.opens, importCode.notAttached, importCode.noMeaning];
      // It refuses, or is about nothing, or has no rule, or is an error.
      expect(refuses || isAllow(objects[place]) || issues.some(({ code }) => reasons.includes(code))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

/** Whether a change has made another policy of it, which refuses by allowing. */
function isAllow(object: Json | undefined): boolean {
  const { spec } = (object ?? {}) as { readonly spec?: { readonly action?: Json } };
  return spec?.action === undefined || spec.action === null;
}

test('any text at all', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect(importManifests([{ name: 'in.yaml', text }]).documents).toEqual([]);
    }),
    { numRuns: 20 },
  );
});

test('many routes are imported in the time that reading them takes', () => {
  const [gateway] = seeds;
  const route = (index: number): string =>
    `---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: r${index} }\nspec: { parentRefs: [{ name: web }], rules: [{ matches: [{ path: { value: /r${index} } }, { path: { type: Exact, value: /x${index} } }], backendRefs: [{ name: b, port: 80 }] }] }\n`;
  const routes = Array.from({ length: 400 }, (_, index) => route(index)).join('');
  const open = stringify(gateway).replace('from: Selector', 'from: All');
  const { documents, issues } = importManifests([{ name: 'in.yaml', text: `${open}\n${routes}` }]);
  expect(issues).toEqual([]);
  // A route whose two paths nothing comes between stays one.
  expect(documents[0]?.key === 'service/web' && documents[0].value.routes).toHaveLength(400);
});
