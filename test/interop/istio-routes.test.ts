/** Rules of Istio's VirtualServices inside the mesh, each as a manifest and the routes or finding that it becomes. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { imported, virtualService } from './imported.ts';

const to = 'route: [{ destination: { host: reviews } }]';
const backends = 'backends: [{ version: reviews }], retry: { attempts: 2 }';
const subsets = `---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: reviews }
spec: { host: reviews, subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }] }
`;

describe('conditions', () => {
  const rows = [
    { name: 'an exact path', match: 'uri: { exact: /a }', matches: '[{ path: { type: Exact, value: /a } }]' },
    {
      name: 'a prefix is one of the text',
      match: 'uri: { prefix: /a.b }',
      matches: '[{ path: { type: RegularExpression, value: "/a\\\\.b.*" } }]',
    },
    {
      name: 'a path in whatever case',
      match: 'uri: { exact: /A }, ignoreUriCase: true',
      matches: '[{ path: { type: RegularExpression, value: "(?i)/A" } }]',
    },
    {
      name: 'an expression',
      match: 'uri: { regex: "/a/[0-9]+" }',
      matches: '[{ path: { type: RegularExpression, value: "/a/[0-9]+" } }]',
    },
    {
      name: 'methods of an expression are alternatives',
      match: 'method: { regex: GET|HEAD }, port: 80',
      matches: '[{ ports: [80], method: GET }, { ports: [80], method: HEAD }]',
    },
    { name: 'a scheme', match: 'scheme: { prefix: https }', matches: '[{ scheme: https }]' },
    {
      name: 'an authority with its port',
      match: 'authority: { exact: "A.com:8080" }',
      matches: '[{ host: { value: a.com }, ports: [8080] }]',
    },
    {
      name: 'headers of each kind',
      match: 'headers: { a: { exact: x }, b: { prefix: y }, c: { regex: "z+" }, d: {}, e: { regex: "*" } }',
      matches:
        '[{ headers: [{ name: a, value: x }, { type: Prefix, name: b, value: y }, { type: RegularExpression, name: c, value: z+ }, { type: Present, name: d }, { type: Present, name: e }] }]',
    },
    {
      name: 'parts of the request line that are named like headers',
      match:
        'headers: { ":method": { exact: PUT }, ":path": { exact: /p }, ":authority": { prefix: in }, ":scheme": { exact: http } }',
      matches: '[{ path: { type: Exact, value: /p }, host: { type: Prefix, value: in }, scheme: http, method: PUT }]',
    },
    {
      name: 'headers that must not be so; a missing one counts as empty',
      match: 'withoutHeaders: { a: { exact: x }, b: {}, c: { exact: "" }, d: { regex: "z+" } }',
      matches:
        '[{ headers: [{ name: a, value: x, invert: true }, { type: Absent, name: b }, { type: RegularExpression, name: c, value: "(?s).+" }, { type: RegularExpression, name: d, value: z+, invert: true }] }]',
    },
    {
      name: 'claims',
      match: 'headers: { "@request.auth.claims.realm.role": { exact: admin }, "@request.auth.claims[a][b]": {} }',
      matches: '[{ claims: [{ name: realm.role, value: admin }, { type: Present, name: "[a][b]" }] }]',
    },
    {
      name: 'query parameters',
      match: 'queryParams: { a: { exact: "" }, b: { prefix: x } }',
      matches: '[{ queryParams: [{ name: a, value: "" }, { type: Prefix, name: b, value: x }] }]',
    },
    {
      name: 'who calls',
      match: 'sourceLabels: { app: cart, version: v2 }',
      matches: '[{ from: { principals: [cart], versions: [v2] } }]',
    },
    { name: 'whatever fits every call is no condition', match: 'uri: { prefix: / }', matches: 'null' },
    { name: 'an expression for everything is none', match: 'uri: { regex: ".*" }', matches: 'null' },
  ];
  test.each(rows)('$name', ({ match, matches }) => {
    const { documents, issues } = imported(virtualService(`    - { match: [{ ${match} }], ${to} }`));
    expect(issues).toEqual([]);
    expect(documents.reviews?.routes?.[0]?.matches ?? null).toEqual(parse(matches));
  });

  test.each([
    {
      name: 'a part of the request line',
      match: 'withoutHeaders: { ":method": { exact: GET } }',
      issue: 'withoutHeaders[":method"]: a part of the request line is always there',
    },
    {
      name: 'labels that are neither service nor version',
      match: 'sourceLabels: { team: a }',
      issue: 'sourceLabels.team: callers are told by their service and version',
    },
    {
      name: 'a namespace that nobody knows',
      match: 'sourceNamespace: shop',
      issue: 'sourceNamespace: the input names no service of the namespace shop',
    },
    {
      name: 'an expression that also fits nothing',
      match: 'withoutHeaders: { a: { regex: "x?" } }',
      issue: 'withoutHeaders.a: the expression also fits the empty text',
    },
    {
      name: 'an expression that is none',
      match: 'uri: { regex: "(" }',
      issue: 'uri.regex: at character 1 of the expression',
    },
  ])('$name cannot be asked for, and the match is left out with it', ({ match, issue }) => {
    const { documents, issues } = imported(
      virtualService(`    - match:\n        - { ${match}, port: 81 }\n        - { uri: { exact: /b } }\n      ${to}`),
      { lenient: true },
    );
    expect(issues[0]).toContain(`8 warning spec.http[0].match[0].${issue}`);
    expect(documents.reviews?.routes?.[0]?.matches).toEqual([{ path: { type: 'Exact', value: '/b' } }]);
  });
});

describe('what is done with calls', () => {
  const rows = [
    {
      name: 'subsets by weight; of several destinations one without a weight gets nothing',
      http: `{ route: [{ destination: { host: reviews, subset: v1 }, weight: 90 }, { destination: { host: reviews, subset: v2 } }] }`,
      more: subsets,
      route: '{ backends: [{ version: v1, weight: 90 }, { version: v2, weight: 0 }], retry: { attempts: 2 } }',
    },
    {
      name: 'a prefix is replaced as text',
      http: `{ match: [{ uri: { prefix: /a/ } }], rewrite: { uri: / }, ${to} }`,
      route: `{ matches: [{ path: { type: RegularExpression, value: /a/.* } }], filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplaceRegexMatch, replaceRegexMatch: { pattern: ^/a/, substitution: / } } } }], ${backends} }`,
    },
    {
      name: 'an exact path is replaced whole',
      http: `{ match: [{ uri: { exact: /a } }], rewrite: { uri: /b, authority: in.com }, ${to} }`,
      route: `{ matches: [{ path: { type: Exact, value: /a } }], filters: [{ type: URLRewrite, urlRewrite: { hostname: in.com, path: { type: ReplaceFullPath, replaceFullPath: /b } } }], ${backends} }`,
    },
    {
      name: 'the host of a rewrite goes before one that headers set, of the route or of a destination',
      http: '{ rewrite: { authority: in.com }, headers: { request: { set: { Host: set.com } } }, route: [{ destination: { host: reviews }, headers: { request: { set: { host: its.com } } } }] }',
      route: `{ filters: [{ type: URLRewrite, urlRewrite: { hostname: in.com } }], ${backends} }`,
    },
    {
      name: 'a rewrite by an expression',
      http: `{ rewrite: { uriRegexRewrite: { match: "/v([0-9]+)/", rewrite: '/\\1/' } }, ${to} }`,
      route: `{ filters: [{ type: URLRewrite, urlRewrite: { path: { type: ReplaceRegexMatch, replaceRegexMatch: { pattern: "/v([0-9]+)/", substitution: '/\\1/' } } } }], ${backends} }`,
    },
    {
      name: 'a redirect',
      http: '{ redirect: { uri: /n, authority: "b.com:8443", redirectCode: 308 } }',
      route:
        '{ filters: [{ type: RequestRedirect, requestRedirect: { hostname: b.com, port: 8443, path: { type: ReplaceFullPath, replaceFullPath: /n }, statusCode: 308 } }] }',
    },
    {
      name: 'a redirect of a prefix',
      http: '{ match: [{ uri: { prefix: /o } }], redirect: { uri: "%PREFIX()%/n" } }',
      route:
        '{ matches: [{ path: { type: RegularExpression, value: /o.* } }], filters: [{ type: RequestRedirect, requestRedirect: { path: { type: ReplaceRegexMatch, replaceRegexMatch: { pattern: ^/o, substitution: /n } }, statusCode: 301 } }] }',
    },
    {
      name: 'a direct response of bytes',
      http: '{ directResponse: { status: 503, body: { bytes: aMOkbGxv } } }',
      route: '{ filters: [{ type: DirectResponse, directResponse: { status: 503, body: hällo } }] }',
    },
    {
      name: 'faults; without a percentage there are none',
      http: `{ fault: { delay: { fixedDelay: 1.5s }, abort: { grpcStatus: NOT_FOUND, percentage: { value: 0.5 } } }, ${to} }`,
      route: `{ filters: [{ type: FaultInjection, faultInjection: { delay: { duration: 1500ms, percent: 0 }, abort: { grpcStatus: 5, percent: 0.5 } } }], ${backends} }`,
    },
    {
      name: 'mirrors',
      http: `{ mirror: { host: audit }, mirrorPercentage: { value: 5 }, mirrors: [{ destination: { host: reviews } }], ${to} }`,
      route: `{ filters: [{ type: RequestMirror, requestMirror: { service: audit, percent: 5 } }, { type: RequestMirror, requestMirror: { version: reviews } }], ${backends} }`,
    },
    {
      name: 'CORS',
      http: `{ corsPolicy: { allowOrigins: [{ regex: ".*a" }, { exact: b.com }], maxAge: 1m, allowCredentials: true }, ${to} }`,
      route: `{ filters: [{ type: CORS, cors: { allowOrigins: [{ type: RegularExpression, value: .*a }, { type: Exact, value: b.com }], allowCredentials: true, maxAge: 60 } }], ${backends} }`,
    },
    {
      name: 'headers; a host that is set is what the backend sees',
      http: `{ headers: { request: { set: { Host: in.com, a: "100%%" }, remove: [b] }, response: { add: { c: d } } }, ${to} }`,
      route: `{ filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: a, value: 100% }], remove: [b] } }, { type: ResponseHeaderModifier, responseHeaderModifier: { add: [{ name: c, value: d }] } }, { type: URLRewrite, urlRewrite: { hostname: in.com } }], ${backends} }`,
    },
    {
      name: 'times; a try has no more than the call',
      http: `{ timeout: 1s, retries: { attempts: 3, perTryTimeout: 2s, retryOn: "gateway-error,409", backoff: 5ms }, ${to} }`,
      route:
        '{ backends: [{ version: reviews }], timeouts: { request: 1s, backendRequest: 1s }, retry: { attempts: 3, codes: [409, 502, 503, 504], backoff: 5ms, budget: { percent: 100, burst: 1000 }, bodyLimit: 1MiB, methods: [POST, PATCH] } }',
    },
    {
      name: 'no retries',
      http: `{ retries: { attempts: 0 }, ${to} }`,
      route: '{ backends: [{ version: reviews }], retry: { attempts: 0 } }',
    },
  ];
  test.each(rows)('$name', ({ http, more = '', route }) => {
    const { documents, issues } = imported(virtualService(`    - ${http}\n`, more));
    expect(issues).toEqual([]);
    const [first, ...others] = documents.reviews?.routes ?? [];
    expect(first).toEqual({ name: 'reviews', ...(parse(route) as object) });
    expect(others).toEqual([]);
  });

  test.each([
    {
      name: 'a variable of Envoy',
      http: `{ headers: { request: { set: { a: "%DOWNSTREAM_REMOTE_ADDRESS%" } } }, ${to} }`,
      issue: 'headers.request.set.a: the mesh has no counterpart of the variable %DOWNSTREAM_REMOTE_ADDRESS%',
    },
    {
      name: 'a condition for retries that nobody knows',
      http: `{ retries: { retryOn: "5xx,moon" }, ${to} }`,
      issue: 'retries.retryOn: the mesh does not know the condition "moon"',
    },
    {
      name: 'a subset that nobody declares',
      http: '{ route: [{ destination: { host: reviews, subset: v9 } }] }',
      issue: 'route[0].destination.subset: no DestinationRule of the input declares the subset "v9" of reviews',
    },
    {
      name: 'destinations without any weight',
      http: '{ route: [{ destination: { host: reviews } }, { destination: { host: a } }] }',
      issue: 'route: the value is',
    },
    { name: 'two kinds of answers', http: `{ redirect: { uri: /a }, ${to} }`, issue: ': the value is' },
    { name: 'a field that nobody knows', http: `{ timout: 1s, ${to} }`, issue: 'timout: unknown field "timout"' },
    {
      name: 'a query in a redirect',
      http: '{ redirect: { uri: "/a?b" } }',
      issue: 'redirect.uri: a redirect keeps the query of the call',
    },
  ])('$name is an error', ({ http, issue }) => {
    const { issues } = imported(virtualService(`    - ${http}\n`));
    expect(issues[0]).toContain(`7 error spec.http[0]${issue.startsWith(':') ? '' : '.'}${issue}`);
  });

  test('a metric prefix is named, and lost', () => {
    const { issues } = imported(virtualService(`    - { match: [{ statPrefix: a }], ${to} }`));
    expect(issues).toEqual(['7 warning spec.http[0].match[0].statPrefix: metrics go by the names of routes']);
  });
});
