/** AuthorizationPolicies become rules, and whatever could open a door is an error. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { ImportOptions } from '../../src/interop/import-manifests.ts';
import { imported, inhabitant, policy } from './imported.ts';

const orders = inhabitant('orders', { account: 'orders-sa' });
const web = inhabitant('web', { namespace: 'front' });
/** In 28 lines: orders of the namespace shop, which is called, and web of the namespace front, which calls. */
const world = orders + web;
const authorization = (spec: string, metadata?: string): string => policy('AuthorizationPolicy', spec, metadata);
const access = (text: string) => parse(text) as unknown;
/** Words that every rule of a row has. */
const allow = 'name: shop.p.0, action: allow';
const deny = 'name: shop.p.0, action: deny';

/** What was found in the policy, without warnings about DENY rules for RPC. */
function findings(text: string, options: ImportOptions = {}): string[] {
  const { issues } = imported(world + text, options).imported;
  return issues
    .filter(({ code }) => code !== 'SV0210')
    .map(({ severity, code, path }) => `${severity} ${code} ${path}`);
}

function accessOf(text: string, options: ImportOptions = {}): unknown {
  return imported(world + text, options).documents.orders?.access;
}

describe('a rule says who, what and when', () => {
  test.each([
    {
      name: 'no rules allow nothing',
      spec: '{}',
      access: '{ default: deny }',
    },
    {
      name: 'an empty rule fits every call',
      spec: '{ rules: [{}] }',
      access: `{ rules: [{ ${allow} }] }`,
    },
    {
      name: 'an account is the service that runs as it, and its id in another mesh',
      spec: '{ rules: [{ from: [{ source: { principals: [cluster.local/ns/shop/sa/orders-sa] } }] }] }',
      access: `{ rules: [{ ${allow}, from: { principals: [orders, "spiffe://cluster.local/ns/shop/sa/orders-sa"] } }] }`,
    },
    {
      name: 'an account of a foreign trust domain is its id alone',
      spec: '{ rules: [{ from: [{ source: { principals: [other.example/ns/front/sa/web] } }] }] }',
      access: `{ rules: [{ ${allow}, from: { principals: ["spiffe://other.example/ns/front/sa/web"] } }] }`,
    },
    {
      name: 'every caller who is known',
      spec: '{ rules: [{ from: [{ source: { principals: ["*"] } }] }] }',
      access: `{ rules: [{ ${allow}, from: { principals: ["*"] } }] }`,
    },
    {
      name: 'a beginning of ids: the services of which Istio has such an id, and the pattern',
      spec: '{ rules: [{ from: [{ source: { principals: ["cluster.local/ns/front/*"] } }] }] }',
      access: `{ rules: [{ ${allow}, from: { principals: [web, "spiffe://cluster.local/ns/front/*"] } }] }`,
    },
    {
      name: 'an ending of ids',
      spec: '{ rules: [{ from: [{ source: { principals: ["*/sa/web"] } }] }] }',
      access: `{ rules: [{ ${allow}, from: { principals: [web, "*/sa/web"] } }] }`,
    },
    {
      name: 'namespaces are two entries: services of this mesh, and ids of another',
      spec: '{ rules: [{ from: [{ source: { namespaces: [front], ipBlocks: [10.0.0.0/8] } }] }] }',
      access: `{ rules: [{ ${allow}, from: [{ ipBlocks: [10.0.0.0/8], services: [web] }, { ipBlocks: [10.0.0.0/8], namespaces: [front] }] }] }`,
    },
    {
      name: 'asterisks may be anywhere in a namespace',
      spec: '{ rules: [{ from: [{ source: { namespaces: ["f*t"] } }] }] }',
      access: `{ rules: [{ ${allow}, from: [{ services: [web] }, { namespaces: ["f*t"] }] }] }`,
    },
    {
      name: 'accounts without a namespace are of the policy',
      spec: '{ rules: [{ from: [{ source: { serviceAccounts: [orders-sa] } }] }] }',
      access: `{ rules: [{ ${allow}, from: [{ services: [orders] }, { serviceAccounts: [shop/orders-sa] }] }] }`,
    },
    {
      name: 'both a namespace and an account: the services that fit both',
      spec: '{ rules: [{ from: [{ source: { namespaces: [front, shop], serviceAccounts: [front/web] } }] }] }',
      access: `{ rules: [{ ${allow}, from: [{ services: [web] }, { namespaces: [front, shop], serviceAccounts: [front/web] }] }] }`,
    },
    {
      name: 'whom a rule is not about stands in both forms',
      spec: '{ rules: [{ from: [{ source: { notNamespaces: [front], notServiceAccounts: [shop/orders-sa] } }] }] }',
      access: `{ rules: [{ ${allow}, from: { notNamespaces: [front], notServices: [orders, web], notServiceAccounts: [shop/orders-sa] } }] }`,
    },
    {
      name: 'end users, addresses and trust domains as they are',
      spec: '{ rules: [{ from: [{ source: { requestPrincipals: [iss/sub], remoteIpBlocks: [10.0.0.1], notTrustDomains: [bad.example] } }] }] }',
      access: `{ rules: [{ ${allow}, from: { requestPrincipals: [iss/sub], remoteIpBlocks: [10.0.0.1], notTrustDomains: [bad.example] } }] }`,
    },
    {
      name: 'ports of workloads are ports of the Service, by number and by name; others stay',
      spec: '{ rules: [{ to: [{ operation: { ports: ["8080", "9090", "1234"], notPorts: ["8080"] } }] }] }',
      access: `{ rules: [{ ${allow}, to: { ports: [80, 90, 1234], notPorts: [80] } }] }`,
    },
    {
      name: 'hosts, methods and paths, and what they are not',
      spec: '{ rules: [{ to: [{ operation: { hosts: [a.com], notMethods: [PUT], paths: ["/a/{*}", "*.json"] } }, { operation: { notHosts: ["*.b.com"], notPaths: [/x] } }] }] }',
      access: `{ rules: [{ ${allow}, to: [{ hosts: [a.com], notMethods: [PUT], paths: ["/a/{*}", "*.json"] }, { notHosts: ["*.b.com"], notPaths: [/x] }] }] }`,
    },
    {
      name: 'conditions with the same keys',
      spec: '{ rules: [{ when: [{ key: "request.headers[x-a]", values: [b] }, { key: "request.auth.claims[a][b]", notValues: [c] }, { key: source.ip, values: [10.0.0.1] }] }] }',
      access: `{ rules: [{ ${allow}, when: [{ key: "request.headers[x-a]", values: [b] }, { key: "request.auth.claims[a][b]", notValues: [c] }, { key: source.ip, values: [10.0.0.1] }] }] }`,
    },
    {
      name: 'a condition on the port, as the Service has it',
      spec: '{ rules: [{ when: [{ key: destination.port, values: ["8080"], notValues: ["9090"] }] }] }',
      access: `{ rules: [{ ${allow}, when: [{ key: destination.port, values: ["80"], notValues: ["90"] }] }] }`,
    },
    {
      name: 'a condition on the caller is one of every source',
      spec: '{ rules: [{ from: [{ source: { ipBlocks: [10.0.0.1] } }, { source: { principals: ["*"] } }], when: [{ key: source.namespace, values: [front] }] }] }',
      access: `{ rules: [{ ${allow}, from: [{ ipBlocks: [10.0.0.1], services: [web] }, { ipBlocks: [10.0.0.1], namespaces: [front] }, { principals: ["*"], services: [web] }, { principals: ["*"], namespaces: [front] }] }] }`,
    },
    {
      name: 'without a source it is one by itself',
      spec: '{ rules: [{ when: [{ key: source.principal, notValues: [cluster.local/ns/front/sa/web] }] }] }',
      access: `{ rules: [{ ${allow}, from: { notPrincipals: [web, "spiffe://cluster.local/ns/front/sa/web"] } }] }`,
    },
    {
      name: 'DENY and AUDIT',
      spec: '{ action: AUDIT, rules: [{ to: [{ operation: { methods: [GET] } }] }] }',
      access: '{ rules: [{ name: shop.p.0, action: audit, to: { methods: [GET] } }] }',
    },
  ])('$name', ({ spec, access: expected }) => {
    const text = authorization(spec);
    expect(findings(text)).toEqual([]);
    expect(accessOf(text)).toEqual(access(expected));
  });

  test('a dry run decides nothing, also where it would allow nothing', () => {
    const dry = 'name: p, namespace: shop, annotations: { "istio.io/dry-run": "true" }';
    expect(accessOf(authorization('{ action: DENY, rules: [{}] }', dry))).toEqual(
      access(`{ rules: [{ ${deny}, dryRun: true }] }`),
    );
    expect(accessOf(authorization('{}', dry))).toEqual(
      access(`{ rules: [{ ${allow}, from: { principals: ["*"], notPrincipals: ["*"] }, dryRun: true }] }`),
    );
  });

  test.each([
    { said: '"True"', dryRun: true },
    { said: '"1"', dryRun: true },
    { said: '"F"', dryRun: undefined },
  ])('a dry run is asked for as Go reads truth values: $said', ({ said, dryRun }) => {
    const text = authorization(
      '{ rules: [{}] }',
      `name: p, namespace: shop, annotations: { istio.io/dry-run: ${said} }`,
    );
    expect(imported(world + text).documents.orders?.access?.rules?.[0]?.dryRun).toBe(dryRun);
    expect(findings(text.replace(said, '"yes"'))).toContain('error SV0007 metadata.annotations["istio.io/dry-run"]');
  });

  test('`cluster.local` means the trust domain of the mesh, also where that has another name', () => {
    const config =
      'apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: { name: o }\nspec: { meshConfig: { trustDomain: td.example } }\n---\n';
    const rule = (principal: string) =>
      accessOf(
        config + authorization(`{ action: DENY, rules: [{ from: [{ source: { principals: ["${principal}"] } }] }] }`),
      );
    const names = (id: string) => access(`{ rules: [{ ${deny}, from: { principals: [web, "spiffe://${id}"] } }] }`);
    expect(rule('cluster.local/ns/front/sa/web')).toEqual(names('td.example/ns/front/sa/web'));
    expect(rule('cluster.local/ns/front/sa/w*')).toEqual(names('td.example/ns/front/sa/w*'));
    expect(rule('cluster.local/ns/front/*')).toEqual(
      access(`{ rules: [{ ${deny}, from: { principals: ["spiffe://cluster.local/ns/front/*"] } }] }`),
    );
  });

  test('rules of several policies stand beside each other, the older policy first', () => {
    const text =
      authorization('{ rules: [{}, {}] }', 'name: a, namespace: shop, creationTimestamp: "2026-02-01T00:00:00Z"') +
      authorization(
        '{ action: DENY, rules: [{}] }',
        'name: b, namespace: shop, creationTimestamp: "2026-01-01T00:00:00Z"',
      );
    const { rules = [] } = accessOf(text) as { rules?: { name: string }[] };
    expect(rules.map(({ name }) => name)).toEqual(['shop.b.0', 'shop.a.0', 'shop.a.1']);
  });
});

describe('what cannot be carried over never opens a door', () => {
  test.each([
    {
      name: 'an allow rule is left out whole, and the rest is refused',
      spec: '{ rules: [{ to: [{ operation: { paths: [/a] } }], when: [{ key: destination.ip, values: [10.0.0.1] }] }] }',
      findings: ['error SV0201 spec.rules[0].when[0].key'],
      access: '{ default: deny }',
    },
    {
      name: 'what documents refuse is left out likewise',
      spec: '{ rules: [{ to: [{ operation: { paths: ["/a/{**}/b/{*}"] } }] }] }',
      findings: ['error SV0208 spec.rules[0].to[0].operation.paths[0]'],
      access: '{ default: deny }',
    },
    {
      name: 'a rule that refuses is never left out',
      spec: '{ action: DENY, rules: [{ when: [{ key: connection.sni, values: [a] }] }] }',
      findings: ['error SV0201 spec.rules[0].when[0].key', 'error SV0209 spec.rules[0]'],
    },
    {
      name: 'nor one of which documents refuse a part',
      spec: '{ action: DENY, rules: [{ to: [{ operation: { paths: ["/a*b"] } }] }] }',
      findings: ['error SV0209 spec.rules[0].to[0].operation.paths[0]'],
    },
    {
      name: 'nor a policy of which a field is not known',
      spec: '{ action: DENY, selektor: {}, rules: [{}] }',
      findings: ['error SV0005 spec.selektor', 'error SV0209 '],
    },
    {
      name: 'nor one of which it is not known whom it is about',
      spec: '{ action: DENY, targetRef: { kind: Deployment, group: apps, name: orders }, rules: [{}] }',
      findings: ['error SV0201 spec.targetRef', 'error SV0209 spec', 'warning SV0205 '],
    },
    {
      name: 'an action that is none',
      spec: '{ action: REFUSE, rules: [{}] }',
      findings: ['error SV0007 spec.action', 'error SV0209 '],
    },
    {
      name: 'somebody is to be kept out of whom nothing is known',
      spec: '{ action: DENY, rules: [{ from: [{ source: { namespaces: [dev] } }] }] }',
      findings: ['error SV0209 spec.rules[0].from[0].source.namespaces[0]', 'error SV0209 spec.rules[0]'],
    },
    {
      name: 'all others are let in',
      spec: '{ rules: [{ from: [{ source: { notPrincipals: [cluster.local/ns/dev/sa/x] } }] }] }',
      findings: ['error SV0209 spec.rules[0].from[0].source.notPrincipals[0]'],
      access: '{ default: deny }',
    },
    {
      name: 'somebody is let in of whom nothing is known',
      spec: '{ rules: [{ from: [{ source: { principals: [cluster.local/ns/dev/sa/x] } }] }] }',
      findings: ['warning SV0204 spec.rules[0].from[0].source.principals[0]'],
      access: `{ rules: [{ ${allow}, from: { principals: ["spiffe://cluster.local/ns/dev/sa/x"] } }] }`,
    },
    {
      name: 'a provider that is not in the input',
      spec: '{ action: CUSTOM, provider: { name: who }, rules: [{}] }',
      findings: ['error SV0209 spec.provider.name'],
    },
    {
      name: 'ids of which it cannot be said whose they are',
      spec: '{ rules: [{ from: [{ source: { principals: ["*web"] } }] }] }',
      findings: ['error SV0201 spec.rules[0].from[0].source.principals[0]'],
      access: '{ default: deny }',
    },
    {
      name: 'a source that says nothing',
      spec: '{ rules: [{ from: [{ source: {} }] }] }',
      findings: ['error SV0007 spec.rules[0].from[0].source'],
      access: '{ default: deny }',
    },
    {
      name: 'a caller without a name, which Istio refuses',
      spec: '{ rules: [{ from: [{ source: { notPrincipals: [""] } }] }] }',
      findings: [
        'error SV0007 spec.rules[0].from[0].source.notPrincipals[0]',
        'error SV0209 spec.rules[0].from[0].source.notPrincipals[0]',
      ],
      access: '{ default: deny }',
    },
    {
      name: 'a rule that is nothing is not one about every call',
      spec: '{ rules: [null] }',
      findings: ['error SV0007 spec.rules[0]'],
      access: '{ default: deny }',
    },
    {
      name: 'a list of operations that is empty, which Istio refuses',
      spec: '{ rules: [{ to: [] }] }',
      findings: ['error SV0007 spec.rules[0].to'],
      access: '{ default: deny }',
    },
    {
      name: 'end users by asterisks in both halves, which Istio reads as texts',
      spec: '{ rules: [{ from: [{ source: { requestPrincipals: ["*/*"] } }] }] }',
      findings: ['error SV0208 spec.rules[0].from[0].source.requestPrincipals[0]'],
      access: '{ default: deny }',
    },
    {
      name: 'the port of the Service for that of its workload',
      spec: '{ rules: [{ to: [{ operation: { ports: ["80"] } }] }] }',
      findings: ['error SV0201 spec.rules[0].to[0].operation.ports[0]'],
      access: '{ default: deny }',
    },
    {
      name: 'addresses keep no caller of the mesh out',
      spec: '{ action: DENY, rules: [{ from: [{ source: { ipBlocks: [10.0.0.0/8] } }], when: [{ key: remote.ip, values: [10.0.0.1] }] }] }',
      findings: ['warning SV0211 spec.rules[0].from[0].source.ipBlocks', 'warning SV0211 spec.rules[0].when[0].values'],
      access: `{ rules: [{ ${deny}, from: { ipBlocks: [10.0.0.0/8] }, when: [{ key: remote.ip, values: [10.0.0.1] }] }] }`,
    },
    {
      name: 'a header that is none',
      spec: '{ rules: [{ when: [{ key: "request.headers[:path]", values: [/a] }] }] }',
      findings: ['error SV0201 spec.rules[0].when[0].key'],
      access: '{ default: deny }',
    },
  ])('$name', ({ spec, findings: expected, access: wanted }) => {
    const text = authorization(spec);
    expect(findings(text)).toEqual(expected);
    expect(accessOf(text)).toEqual(wanted === undefined ? undefined : access(wanted));
    // Asked to be lenient, only what could open a door stays an error.
    const left = findings(text, { lenient: true }).filter((line) => line.startsWith('error'));
    expect(left).toEqual(expected.filter((line) => line.includes('SV0209')));
  });

  test('callers of a namespace may be told beside the manifests', () => {
    const text = authorization('{ action: DENY, rules: [{ from: [{ source: { namespaces: [dev] } }] }] }');
    expect(findings(text, { namespaces: { dev: ['probe'] } })).toEqual([]);
    expect(accessOf(text, { namespaces: { dev: ['probe'] } })).toEqual(
      access(`{ rules: [{ ${deny}, from: [{ services: [probe] }, { namespaces: [dev] }] }] }`),
    );
  });

  test('an account that a workload does not run as is not the service that is named like it', () => {
    const text = authorization(
      '{ rules: [{ from: [{ source: { principals: [cluster.local/ns/shop/sa/orders] } }] }] }',
    );
    expect(findings(text)).toEqual(['warning SV0204 spec.rules[0].from[0].source.principals[0]']);
    expect(accessOf(text)).toEqual(
      access(`{ rules: [{ ${allow}, from: { principals: ["spiffe://cluster.local/ns/shop/sa/orders"] } }] }`),
    );
  });

  test('a rule that refuses by HTTP alone says what it refuses beside', () => {
    const { issues } = imported(
      world + authorization('{ action: DENY, rules: [{ to: [{ operation: { methods: [GET] } }] }] }'),
    );
    expect(issues).toEqual([
      '30 warning spec.rules[0].to[0].operation: a rule that refuses by HTTP alone refuses every call of another protocol: in Istio those by TCP, here those by RPC',
    ]);
  });
});

describe('a policy is for documents', () => {
  const selecting = (labels: string, action = 'DENY', namespace = 'shop'): string =>
    authorization(
      `{ selector: { matchLabels: { ${labels} } }, action: ${action}, rules: [{}] }`,
      `name: p, namespace: ${namespace}`,
    );
  const named = (text: string, options: ImportOptions = {}): string[] =>
    Object.entries(imported(text, options).documents).flatMap(([name, document]) =>
      document.access?.rules === undefined ? [] : [name],
    );

  const toOrders = 'targetRef: { kind: Service, group: "", name: orders }';

  test.each([
    { name: 'by labels of workloads', text: world + selecting('app: orders'), names: ['orders'] },
    { name: 'of its own namespace', text: world + selecting('app: web'), names: [] },
    {
      name: 'of all, in the root namespace',
      text: world + selecting('app: web', 'DENY', 'istio-system'),
      names: ['web'],
    },
    {
      name: 'of another root namespace',
      text: world + selecting('app: web', 'DENY', 'root'),
      names: ['web'],
      options: { rootNamespace: 'root' },
    },
    {
      name: 'all of a namespace',
      text: orders + inhabitant('cart') + authorization('{ rules: [{}] }'),
      names: ['cart', 'orders'],
    },
    {
      name: 'services told beside the manifests',
      text: authorization('{ rules: [{}] }'),
      names: ['cart'],
      options: { namespaces: { shop: ['cart'] } },
    },
    {
      name: 'a Service by reference',
      text:
        orders +
        inhabitant('cart') +
        authorization('{ targetRefs: [{ kind: Service, group: "", name: cart }], rules: [{}] }'),
      names: ['cart'],
    },
    {
      name: 'services that use a waypoint',
      text: `${orders}apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { istio.io/use-waypoint: w } }\n---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: w, namespace: shop }\nspec: { gatewayClassName: istio-waypoint, listeners: [{ name: mesh, port: 15008, protocol: HBONE }] }\n---\n${authorization('{ targetRefs: [{ kind: Gateway, group: gateway.networking.k8s.io, name: w }], rules: [{}] }')}`,
      names: ['orders'],
    },
  ])('$name', ({ text, names, options }) => {
    expect(named(text, options)).toEqual(names);
  });

  const routed = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: b, namespace: shop }
spec: { hosts: [b], http: [{ route: [{ destination: { host: b } }] }] }
---
`;
  test.each([
    { name: 'a DENY is never left out', text: selecting('app: b'), severity: 'error' },
    { name: 'nor an ALLOW, without which all would pass', text: selecting('app: b', 'ALLOW'), severity: 'error' },
    { name: 'nor one of all namespaces', text: selecting('app: b', 'DENY', 'istio-system'), severity: 'error' },
    { name: 'nor one of the whole namespace', text: authorization('{ action: DENY, rules: [{}] }'), severity: 'error' },
    { name: 'nor a strict mode', text: policy('PeerAuthentication', '{ mtls: { mode: STRICT } }'), severity: 'error' },
    { name: 'one that only watches may be', text: selecting('app: b', 'AUDIT'), severity: 'warning' },
    { name: 'one of another namespace may be', text: selecting('app: b', 'DENY', 'db'), severity: 'warning' },
  ])('of a service that only routes tell of, $name', ({ text, severity }) => {
    const { issues } = imported(routed + text, { lenient: true }).imported;
    expect(issues).toMatchObject([{ severity, code: severity === 'error' ? 'SV0209' : 'SV0201' }]);
  });

  const istioGateway = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: gw, namespace: front }
spec: { selector: { istio: ingressgateway }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }] }
---
`;
  test.each([
    { name: 'a gateway as Istio installs it, by its role', labels: 'istio: ingressgateway' },
    { name: 'or by its name', labels: 'app: istio-ingressgateway' },
  ])('$name', ({ labels }) => {
    expect(named(istioGateway + selecting(labels, 'DENY', 'istio-system'))).toEqual(['gw']);
  });

  const gatewayService = `apiVersion: v1
kind: Service
metadata: { name: ingress, namespace: istio-system }
spec: { selector: { istio: ingressgateway }, ports: [{ port: 80, targetPort: 9080 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ingress, namespace: istio-system }
spec: { template: { metadata: { labels: { istio: ingressgateway } } } }
---
`;
  test.each([
    { name: 'ports of a gateway as Istio installs it are those of its listeners', text: istioGateway, port: '8080' },
    { name: 'else those of the Service before it', text: istioGateway + gatewayService, port: '9080' },
  ])('$name', ({ text, port }) => {
    const spec = `{ selector: { matchLabels: { istio: ingressgateway } }, action: DENY, rules: [{ to: [{ operation: { ports: ["${port}"] } }] }] }`;
    const { documents } = imported(text + authorization(spec, 'name: p, namespace: istio-system'));
    expect(documents.gw?.access?.rules?.[0]?.to).toEqual({ ports: [80] });
  });

  test('a gateway is a caller too: by its account, and by its namespace', () => {
    const rule = (source: string): string => authorization(`{ rules: [{ from: [{ source: ${source} }] }] }`);
    const account = 'cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account';
    expect(imported(orders + istioGateway + rule(`{ principals: [${account}] }`)).documents.orders?.access).toEqual(
      access(`{ rules: [{ ${allow}, from: { principals: [gw, "spiffe://${account}"] } }] }`),
    );
    expect(imported(orders + istioGateway + rule('{ namespaces: [istio-system] }')).documents.orders?.access).toEqual(
      access(`{ rules: [{ ${allow}, from: [{ services: [gw] }, { namespaces: [istio-system] }] }] }`),
    );
  });

  test('for the whole mesh it is a default, which hosts of the outside do not have', () => {
    const outside = `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: api, namespace: shop }
spec: { hosts: [api.example.com], ports: [{ number: 443, name: https, protocol: HTTPS }], resolution: DNS }
---
`;
    const text = authorization(
      '{ rules: [{ to: [{ operation: { ports: ["8080"] } }] }] }',
      'name: p, namespace: istio-system',
    );
    const { mesh, documents } = imported(orders + outside + text);
    expect(mesh?.defaults?.access).toEqual(
      access('{ rules: [{ name: istio-system.p.0, action: allow, to: { ports: [80] } }] }'),
    );
    expect(documents.api?.access).toEqual({ inherit: false });
  });

  test.each([
    {
      name: 'one about nothing that is there has no effect',
      text: world + selecting('app: nobody'),
      issue: 'warning SV0205 spec.selector',
    },
    {
      name: 'where nothing is there that it could be about, that is not known',
      text: selecting('app: orders'),
      issue: 'error SV0201 spec.selector',
    },
    {
      name: 'what refuses for some versions refuses for all',
      text: `${orders}apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: orders-v2, namespace: shop }\nspec: { template: { metadata: { labels: { app: orders, version: v2 } } } }\n---\n${selecting('version: v2')}`,
      issue: 'error SV0201 spec.selector',
    },
    {
      name: 'what allows for some versions is not for all',
      text: `${orders}apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: orders-v2, namespace: shop }\nspec: { template: { metadata: { labels: { app: orders, version: v2 } } } }\n---\n${selecting('version: v2', 'ALLOW')}`,
      issue: 'error SV0209 spec.selector',
    },
    {
      name: 'nor is it where the input does not tell which workloads there are',
      text: `apiVersion: v1\nkind: Service\nmetadata: { name: orders, namespace: shop }\nspec: { selector: { app: orders } }\n---\n${selecting('app: orders, version: v2', 'ALLOW')}`,
      issue: 'error SV0209 spec.selector',
    },
    {
      name: 'labels are no patterns',
      text: world + selecting('app: ord*'),
      issue: 'error SV0007 spec.selector.matchLabels',
    },
    {
      name: 'a reference without a name',
      text: world + authorization('{ action: DENY, targetRef: { kind: Service, group: "" }, rules: [{}] }'),
      issue: 'error SV0007 spec.targetRef.name',
    },
    {
      name: 'a selector and a reference',
      text:
        world +
        authorization(
          '{ selector: { matchLabels: { a: b } }, targetRef: { kind: Service, group: "", name: orders }, rules: [{}] }',
        ),
      issue: 'error SV0007 spec.selector',
    },
    {
      name: 'a reference to a Service that no waypoint stands before holds, which in Istio it does not',
      text: world + authorization(`{ ${toOrders}, rules: [{}] }`),
      issue: 'warning SV0210 spec.targetRef',
    },
    {
      name: 'and widens what other policies allow',
      text: world + authorization(`{ ${toOrders}, rules: [{}] }`) + authorization('{}', 'name: q, namespace: shop'),
      issue: 'error SV0209 spec',
    },
    {
      name: 'of the whole mesh too',
      text:
        world + authorization(`{ ${toOrders}, rules: [{}] }`) + authorization('{}', 'name: q, namespace: istio-system'),
      issue: 'error SV0209 spec',
    },
    {
      name: 'a GatewayClass outside of the root namespace',
      text:
        world +
        authorization(
          '{ targetRef: { kind: GatewayClass, group: gateway.networking.k8s.io, name: istio-waypoint }, rules: [{}] }',
        ),
      issue: 'warning SV0203 spec.targetRef',
    },
  ])('$name', ({ text, issue }) => {
    const { issues } = imported(text).imported;
    expect(issues.map(({ severity, code, path }) => `${severity} ${code} ${path}`)).toContain(issue);
  });
});
