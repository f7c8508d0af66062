import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallFacts } from '../../../src/model/call-facts.ts';
import { compileMesh, compileService } from '../../../src/model/compile/compile.ts';
import { parseDocument } from '../../../src/model/reading/parse.ts';
import { revisionOf } from '../../../src/model/revision.ts';
import type { MeshDocument } from '../../../src/model/schema/mesh.ts';
import type { ServiceDocument } from '../../../src/model/schema/service.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';

type DocumentRoute = NonNullable<ServiceDocument['routes']>[number];
type DocumentMatch = NonNullable<DocumentRoute['matches']>[number];

function service(text: string): ServiceDocument {
  const parsed = parseDocument(text, { format: 'yaml' });
  if (!parsed.ok || parsed.document.kind !== 'service') throw new Error(JSON.stringify(parsed));
  return parsed.document.service;
}

function compiled(text: string, mesh?: MeshDocument, declared: readonly string[] = []): Snapshot {
  return compileService(
    service(`service: payment\nversions: { v1: { worker: payment }, v2: { worker: payment-v2 } }\n${text}`),
    compileMesh(mesh, 'm'),
    { revision: 'r', declared },
  );
}

function call(facts: Partial<CallFacts> & { readonly headers?: Readonly<Record<string, string>> } = {}): CallFacts {
  const { headers = {}, ...rest } = facts;
  return {
    kind: 'fetch',
    door: 'mesh',
    method: 'GET',
    host: 'payment',
    path: '/',
    query: '',
    url: '',
    principal: null,
    claims: null,
    requestPrincipal: null,
    peerAddress: () => '',
    address: () => '',
    geo: () => null,
    journey: '',
    header: (name) => headers[name] ?? null,
    ...rest,
  };
}

const routes = (...matches: readonly string[]): string =>
  `routes:\n${matches.map((match, index) => `  - { name: r${index}, ${match}backends: [{ version: v1 }] }\n`).join('')}`;

describe('finding the route', () => {
  const rows: readonly {
    name: string;
    matches: string;
    yes: readonly Partial<Parameters<typeof call>[0]>[];
    no: readonly Partial<Parameters<typeof call>[0]>[];
  }[] = [
    {
      name: 'exact path',
      matches: '[{ path: { type: Exact, value: /two } }]',
      yes: [{ path: '/two' }],
      no: [{ path: '/two/' }, { path: '/Two' }, { kind: 'rpc', path: '' }],
    },
    {
      name: 'prefix is the default, by segments',
      matches: '[{ path: { value: /abc } }]',
      yes: [{ path: '/abc' }, { path: '/abc/d' }],
      no: [{ path: '/abcd' }],
    },
    {
      name: 'the prefix / holds for RPC too',
      matches: '[{ path: { value: / } }]',
      yes: [{}, { kind: 'rpc', path: '', method: 'charge' }],
      no: [],
    },
    {
      name: 'a path by expression is the whole path',
      matches: '[{ path: { type: RegularExpression, value: "/v[0-9]+/.*" } }]',
      yes: [{ path: '/v1/x' }],
      no: [{ path: '/x/v1/x' }],
    },
    {
      name: 'a method is of fetch',
      matches: '[{ method: GET }]',
      yes: [{}],
      no: [{ method: 'HEAD' }, { kind: 'rpc', method: 'GET' }],
    },
    {
      name: 'header names fold, values do not',
      matches: '[{ headers: [{ name: X-User, value: tester }] }]',
      yes: [{ headers: { 'x-user': 'tester' } }, { kind: 'rpc', headers: { 'x-user': 'tester' } }],
      no: [{}, { headers: { 'x-user': 'Tester' } }],
    },
    {
      name: 'a header by expression is the whole value',
      matches: '[{ headers: [{ type: RegularExpression, name: x, value: "a|b" }] }]',
      yes: [{ headers: { x: 'b' } }],
      no: [{ headers: { x: 'ab' } }],
    },
    {
      name: 'query parameters: the first value counts, decoded as a form',
      matches: '[{ queryParams: [{ name: "a b", value: "x y" }] }]',
      yes: [{ query: 'a+b=x%20y&a+b=z' }],
      no: [{}, { query: 'a+b=z&a+b=x+y' }, { query: 'A+b=x+y' }],
    },
    {
      name: 'an empty query value',
      matches: '[{ queryParams: [{ name: k, value: "" }] }]',
      yes: [{ query: 'k' }, { query: 'k=' }],
      no: [{ query: 'k=1' }],
    },
    {
      name: 'RPC methods by prefix',
      matches: '[{ rpc: "refund*" }]',
      yes: [{ kind: 'rpc', method: 'refundAll' }],
      no: [{ kind: 'rpc', method: 'charge' }, { method: 'refund' }],
    },
    {
      name: 'conditions of a match all hold',
      matches: '[{ method: POST, path: { value: /a }, headers: [{ name: x, value: "1" }] }]',
      yes: [{ method: 'POST', path: '/a', headers: { x: '1' } }],
      no: [
        { method: 'POST', path: '/a' },
        { path: '/a', headers: { x: '1' } },
      ],
    },
    {
      name: 'one of several matches is enough',
      matches: '[{ method: POST }, { path: { value: /a } }]',
      yes: [{ method: 'POST' }, { path: '/a' }],
      no: [{}],
    },
    { name: 'an empty list of matches is every call', matches: '[]', yes: [{}, { kind: 'rpc' }], no: [] },
  ];
  test.each(rows)('$name', ({ matches, yes, no }) => {
    const { findRoute } = compiled(routes(`matches: ${matches}, `));
    for (const facts of yes) expect([facts, findRoute(call(facts))?.route.name]).toEqual([facts, 'r0']);
    for (const facts of no) expect([facts, findRoute(call(facts))]).toEqual([facts, undefined]);
  });

  const https: { name: string; section: string; url: string; proto?: string; found: string }[] = [
    { name: 'over http a client is sent to https', section: '', url: 'http://a/', found: 'https-redirect' },
    { name: 'over https the route answers', section: '', url: 'https://a/', found: 'r0' },
    {
      name: "a client's own X-Forwarded-Proto is not believed",
      section: '',
      url: 'http://a/',
      proto: 'https',
      found: 'https-redirect',
    },
    {
      name: 'a trusted proxy tells that the client called by https',
      section: ', clientAddress: { trustedProxies: 1 }',
      url: 'http://a/',
      proto: 'https',
      found: 'r0',
    },
    {
      name: 'a trusted proxy tells that the client called by http',
      section: ', clientAddress: { trustedProxies: 1 }',
      url: 'http://a/',
      proto: 'http',
      found: 'https-redirect',
    },
  ];
  test.each(https)('$name', ({ section, url, proto, found }) => {
    const facts = call({ door: 'public', url, headers: proto === undefined ? {} : { 'x-forwarded-proto': proto } });
    for (const listeners of ['', ', listeners: [{ name: http }]']) {
      const { findRoute } = compiled(
        `public: { hosts: [a], httpsRedirect: true${section}${listeners} }\n${routes('')}`,
      );
      expect(findRoute(facts)?.route.name).toBe(found);
    }
  });

  test('hosts are of fetch, exact or by suffix', () => {
    const { findRoute } = compiled(routes('hostnames: ["*.Example.com", shop.test], '));
    expect(
      ['a.b.example.com', 'shop.test', 'example.com', 'payment'].map((host) => findRoute(call({ host }))?.route.name),
    ).toEqual(['r0', 'r0', undefined, undefined]);
    expect(findRoute(call({ kind: 'rpc', host: 'shop.test' }))).toBeUndefined();
  });

  test('a header is read once a call, and only when a match gets so far', () => {
    const { findRoute } = compiled(
      routes(
        ...['a', 'b', 'c'].map(
          (value) => `matches: [{ path: { value: /x }, headers: [{ name: x-user, value: ${value} }] }], `,
        ),
      ),
    );
    const asked: string[] = [];
    const header = (name: string): string | null => {
      asked.push(name);
      return 'c';
    };
    expect(findRoute({ ...call({ path: '/x' }), header })?.route.name).toBe('r2');
    expect(findRoute({ ...call(), header })).toBeUndefined();
    expect(asked).toEqual(['x-user']);
  });

  const match: fc.Arbitrary<DocumentMatch> = fc.record(
    {
      path: fc.record({
        type: fc.constantFrom('Exact' as const, 'PathPrefix' as const),
        value: fc.constantFrom('/', '/a', '/a/b'),
      }),
      method: fc.constantFrom('GET', 'POST'),
      headers: fc.constantFrom(
        [{ name: 'X-U', value: '1' }],
        [
          { name: 'x-u', value: '2' },
          { name: 'x-v', value: '1' },
        ],
      ),
      queryParams: fc.constant([{ name: 'q', value: '1' }]),
    },
    { requiredKeys: [] },
  );
  const facts = fc
    .record({
      path: fc.constantFrom('/', '/a', '/a/b', '/ab'),
      method: fc.constantFrom('GET', 'POST'),
      query: fc.constantFrom('', 'q=1', 'q=2&q=1'),
      u: fc.constantFrom('1', '2', null),
      v: fc.constantFrom('1', null),
    })
    .map(({ u, v, ...rest }) => call({ ...rest, headers: { ...(u && { 'x-u': u }), ...(v && { 'x-v': v }) } }));

  /** The words of the Gateway API, without any of the compiler's care. */
  function naive(candidate: DocumentMatch, { method, path, query, header }: CallFacts): boolean {
    const { value = '/', type = 'PathPrefix' } = candidate.path ?? {};
    const inPath = type === 'Exact' ? path === value : `${path}/`.startsWith(value.endsWith('/') ? value : `${value}/`);
    return (
      inPath &&
      (candidate.method ?? method) === method &&
      (candidate.headers ?? []).every(({ name, value: wanted }) => header(name.toLowerCase()) === wanted) &&
      (candidate.queryParams ?? []).every(({ name, value: wanted }) => new URLSearchParams(query).get(name) === wanted)
    );
  }

  test('law: the first route in document order of which a match holds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(match, { maxLength: 3 }), { minLength: 1, maxLength: 5 }),
        facts,
        (matches, one) => {
          const document: ServiceDocument = {
            service: 'x',
            versions: { v: { worker: 'x' } },
            routes: matches.map((list, index) => ({ name: `r${index}`, matches: list, backends: [] })),
          };
          const expected = matches.findIndex(
            (list) => list.length === 0 || list.some((candidate) => naive(candidate, one)),
          );
          const found = compileService(document, compileMesh(undefined, ''), { revision: '', declared: [] }).findRoute(
            one,
          );
          expect(found?.route.name).toBe(expected < 0 ? undefined : `r${expected}`);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('what routes are compiled to', () => {
  test('a document with one version and no route', () => {
    const snapshot = compileService(
      service('service: x\nversions: { only: { worker: x } }'),
      compileMesh(undefined, ''),
      { revision: '', declared: [] },
    );
    expect(snapshot.findRoute(call({ kind: 'rpc', method: 'any' }))).toMatchObject({
      route: {
        name: 'default',
        backends: [{ version: 'only', weight: 1, target: { endpoints: [{ kind: 'worker', worker: 'x' }] } }],
      },
    });
  });

  test('endpoints of each kind', () => {
    const { routes: found } = compileService(
      service(
        'service: x\nversions: { a: { worker: x }, b: { worker: x, version: 1-2 }, c: { url: "https://h:8443/base", mtls: C }, d: { url: "http://h", audience: me } }\nroutes: [{ name: r, backends: [{ version: a }, { version: b }, { version: c }, { version: d, weight: 0 }] }]',
      ),
      compileMesh(undefined, ''),
      { revision: '', declared: [] },
    );
    expect(found[0]?.backends.flatMap(({ target }) => target.endpoints)).toEqual([
      { kind: 'worker', version: 'a', worker: 'x' },
      { kind: 'worker-version', version: 'b', worker: 'x', workerVersion: '1-2' },
      { kind: 'url', version: 'c', url: 'https://h:8443/base', mtls: 'C', audience: 'https://h:8443' },
      { kind: 'url', version: 'd', url: 'http://h', audience: 'me' },
    ]);
    expect(found[0]?.backends.map(({ weight }) => weight)).toEqual([1, 1, 1, 0]);
  });

  test('retry has its defaults, idempotent methods among them', () => {
    const { routes: found } = compiled(
      `routes: [{ name: r, retry: { attempts: 2, methods: [POST, charge] }, backends: [] }, { name: off, retry: { attempts: 0 }, backends: [] }]`,
    );
    expect(found[0]?.retry).toEqual({
      attempts: 2,
      codes: new Set(),
      backoffMs: 25,
      budget: { percent: 20, burst: 3 },
      methods: new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'POST', 'charge']),
      bodyBytes: 65_536,
    });
    expect(found[1]?.retry).toBeUndefined();
  });

  test('the mesh fills in what a route lacks; 0s and attempts 0 are what a route has', () => {
    const mesh: MeshDocument = {
      defaults: {
        timeouts: { request: '3s', backendRequest: '1s' },
        retry: { attempts: 1, bodyLimit: '1KiB' },
        onStale: 'refuse',
        normalization: 'merge-slashes',
      },
    };
    const snapshot = compiled(
      'routes: [{ name: a, backends: [] }, { name: b, timeouts: { request: 0s }, retry: { attempts: 0 }, backends: [] }]',
      mesh,
    );
    expect(snapshot.routes[0]).toMatchObject({
      requestTimeoutMs: 3000,
      backendRequestTimeoutMs: 1000,
      retry: { attempts: 1, bodyBytes: 1024 },
    });
    expect(snapshot.routes[1]).toMatchObject({
      requestTimeoutMs: undefined,
      backendRequestTimeoutMs: 1000,
      retry: undefined,
    });
    expect(snapshot).toMatchObject({ onStale: 'refuse', normalization: 'merge-slashes' });
  });

  test('header changes, names in lower case', () => {
    const { routes: found } = compiled(
      'routes: [{ name: r, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: X-A, value: "1" }], remove: [X-B] } }], backends: [{ version: v1, filters: [{ type: ResponseHeaderModifier, responseHeaderModifier: { add: [{ name: X-C, value: c }] } }] }] }]',
    );
    expect(found[0]?.requestHeaders).toEqual({ set: [['x-a', '1']], add: [], remove: ['x-b'] });
    expect(found[0]?.responseHeaders).toBeUndefined();
    expect(found[0]?.backends[0]?.responseHeaders).toEqual({ set: [], add: [['x-c', 'c']], remove: [] });
  });
});

describe('access and identity', () => {
  const rules =
    'routes: [{ name: r, backends: [] }]\naccess:\n  mode: strict\n  rules:\n    - { name: post, action: allow, from: { principals: [declared, "*-job"] }, to: [{ methods: [POST], paths: [/charge] }, { rpc: [charge] }] }\n    - { action: deny, from: { principals: [bad-job] } }\n';
  test.each<[name: string, facts: Partial<CallFacts>, verdict: object]>([
    [
      'declared callers',
      { method: 'POST', path: '/charge', principal: 'spiffe://shop/svc/orders' },
      { allowed: true, rule: 'post' },
    ],
    [
      'by RPC',
      { kind: 'rpc', method: 'charge', principal: 'spiffe://shop/svc/night-job' },
      { allowed: true, rule: 'post' },
    ],
    [
      'another trust domain',
      { method: 'POST', path: '/charge', principal: 'spiffe://other/svc/orders' },
      { allowed: false, rule: '', reason: 'no-allow-rule' },
    ],
    [
      'denied',
      { kind: 'rpc', method: 'charge', principal: 'spiffe://shop/svc/bad-job' },
      { allowed: false, rule: 'rules[1]', reason: 'deny-rule' },
    ],
    ['anonymous', { method: 'POST', path: '/charge' }, { allowed: false, rule: '', reason: 'strict' }],
  ])('%s', (_, facts, verdict) => {
    expect(compiled(rules, { trustDomain: 'shop' }, ['orders']).authorise?.(call(facts), 0)).toEqual(verdict);
  });

  test('no access section, no decision', () => {
    expect(compiled('routes: [{ name: r, backends: [] }]').authorise).toBeUndefined();
  });

  test('notPrincipals alone is about anonymous callers too', () => {
    const { authorise } = compiled(
      'routes: [{ name: r, backends: [] }]\naccess: { rules: [{ action: deny, from: { notPrincipals: ["*"] } }] }',
    );
    expect(authorise?.(call(), 0).allowed).toBe(false);
    expect(authorise?.(call({ principal: 'x' }), 0).allowed).toBe(true);
  });

  test('certificates and public hosts are made comparable', () => {
    const snapshot = compiled(
      `routes: [{ name: r, backends: [] }]\npublic: { hosts: [Shop.Example.com] }\nauthentication: { mtls: { certificates: [{ fingerprint: "${'AB:'.repeat(31)}CD", principal: orders }, { subject: "CN=x", principal: "spiffe://o/x" }] } }`,
    );
    expect(snapshot.publicHosts).toEqual(['shop.example.com']);
    expect(snapshot.mtls?.trust).toBe('platform');
    expect(snapshot.mtls?.principalOf(`${'ab'.repeat(31)}cd`, '')).toBe('spiffe://mesh.local/svc/orders');
    expect(snapshot.mtls?.principalOf('', 'CN=x')).toBe('spiffe://o/x');
  });

  test('client certificates count only where the document has mtls, even an empty one', () => {
    expect(compiled('routes: [{ name: r, backends: [] }]').mtls).toBeUndefined();
    expect(compiled('routes: [{ name: r, backends: [] }]\nauthentication: { jwt: [] }').mtls).toBeUndefined();
    const { mtls } = compiled('routes: [{ name: r, backends: [] }]\nauthentication: { mtls: {} }');
    expect([mtls?.trust, mtls?.principalOf('', '')]).toEqual(['platform', undefined]);
  });

  test('the mesh cannot take normalization from a service with rules by path', () => {
    const none: MeshDocument = { defaults: { normalization: 'none' } };
    expect(compiled(rules, none).normalization).toBe('base');
    const byPath = 'routes: [{ name: r, matches: [{ path: { value: /admin } }], backends: [] }]';
    expect(compiled(byPath, none).normalization).toBe('base');
    expect(compiled('routes: [{ name: r, backends: [] }]', none).normalization).toBe('none');
  });

  test.each([
    [
      'base',
      'access rules by what paths are not',
      'versions: { v1: { worker: a } }\naccess: { rules: [{ action: allow, to: { notPaths: [/admin] } }] }',
    ],
    ['base', 'a URL with a path', 'versions: { v1: { url: "https://a.example/v1" } }'],
    [
      'base',
      'an endpoint whose URL has a path',
      'versions: { v1: { endpoints: [{ worker: a }, { url: "https://a.example/v1" }] } }',
    ],
    [
      'base',
      'a rewritten path',
      'versions: { v1: { worker: a } }\nroutes: [{ name: r, filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplaceFullPath, replaceFullPath: /x } } }], backends: [] }]',
    ],
    ['none', 'a URL without a path', 'versions: { v1: { url: "https://a.example/" } }'],
  ])('where the mesh says none, %s is the normalization of a service with %s', (normalization, _, text) => {
    const mesh = compileMesh({ defaults: { normalization: 'none' } }, 'm');
    const snapshot = compileService(service(`service: payment\n${text}`), mesh, { revision: 'r', declared: [] });
    expect(snapshot.normalization).toBe(normalization);
  });

  test.each([
    ['hosts: [x]', true],
    ['notHosts: [x]', true],
    ['paths: [/x]', false],
  ])('access rules by %s: whether the host is judged is %s', (field, judged) => {
    const rules = `access: { rules: [{ action: deny, to: { ${field} } }] }`;
    expect(compiled(`routes: [{ name: r, backends: [] }]\n${rules}`).judgesHost).toBe(judged);
  });
});

describe('the mesh document', () => {
  test('defaults', () => {
    expect(compileMesh(undefined, 'x')).toMatchObject({
      trustDomain: 'mesh.local',
      revision: 'x',
      carry: [],
      sampling: 1,
      shards: 8,
      openCallBoundMs: 30_000,
    });
  });
  test.each([
    ['5%', 0.05],
    ['100%', 1],
    [0.25, 0.25],
    ['0.5%', 0.005],
  ] as const)('sampling %s', (sampling, expected) => {
    expect(compileMesh({ carry: ['X-User'], telemetry: { sampling } }, '')).toMatchObject({
      sampling: expected,
      carry: ['x-user'],
    });
  });
});

test('a revision is the beginning of the SHA-256', async () => {
  expect(await revisionOf('')).toBe('e3b0c44298fc');
  expect(await revisionOf(new TextEncoder().encode('é'))).toBe(await revisionOf('é'));
});
