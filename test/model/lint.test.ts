import { describe, expect, test } from 'vitest';
import type { Topology } from '../../src/core/edge-config.ts';
import { lintMesh } from '../../src/model/lint.ts';
import { parseFile } from '../../src/model/parse.ts';

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
      found: ['SV0106 service/payment routes[1].matches[0]'],
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
      name: 'a route that answers itself needs no backend, and a version that gets copies only is used',
      text: `routes: [{ name: r, matches: [{ path: { value: /a } }], filters: [{ type: RequestRedirect, requestRedirect: {} }] }, { name: s, filters: [{ type: RequestMirror, requestMirror: { version: v2 } }], backends: [{ version: v1 }] }]`,
      found: [],
    },
    {
      name: 'a deny by HTTP fields denies all RPC',
      text: `routes: [{ name: r, ${both} }]\naccess: { rules: [{ action: deny, to: [{ paths: [/x] }, { paths: [/y], rpc: [y] }] }] }`,
      found: ['SV0113 service/payment access.rules[0].to[0]'],
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
