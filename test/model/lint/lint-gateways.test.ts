import { describe, expect, test } from 'vitest';
import type { Topology } from '../../../src/core/configs/edge-config.ts';
import { lintMesh } from '../../../src/model/lint/lint.ts';
import { parseFile } from '../../../src/model/reading/parse.ts';

const topology: Topology = {
  services: {
    gate: { workers: [], callers: [], peers: ['cart'] },
    cart: { workers: ['cart'], callers: ['gate'] },
    orders: { workers: ['orders'], callers: [] },
  },
};
const cart = 'service: cart\nversions: { v1: { worker: cart } }\n';
const orders = 'service: orders\nversions: { v1: { worker: orders } }\n';
const to = (...services: readonly string[]) =>
  `routes: [{ name: r, backends: [${services.map((service) => `{ service: ${service} }`).join(', ')}] }]`;

function lint(texts: readonly string[], graph: Topology | undefined = topology) {
  const parsed = parseFile(texts.join('\n---\n'), 'x.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return lintMesh(parsed.documents, graph).map(({ code, file, path, message, expected, severity }) => ({
    line: `${severity} ${code} ${file} ${path}`.trimEnd(),
    text: `${message}; ${expected}`,
  }));
}

describe('lint of gateways', () => {
  test.each<{ name: string; texts: readonly string[]; found: readonly string[]; text?: string }>([
    {
      name: 'nothing to say',
      texts: [cart, orders, `service: gate\npublic: { hosts: [a.test] }\n${to('cart')}`],
      found: [],
    },
    {
      name: 'a service without a binding needs a deployment',
      texts: [cart, orders, `service: gate\n${to('cart', 'orders')}`],
      found: ['warning SV0123 service/gate routes[0].backends[1].service'],
      text: 'deploy again',
    },
    {
      name: 'a mirror is bound like a backend',
      texts: [
        cart,
        orders,
        'service: gate\nroutes: [{ name: r, filters: [{ type: RequestMirror, requestMirror: { service: orders } }], backends: [{ service: cart }] }]',
      ],
      found: ['warning SV0123 service/gate routes[0].filters[0].requestMirror.service'],
    },
    {
      name: 'a service that the mesh has not',
      texts: [cart, orders, `service: gate\n${to('cart', 'nowhere')}`],
      found: ['warning SV0123 service/gate routes[0].backends[1].service'],
      text: 'nowhere is no service of this mesh',
    },
    {
      name: 'a service that names itself',
      texts: [cart, orders, `service: gate\n${to('cart', 'gate')}`],
      found: ['warning SV0123 service/gate routes[0].backends[1].service'],
      text: 'go round',
    },
    {
      name: 'a gateway that was never deployed',
      texts: [cart, orders, `service: gate\n${to('cart')}`, `service: second\n${to('cart')}`],
      found: ['warning SV0102 service/second service'],
      text: 'a deployment that adds it',
    },
    {
      name: 'a host that two services list: the first of the alphabet has it',
      texts: [
        `${cart}public: { hosts: [A.test, b.test] }`,
        orders,
        `service: gate\npublic: { listeners: [{ name: x, hostname: a.test }, { name: y, hostname: c.test }] }\n${to('cart')}`,
      ],
      found: ['warning SV0124 service/gate public.listeners[0].hostname'],
      text: 'cart lists the host a.test too',
    },
    {
      name: 'one service may list a host for several ports',
      texts: [
        cart,
        orders,
        `service: gate\npublic: { listeners: [{ name: x, hostname: a.test, port: 80 }, { name: y, hostname: a.test, port: 443 }] }\n${to('cart')}`,
      ],
      found: [],
    },
    {
      name: 'a host outside for which two services stand',
      texts: [
        `${cart}egress: { hosts: [api.test] }`,
        `${orders}egress: { hosts: ["*.test", api.test] }`,
        `service: gate\n${to('cart')}`,
      ],
      found: ['warning SV0124 service/orders egress.hosts[1]'],
    },
    {
      name: 'a URL that the mesh document does not let calls out to',
      texts: [
        'mesh: shop\negress: { hosts: ["*.open.test"] }',
        'service: cart\nversions: { v1: { url: "https://a.open.test" }, v2: { endpoints: [{ url: "https://a.open.test" }, { url: "https://Closed.test/x" }] } }\nroutes: [{ name: r, backends: [{ version: v1 }, { version: v2 }] }]',
        orders,
        `service: gate\n${to('cart')}`,
      ],
      found: ['error SV0125 service/cart versions.v2.endpoints[1].url'],
      text: 'closed.test among egress.hosts',
    },
  ])('$name', ({ texts, found, text }) => {
    const issues = lint(texts);
    expect(issues.map(({ line }) => line)).toEqual(found);
    if (text !== undefined) expect(issues.map((issue) => issue.text).join()).toContain(text);
  });

  test('without a topology nothing is said of services that are not among the documents', () => {
    expect(
      lintMesh([
        { kind: 'service', service: { service: 'gate', routes: [{ name: 'r', backends: [{ service: 'x' }] }] } },
      ]),
    ).toEqual([]);
  });
});
