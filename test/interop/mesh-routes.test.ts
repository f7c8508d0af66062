/** HTTPRoutes of mesh services (GEP-1294), names, and which references are versions. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { imported } from './imported.ts';

const service = (name: string, namespace: string, selector: string): string => `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { selector: ${selector}, ports: [{ port: 80 }, { port: 8080 }] }
`;
const deployment = (name: string, namespace: string, labels: string): string => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: ${namespace} }
spec: { template: { metadata: { labels: ${labels} } } }
`;
const route = (name: string, namespace: string, parent: string, rules: string): string => `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  parentRefs: [${parent}]
  rules: ${rules}
`;

const orders = '{ group: "", kind: Service, name: orders }';
const fromShop = '{ group: "", kind: Service, name: orders, namespace: back }';

describe('a route of a service stands in its document', () => {
  const rows: {
    name: string;
    text: string;
    document: string;
    issues?: string[];
    namespaces?: Record<string, string[]>;
  }[] = [
    {
      name: 'the service itself and its parts by name are versions, others are services',
      text: route(
        'r',
        'back',
        orders,
        '[{ backendRefs: [{ name: orders, weight: 8 }, { name: orders-v2, weight: 1 }, { name: audit, weight: 1 }] }]',
      ),
      document:
        '{ service: orders, versions: { orders: { worker: orders }, orders-v2: { worker: orders-v2 } }, routes: [{ name: r, backends: [{ version: orders, weight: 8 }, { version: orders-v2, weight: 1 }, { service: audit, weight: 1 }] }] }',
    },
    {
      name: 'where manifests tell, a part has the selector of the whole, whatever its name',
      text:
        service('orders', 'back', '{ app: orders }') +
        service('orders-audit', 'back', '{ app: audit }') +
        service('canary', 'back', '{ app: orders, version: v2 }') +
        route('r', 'back', orders, '[{ backendRefs: [{ name: canary, port: 80 }, { name: orders-audit, port: 80 }] }]'),
      document:
        '{ service: orders, versions: { canary: { worker: canary } }, routes: [{ name: r, backends: [{ version: canary }, { service: orders-audit }] }] }',
    },
    {
      name: 'a service of several workloads has an endpoint for each',
      text:
        service('orders', 'back', '{ app: orders }') +
        deployment('orders-a', 'back', '{ app: orders }') +
        deployment('orders-b', 'back', '{ app: orders }') +
        route('r', 'back', orders, '[{ backendRefs: [{ name: orders, port: 80 }] }]'),
      document:
        '{ service: orders, versions: { orders: { endpoints: [{ worker: orders-a }, { worker: orders-b }] } }, routes: [{ name: r, backends: [{ version: orders }] }] }',
    },
    {
      name: 'a route for one port leaves the others as they are',
      text:
        service('orders', 'back', '{ app: orders }') +
        route(
          'r',
          'back',
          '{ group: "", kind: Service, name: orders, port: 80 }',
          '[{ matches: [{ path: { value: /a } }], backendRefs: [{ name: orders, port: 80 }] }]',
        ),
      document:
        '{ service: orders, versions: { orders: { worker: orders } }, routes: [{ name: r, matches: [{ path: { type: PathPrefix, value: /a }, ports: [80] }], backends: [{ version: orders }] }, { name: orders.passage, matches: [{ ports: [8080] }], backends: [{ version: orders }] }] }',
    },
    {
      name: 'callers of another namespace have its routes and none of the others',
      text:
        deployment('cart', 'shop', '{ app: cart }') +
        route('theirs', 'shop', fromShop, '[{ backendRefs: [{ name: orders, namespace: back }] }]') +
        route('ours', 'back', orders, '[{ matches: [{ path: { value: /a } }], backendRefs: [{ name: orders }] }]'),
      document:
        '{ service: orders, versions: { orders: { worker: orders } }, routes: [{ name: theirs, matches: [{ from: { principals: [cart] } }], backends: [{ version: orders }] }, { name: ours, matches: [{ path: { type: PathPrefix, value: /a }, from: { notPrincipals: [cart] } }], backends: [{ version: orders }] }] }',
    },
    {
      name: 'callers of a namespace without manifests are named on the command line',
      text: route('theirs', 'shop', fromShop, '[{ backendRefs: [{ name: orders, namespace: back }] }]'),
      namespaces: { shop: ['web', 'cart'] },
      document:
        '{ service: orders, versions: { orders: { worker: orders } }, routes: [{ name: theirs, matches: [{ from: { principals: [cart, web] } }], backends: [{ version: orders }] }, { name: orders.passage, matches: [{ from: { notPrincipals: [cart, web] } }], backends: [{ version: orders }] }] }',
    },
  ];
  test.each(rows)('$name', ({ text, document, namespaces = {} }) => {
    const result = imported(text, { namespaces });
    expect(result.issues).toEqual([]);
    expect(result.documents).toEqual({ orders: parse(document) });
  });

  test('a namespace whose callers nobody knows is an error', () => {
    const { issues } = imported(route('theirs', 'shop', fromShop, '[{ backendRefs: [{ name: orders }] }]'));
    expect(issues).toEqual([
      '6 error spec.parentRefs[0]: the route is for callers of the namespace shop, and the input names none of them',
    ]);
  });
});

describe('names', () => {
  test('that are unique stay, others have their namespace, and a gateway gives way to a service', () => {
    const gateway =
      'apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: { name: orders, namespace: back }\nspec: { gatewayClassName: a, listeners: [{ name: http, port: 80, protocol: HTTP }] }\n';
    const text =
      gateway +
      service('orders', 'back', '{ app: a }') +
      service('orders', 'shop', '{ app: a }') +
      service('web.site', 'shop', '{ app: b }') +
      service(`a${'b'.repeat(80)}`, 'shop', '{ app: b }');
    const { names } = imported(text).imported;
    expect(names).toMatchObject({
      'back/orders': 'orders-back',
      'shop/orders': 'orders-shop',
      'gateway back/orders': 'orders-gateway',
      'shop/web.site': 'web-site',
    });
    expect(names[`shop/a${'b'.repeat(80)}`]).toMatch(/^ab{54}-[0-9a-z]{7}$/);
  });

  test('that clash in spite of all are an error', () => {
    const text =
      service('a-b', 'x', '{}') + service('a.b', 'x', '{}') + service('c', 'x-y', '{}') + service('c', 'x.y', '{}');
    expect(imported(text).issues).toEqual([
      '9 error metadata.name: this and x/a-b would have the same name in the mesh',
      '19 error metadata.name: this and x-y/c would have the same name in the mesh',
    ]);
  });
});
