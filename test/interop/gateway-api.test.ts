/** Rules of the Gateway API, each as a manifest and the document or finding that it becomes. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { httpRoute, imported, withGateway } from './imported.ts';

describe('a rule becomes a route', () => {
  const rows: { name: string; rules: string; routes: string; issues?: string[] }[] = [
    {
      name: 'the prefix "/" needs no words',
      rules: '    - { matches: [{ path: { type: PathPrefix, value: / } }], backendRefs: [{ name: a, port: 80 }] }',
      routes: '[{ name: shop, backends: [{ service: a }] }]',
    },
    {
      name: 'a name of its own is kept',
      rules:
        '    - { name: pay, matches: [{ path: { type: Exact, value: /pay } }], backendRefs: [{ name: a, port: 80 }] }',
      routes: '[{ name: pay, matches: [{ path: { type: Exact, value: /pay } }], backends: [{ service: a }] }]',
    },
    {
      name: 'weights, and filters of a backend',
      rules: `    - backendRefs:
        - { name: a, port: 80, weight: 9 }
        - { name: b, port: 80, weight: 1, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x, value: "1" }] } }] }`,
      routes:
        '[{ name: shop, backends: [{ service: a, weight: 9 }, { service: b, weight: 1, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x, value: "1" }] } }] }] }]',
    },
    {
      name: 'no backend and no filter that answers: 500',
      rules: '    - { matches: [{ path: { value: /x } }] }',
      routes: '[{ name: shop, matches: [{ path: { type: PathPrefix, value: /x } }] }]',
    },
    {
      name: 'of equal names in a match, and in a list of headers, only the first counts, and the other is named',
      rules: `    - matches:
        - headers: [{ name: X, value: a }, { name: x, value: b }]
      filters:
        - type: ResponseHeaderModifier
          responseHeaderModifier: { remove: [a, A] }
      backendRefs: [{ name: a, port: 80 }]`,
      routes:
        '[{ name: shop, matches: [{ headers: [{ name: X, value: a }] }], filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { remove: [a] } }], backends: [{ service: a }] }]',
      issues: [
        '13 warning spec.rules[0].matches[0].headers[1]: the match asks about this name before; only the first entry counts',
        '16 warning spec.rules[0].filters[0].responseHeaderModifier.remove[1]: this header stands in the list before; only the first entry counts',
      ],
    },
    {
      name: 'CORS lives five seconds where nothing is said',
      rules:
        '    - { filters: [{ type: CORS, cors: { allowOrigins: ["https://*.a.com"] } }], backendRefs: [{ name: a, port: 80 }] }',
      routes:
        '[{ name: shop, filters: [{ type: CORS, cors: { allowOrigins: ["https://*.a.com"], maxAge: 5 } }], backends: [{ service: a }] }]',
    },
    {
      name: 'mirrors by percent and fraction',
      rules: `    - filters:
        - { type: RequestMirror, requestMirror: { backendRef: { name: b, port: 80 }, percent: 20 } }
        - { type: RequestMirror, requestMirror: { backendRef: { name: c, port: 80 }, fraction: { numerator: 1 } } }
      backendRefs: [{ name: a, port: 80 }]`,
      routes:
        '[{ name: shop, filters: [{ type: RequestMirror, requestMirror: { service: b, percent: 20 } }, { type: RequestMirror, requestMirror: { service: c, fraction: { numerator: 1 } } }], backends: [{ service: a }] }]',
    },
    {
      name: 'retries without the bounds that the mesh has by default',
      rules:
        '    - { retry: { codes: [500], attempts: 3, backoff: 10ms }, timeouts: { request: 2s, backendRequest: 0s }, backendRefs: [{ name: a, port: 80 }] }',
      routes:
        '[{ name: shop, backends: [{ service: a }], timeouts: { request: 2s, backendRequest: 0s }, retry: { attempts: 3, codes: [500], backoff: 10ms, budget: { percent: 100, burst: 1000 }, methods: [POST, PATCH], bodyLimit: 1MiB } }]',
    },
    {
      name: 'sessions',
      rules:
        '    - { sessionPersistence: { sessionName: s, absoluteTimeout: 1h, cookieConfig: { lifetimeType: Permanent } }, backendRefs: [{ name: a, port: 80 }] }',
      routes:
        '[{ name: shop, backends: [{ service: a }], sessionPersistence: { sessionName: s, absoluteTimeout: 1h, cookieConfig: { lifetimeType: Permanent } } }]',
    },
    {
      name: 'a redirect and a rewrite keep their words',
      rules: `    - matches: [{ path: { value: /old } }]
      filters: [{ type: RequestRedirect, requestRedirect: { scheme: https, path: { type: ReplacePrefixMatch, replacePrefixMatch: /new }, statusCode: 308 } }]
    - filters: [{ type: URLRewrite, urlRewrite: { hostname: in.a.com, path: { type: ReplaceFullPath, replaceFullPath: /x } } }]
      backendRefs: [{ name: a, port: 80 }]`,
      routes:
        '[{ name: shop.0, matches: [{ path: { type: PathPrefix, value: /old } }], filters: [{ type: RequestRedirect, requestRedirect: { scheme: https, path: { type: ReplacePrefixMatch, replacePrefixMatch: /new }, statusCode: 308 } }] }, { name: shop.1, filters: [{ type: URLRewrite, urlRewrite: { hostname: in.a.com, path: { type: ReplaceFullPath, replaceFullPath: /x } } }], backends: [{ service: a }] }]',
    },
  ];
  test.each(rows)('$name', ({ rules, routes, issues = [] }) => {
    const result = imported(httpRoute(rules));
    expect(result.issues).toEqual(issues);
    expect(result.documents.web?.routes).toEqual(parse(routes));
  });
});

describe('what has no counterpart is an error with its line and field', () => {
  const rows = [
    {
      name: 'a field that nobody knows',
      rules: '    - { backendRefs: [{ name: a, prot: 80 }] }',
      issues: ['12 error spec.rules[0].backendRefs[0].prot: unknown field "prot"'],
    },
    {
      name: 'a filter of somebody else',
      rules: '    - { filters: [{ type: ExtensionRef, extensionRef: { group: a, kind: b, name: c } }] }',
      issues: [
        '12 error spec.rules[0].filters[0].extensionRef: filters of other makers have no counterpart in the mesh',
      ],
    },
    {
      name: 'a word that nobody knows',
      rules: '    - { matches: [{ path: { type: Glob, value: /a } }] }',
      issues: ['12 error spec.rules[0].matches[0].path.type: the value is "Glob"'],
    },
    {
      name: 'more retries than the mesh does',
      rules: '    - { retry: { attempts: 11 }, backendRefs: [{ name: a }] }',
      issues: ['12 error spec.rules[0].retry.attempts: a call is retried 10 times at most'],
    },
    {
      name: 'what the rules of documents refuse',
      rules: '    - backendRefs: [{ name: a }]\n      timeouts:\n        request: 1s\n        backendRequest: 2s',
      issues: [
        '15 error spec.rules[0].timeouts.backendRequest: timeouts.backendRequest: an attempt gets more time (2s) than the call (1s)',
      ],
    },
    {
      name: 'an expression that is none',
      rules:
        '    - backendRefs: [{ name: a }]\n      matches:\n        - method: GET\n        - path:\n            type: RegularExpression\n            value: "(a"',
      issues: ['17 error spec.rules[0].matches[1].path.value'],
    },
    {
      name: 'a redirect with backends',
      rules: '    - { filters: [{ type: RequestRedirect, requestRedirect: {} }], backendRefs: [{ name: a }] }',
      issues: ['12 error spec.rules[0].backendRefs: a rule that redirects has no backends'],
    },
  ];
  test.each(rows)('$name', ({ rules, issues }) => {
    const found = imported(httpRoute(rules)).issues;
    for (const issue of issues) expect(found.some((line) => line.startsWith(issue)) || found).toBe(true);
  });

  test.each([
    {
      name: 'a kind',
      text: 'apiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute\nmetadata: { name: a }',
      issue: '2 error kind: objects of the kind GRPCRoute of gateway.networking.k8s.io are not imported',
    },
    {
      name: 'a version',
      text: 'apiVersion: gateway.networking.k8s.io/v9\nkind: HTTPRoute\nmetadata: { name: a }',
      issue: '1 error apiVersion: the version v9 of HTTPRoute is not read',
    },
    { name: 'no object', text: 'service: a', issue: '1 error : this is no Kubernetes object' },
    { name: 'no YAML', text: 'a: [', issue: '1 error ' },
    {
      name: 'a key that stands twice',
      text: 'apiVersion: v1\nkind: Service\nkind: Secret\nmetadata: { name: a }',
      issue: '3 error kind: the field "kind" stands here more than once',
    },
    {
      name: 'a gateway that is not there',
      text: 'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: a, namespace: n }\nspec:\n  parentRefs:\n    - name: web',
      issue: '6 error spec.parentRefs[0]: there is no Gateway n/web in the input',
    },
    {
      name: 'a listener that is not one of HTTP',
      text: withGateway('').replace('protocol: HTTP', 'protocol: TLS'),
      issue: '4 error spec.listeners[0].protocol: a Worker is called by HTTP and HTTPS, and not by TLS',
    },
    {
      name: 'addresses of a gateway',
      text: withGateway('').replace('gatewayClassName: any', 'addresses: [{ value: 1.1.1.1 }]'),
      issue: '4 error spec.addresses: addresses of a Worker are given by its routes and custom domains',
    },
  ])('$name that is not read', ({ text, issue }) => {
    const { issues } = imported(text);
    expect(issues.some((line) => line.startsWith(issue)) || issues).toBe(true);
  });
});

describe('lenient imports', () => {
  test('say what is lost beside what they import, and drop no condition', () => {
    const rules = `    - matches:
        - { path: { value: /a }, headers: [{ name: x, type: Glob, value: y }] }
        - { path: { value: /b } }
      backendRefs: [{ name: a, prot: 80 }]
    - matches:
        - { headers: [{ name: x, type: Glob, value: y }] }
      backendRefs: [{ name: secret }]
    - filters: [{ type: ExtensionRef, extensionRef: {} }]
      backendRefs: [{ name: guarded }]`;
    const { documents, imported: result } = imported(httpRoute(rules), { lenient: true });
    expect(result.issues.every(({ severity }) => severity === 'warning')).toBe(true);
    // A route whose only match is lost is lost; one whose filter is lost answers 500.
    expect(documents.web?.routes).toEqual([
      { name: 'shop.0', matches: [{ path: { type: 'PathPrefix', value: '/b' } }], backends: [{ service: 'a' }] },
      { name: 'shop.2' },
    ]);
    const places = result.documents[0]?.comments.map(({ at, text }) => `${at.join('.')} ${text.split(' ')[0]}`);
    expect(places).toEqual([' in.yaml:17', 'routes.0 in.yaml:13', 'routes.0 in.yaml:15', 'routes.1 in.yaml:19']);
  });
});

describe('references', () => {
  const service = (name: string, namespace: string): string =>
    `---\napiVersion: v1\nkind: Service\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: { ports: [{ port: 80 }] }\n`;
  const grant = `---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata: { name: g, namespace: other }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default }]
  to: [{ group: "", kind: Service }]
`;
  const rows = [
    {
      name: 'to another namespace need a grant',
      refs: '[{ name: a, namespace: other, port: 80 }]',
      more: '',
      backends: undefined,
      issue: 'no ReferenceGrant in the namespace other',
    },
    {
      name: 'that are granted lead there',
      refs: '[{ name: a, namespace: other, port: 80 }]',
      more: grant,
      backends: [{ service: 'a' }],
    },
    {
      name: 'that lead nowhere have their share of 500s',
      refs: '[{ name: a, weight: 3 }, { name: b }]',
      more: service('a', 'default'),
      backends: [{ service: 'a', weight: 3 }, { service: 'unresolved-b' }],
      issue: 'there is no Service "b" in the namespace default',
    },
    {
      name: 'to a port that is not there',
      refs: '[{ name: a, port: 81 }]',
      more: service('a', 'default'),
      backends: undefined,
      issue: 'the Service a has no port 81',
    },
    {
      name: 'to another kind',
      refs: '[{ name: a, kind: Bucket, group: x.io }]',
      more: '',
      backends: undefined,
      issue: 'a backend is a Service, and not Bucket of x.io',
    },
  ];
  test.each(rows)('$name', ({ refs, more, backends, issue }) => {
    const { documents, issues } = imported(httpRoute(`    - backendRefs: ${refs}\n`, more));
    expect(documents.web?.routes?.[0]?.backends).toEqual(backends);
    if (issue === undefined) expect(issues).toEqual([]);
    else
      expect(issues[0]).toContain(`12 warning spec.rules[0].backendRefs[${backends === undefined ? 0 : 1}]: ${issue}`);
  });
});
