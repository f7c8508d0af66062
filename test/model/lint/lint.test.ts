import { describe, expect, test } from 'vitest';
import type { Topology } from '../../../src/core/configs/edge-config.ts';
import { lintMesh } from '../../../src/model/lint/lint.ts';
import { parseFile } from '../../../src/model/reading/parse.ts';

const topology: Topology = {
  services: {
    payment: { workers: ['payment', 'payment-v2'], callers: ['orders'] },
    orders: { workers: ['orders'], callers: [] },
  },
};

const orders = 'service: orders\nversions: { v1: { worker: orders } }\n';
const start = 'service: payment\nversions: { v1: { worker: payment }, v2: { worker: payment-v2 } }\n';
const both = 'backends: [{ version: v1 }, { version: v2 }]';

function lint(text: string, graph: Topology | undefined = topology): string[] {
  const parsed = parseFile(text, 'x.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return lintMesh(parsed.documents, graph).map(({ code, file, path }) => `${code} ${file} ${path}`.trimEnd());
}

describe('lint', () => {
  test.each<{ name: string; text: string; found: readonly string[] }>([
    { name: 'nothing to say', text: `routes: [{ name: r, ${both} }]`, found: [] },
    {
      name: 'an earlier route takes every call',
      text: `routes: [{ name: a, matches: [{ method: GET }, { path: { value: / } }], ${both} }, { name: b, ${both} }]`,
      found: ['SV0105 service/payment routes[1]'],
    },
    {
      name: 'a route for one host does not',
      text: `routes: [{ name: a, hostnames: [x.y], ${both} }, { name: b, ${both} }]`,
      found: [],
    },
    {
      name: 'the same match twice, in other words',
      text: `routes: [{ name: a, matches: [{ path: { value: /a }, headers: [{ name: x, value: b }] }], ${both} }, { name: b, matches: [{ headers: [{ name: x, type: Exact, value: b }], path: { type: PathPrefix, value: /a } }], ${both} }]`,
      found: ['SV0105 service/payment routes[1]'],
    },
    {
      name: 'the weight of a lone backend, and a version that nothing is sent to',
      text: 'routes: [{ name: a, backends: [{ version: v1, weight: 5 }] }]',
      found: ['SV0107 service/payment routes[0].backends[0].weight', 'SV0109 service/payment versions.v2'],
    },
    {
      name: 'no weight at all',
      text: 'routes: [{ name: a, backends: [{ version: v1, weight: 0 }, { version: v2, weight: 0 }] }]',
      found: ['SV0108 service/payment routes[0].backends'],
    },
    {
      name: 'balance and outlier do nothing yet',
      text: `balance: { algorithm: random }\noutlier: {}\nroutes: [{ name: r, ${both} }]`,
      found: ['SV0110 service/payment balance', 'SV0110 service/payment outlier'],
    },
    {
      name: 'a principal that is no service',
      text: `routes: [{ name: r, ${both} }]\naccess: { rules: [{ action: allow, from: [{ principals: [orders, oders, "x-*", "spiffe://mesh.local/svc/nobody", "spiffe://other/svc/x"] }] }] }`,
      found: [
        'SV0111 service/payment access.rules[0].from[0].principals[1]',
        'SV0111 service/payment access.rules[0].from[0].principals[3]',
      ],
    },
    {
      name: 'CORS that no preflight reaches, unless one match lets it',
      text: `routes: [{ name: r, matches: [{ method: POST }, { headers: [{ name: x, value: y }] }], filters: [{ type: CORS, cors: {} }], ${both} }, { name: s, matches: [{ method: GET }, { method: OPTIONS }], filters: [{ type: CORS, cors: {} }], ${both} }, { name: t, ${both} }]`,
      found: ['SV0122 service/payment routes[0].filters[0]'],
    },
    {
      name: 'redirects that lead to themselves: to HTTPS of HTTPS, and to a host of the service that no hostname leaves out',
      text: `public: { hosts: [a.example, www.a.example] }\nroutes:
  - { name: r, matches: [{ path: { value: /r } }], filters: [{ type: RequestRedirect, requestRedirect: { scheme: https } }] }
  - { name: s, matches: [{ scheme: http, path: { value: /s } }], filters: [{ type: RequestRedirect, requestRedirect: { scheme: https } }] }
  - { name: t, hostnames: [a.example], filters: [{ type: RequestRedirect, requestRedirect: { hostname: www.a.example } }] }
  - { name: u, matches: [{ path: { value: /u } }], filters: [{ type: RequestRedirect, requestRedirect: { hostname: www.a.example } }] }
  - { name: v, matches: [{ path: { value: /v } }], filters: [{ type: RequestRedirect, requestRedirect: { hostname: b.example } }] }
  - { name: w, matches: [{ path: { value: /w } }], filters: [{ type: RequestRedirect, requestRedirect: { statusCode: 303 } }] }
  - { name: x, ${both} }`,
      found: ['SV0131 service/payment routes[0].filters[0]', 'SV0131 service/payment routes[3].filters[0]'],
    },
    {
      name: 'a route that answers itself needs no backend, and a version that gets copies only is used',
      text: `routes: [{ name: r, matches: [{ path: { value: /a } }], filters: [{ type: RequestRedirect, requestRedirect: {} }] }, { name: s, filters: [{ type: RequestMirror, requestMirror: { version: v2 } }], backends: [{ version: v1 }] }]`,
      found: [],
    },
    {
      name: 'a deny by HTTP fields denies all RPC',
      text: `routes: [{ name: r, ${both} }]\naccess: { rules: [{ action: deny, to: [{ paths: [/x] }, { paths: [/y], rpc: [y] }] }] }`,
      found: ['SV0113 service/payment access.rules[0].to[0]'],
    },
    {
      name: 'a shorter prefix, fewer conditions, or a wildcard before: the later one is never reached',
      text: `routes:
  - { name: a, hostnames: ["*.shop.test"], matches: [{ path: { value: /api/ } }], ${both} }
  - { name: b, hostnames: [x.shop.test], matches: [{ path: { type: Exact, value: /api/v1 }, method: GET }], ${both} }
  - { name: c, matches: [{ headers: [{ name: X-A, type: Present }] }, { cookies: [{ name: c, value: d }] }], ${both} }
  - { name: d, matches: [{ headers: [{ name: x-a, value: b }], queryParams: [{ name: q, value: r }] }, { path: { value: /z } }], ${both} }
  - { name: e, matches: [{ path: { value: /api } }], ${both} }`,
      found: [
        'SV0105 service/payment routes[1]',
        'SV0126 service/payment routes[1].hostnames[0]',
        'SV0106 service/payment routes[3].matches[0]',
      ],
    },
    {
      name: 'what only looks like it is covered',
      text: `routes:
  - { name: a, matches: [{ path: { value: /api/v1 } }], ${both} }
  - { name: b, matches: [{ path: { value: /api/v11 } }, { path: { value: /api } }], ${both} }
  - { name: c, matches: [{ headers: [{ name: x, value: a, invert: true }] }], ${both} }
  - { name: d, matches: [{ headers: [{ name: x, value: b }] }, { headers: [{ name: x, type: Absent }] }], ${both} }
  - { name: e, hostnames: [a.test, "*.b.test"], matches: [{ method: GET }], ${both} }
  - { name: f, hostnames: [a.test, b.test], matches: [{ method: GET }], ${both} }`,
      found: [],
    },
    {
      name: 'several routes together take all hosts of a later one',
      text: `routes: [{ name: a, hostnames: [a.test], ${both} }, { name: b, hostnames: ["*.b.test"], ${both} }, { name: c, hostnames: [a.test, x.b.test], ${both} }]`,
      found: ['SV0105 service/payment routes[2]', 'SV0126 service/payment routes[2].hostnames[1]'],
    },
    {
      name: 'places are of callers from outside, and claims of issuers that somebody names',
      text: `routes: [{ name: a, matches: [{ claims: [{ name: sub, value: x }] }, { geo: { countries: [DE] } }], ${both} }]`,
      found: ['SV0127 service/payment routes[0].matches[1].geo', 'SV0133 service/payment routes[0].matches[0].claims'],
    },
    {
      name: 'listeners: hosts that none takes, one without a route, and what cannot come through it',
      text: `public: { hosts: [a.test, b.other], listeners: [{ name: l, hostname: "*.test", port: 443, protocol: HTTPS }, { name: m, port: 8080 , hostname: a.test}] }
routes:
  - { name: a, listeners: [l], hostnames: [c.other], ${both} }
  - { name: b, listeners: [l], matches: [{ scheme: http }, { ports: [80] }, { ports: [443] }, { host: { value: x.other } }], ${both} }
  - { name: c, listeners: [l], hostnames: [a.test], matches: [{ host: { value: b.test } }], ${both} }`,
      found: [
        'SV0129 service/payment public.hosts[1]',
        'SV0130 service/payment public.listeners[1]',
        'SV0128 service/payment routes[0].hostnames[0]',
        'SV0128 service/payment routes[1].matches[0]',
        'SV0128 service/payment routes[1].matches[1]',
        'SV0128 service/payment routes[1].matches[3]',
        'SV0128 service/payment routes[2].matches[0]',
      ],
    },
    {
      name: 'http from outside is redirected before a route sees it',
      text: `public: { hosts: [a.test], httpsRedirect: true }\nroutes: [{ name: a, matches: [{ scheme: http }], ${both} }]`,
      found: ['SV0128 service/payment routes[0].matches[0]'],
    },
  ])('$name', ({ text, found }) => {
    expect(lint(`${start}${text}\n---\n${orders}`)).toEqual(found);
  });

  test('Workers and services against the topology', () => {
    const text = `${start.replace('payment-v2', 'payment-v3')}routes: [{ name: r, ${both} }]\n---\nservice: shiping\nversions: { v1: { worker: x } }\n`;
    expect(lint(text)).toEqual([
      'SV0101 service/payment versions.v2.worker',
      'SV0102 service/shiping service',
      'SV0103 service/orders',
    ]);
    const [issue] = lintMesh([{ kind: 'service', service: { service: 'shiping', versions: {} } }], topology);
    expect(issue).toMatchObject({ severity: 'warning', line: 0, message: 'shiping is no service of this mesh' });
  });

  test('an edge without any Worker is told of the deployment alone', () => {
    const bare = { ...topology, services: { ...topology.services, bare: { callers: [], workers: [] } } };
    const versions = { v1: { worker: 'bare' } };
    const issues = lintMesh([{ kind: 'service', service: { service: 'bare', versions } }], bare);
    expect(issues.find(({ code }) => code === 'SV0101')?.expected).toBe('a deployment that adds it');
  });

  test('declared callers, of whom there are none', () => {
    expect(
      lint(
        `${orders}access: { rules: [{ action: allow, from: { principals: [declared] } }] }\n---\n${start}routes: [{ name: r, ${both} }]`,
      ),
    ).toEqual(['SV0112 service/orders access.rules[0].from.principals']);
  });

  test('two documents about one service', () => {
    expect(lint(`${orders}---\n${orders}---\n${start}routes: [{ name: r, ${both} }]`)).toEqual([
      'SV0104 service/orders service',
    ]);
  });

  test('without a topology nothing is said about what is not there', () => {
    expect(
      lintMesh([{ kind: 'service', service: { service: 'x', versions: { v1: { worker: 'anything' } } } }]),
    ).toEqual([]);
  });
});
