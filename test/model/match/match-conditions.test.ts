import { describe, expect, test } from 'vitest';
import type { CallFacts } from '../../../src/model/call-facts.ts';
import { compileMesh, compileService } from '../../../src/model/compile/compile.ts';
import { parseDocument } from '../../../src/model/reading/parse.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';

type Asked = Partial<CallFacts> & { readonly headers?: Readonly<Record<string, string>> };

function call({ headers = {}, ...facts }: Asked = {}): CallFacts {
  return {
    kind: 'fetch',
    door: 'mesh',
    method: 'GET',
    host: 'shop.test',
    path: '/',
    query: '',
    url: 'https://shop.test/',
    principal: null,
    claims: null,
    requestPrincipal: null,
    peerAddress: () => '',
    address: () => '',
    geo: () => null,
    journey: '',
    header: (name) => headers[name] ?? null,
    ...facts,
  };
}

const rpc: Asked = { kind: 'rpc', method: 'charge', host: '', url: '' };

function compiled(text: string): Snapshot {
  const start = 'service: shop\nversions: { v1: { worker: shop } }\n';
  const parsed = parseDocument(`${start}${text}`, { format: 'yaml' });
  if (!parsed.ok || parsed.document.kind !== 'service') throw new Error(JSON.stringify(parsed));
  return compileService(parsed.document.service, compileMesh(undefined, ''), { revision: '', declared: ['orders'] });
}

const home = 'spiffe://mesh.local/svc/';
const berlin = { geo: () => ({ continent: 'EU', country: 'DE', colo: 'TXL' }) };

describe('a condition', () => {
  test.each<{ name: string; match: string; yes: readonly Asked[]; no: readonly Asked[] }>([
    {
      name: 'Prefix is of the text, not of segments or words',
      match: 'headers: [{ type: Prefix, name: x, value: ab }]',
      yes: [{ headers: { x: 'ab' } }, { headers: { x: 'abc' } }],
      no: [{}, { headers: { x: 'a' } }, { headers: { x: 'cab' } }, { headers: { x: 'AB' } }],
    },
    {
      name: 'repeated header lines are one value, joined by a comma and a space',
      match: 'headers: [{ name: x, value: "a, b" }]',
      yes: [{ headers: { x: 'a, b' } }],
      no: [{ headers: { x: 'a' } }, { headers: { x: 'a,b' } }, { headers: { x: 'b, a' } }],
    },
    {
      name: 'Present also of an empty value',
      match: 'headers: [{ type: Present, name: x }]',
      yes: [{ headers: { x: '' } }, { ...rpc, headers: { x: '1' } }],
      no: [{}, rpc],
    },
    {
      name: 'Absent',
      match: 'headers: [{ type: Absent, name: X }]',
      yes: [{}, rpc],
      no: [{ headers: { x: '' } }],
    },
    {
      name: 'Present, inverted, is Absent',
      match: 'headers: [{ type: Present, name: x, invert: true }]',
      yes: [{}],
      no: [{ headers: { x: '' } }],
    },
    {
      name: 'Absent, inverted, is Present',
      match: 'headers: [{ type: Absent, name: x, invert: true }]',
      yes: [{ headers: { x: '' } }],
      no: [{}],
    },
    {
      name: 'an empty value is a value',
      match: 'headers: [{ name: x, value: "" }]',
      yes: [{ headers: { x: '' } }],
      no: [{}, { headers: { x: ' ' } }],
    },
    {
      name: 'inverted, it holds for an absent value',
      match: 'headers: [{ name: x, value: a, invert: true }]',
      yes: [{}, { headers: { x: 'b' } }, { headers: { x: 'a, a' } }],
      no: [{ headers: { x: 'a' } }],
    },
    {
      name: 'an inverted expression, even one for every text, holds for an absent value',
      match: 'headers: [{ type: RegularExpression, name: x, value: ".*", invert: true }]',
      yes: [{}],
      no: [{ headers: { x: '' } }, { headers: { x: 'a' } }],
    },
    {
      name: 'a value with an exception asks twice about one name',
      match: 'headers: [{ type: Prefix, name: x, value: a }, { name: X, value: ab, invert: true }]',
      yes: [{ headers: { x: 'ac' } }],
      no: [{ headers: { x: 'ab' } }, {}],
    },
    {
      name: 'query parameters: absent ones, of a fetch only',
      match: 'queryParams: [{ type: Absent, name: q }]',
      yes: [{}, { query: 'p=q' }],
      no: [{ query: 'q' }, rpc],
    },
    {
      name: 'an inverted query parameter is of a fetch too',
      match: 'queryParams: [{ name: q, value: "1", invert: true }]',
      yes: [{}, { query: 'q=2&q=1' }],
      no: [{ query: 'q=1&q=2' }, rpc],
    },
    {
      name: 'query parameters are compared decoded',
      match: 'queryParams: [{ name: "a&b", value: "c/d e" }]',
      yes: [{ query: 'a%26b=c%2Fd+e' }],
      no: [{ query: 'a&b=c/d e' }],
    },
    {
      name: 'cookies, the first of a name, names and values as they are',
      match: 'cookies: [{ name: theme, value: dark }]',
      yes: [{ headers: { cookie: 'a=b; theme=dark; theme=light' } }],
      no: [
        {},
        { headers: { cookie: 'theme=light; theme=dark' } },
        { headers: { cookie: 'Theme=dark' } },
        { headers: { cookie: 'theme="dark"' } },
        { ...rpc, headers: { cookie: 'theme=dark' } },
      ],
    },
    {
      name: 'an absent cookie is one of a fetch',
      match: 'cookies: [{ type: Absent, name: theme }]',
      yes: [{}, { headers: { cookie: 'xtheme=1' } }],
      no: [{ headers: { cookie: 'theme=' } }, rpc],
    },
    {
      name: 'a claim, nested',
      match: 'claims: [{ name: realm.role, value: admin }]',
      yes: [{ claims: { realm: { role: 'admin' } } }, { claims: { realm: { role: ['user', 'admin'] } } }],
      no: [{}, { claims: { 'realm.role': 'admin' } }, { claims: { realm: 'admin' } }, { claims: {} }],
    },
    {
      name: 'numbers and booleans are compared as text',
      match: 'claims: [{ name: level, value: "3" }, { name: staff, value: "true" }]',
      yes: [{ claims: { level: 3, staff: true } }, { claims: { level: ['2', 3], staff: 'true' } }],
      no: [{ claims: { level: 3.5, staff: true } }, { claims: { level: 3, staff: 1 } }],
    },
    {
      name: 'of an inverted claim no item may fit',
      match: 'claims: [{ name: "[a.b]", value: x, invert: true }]',
      yes: [{}, { claims: { 'a.b': ['y'] } }, { claims: { a: { b: 'x' } } }],
      no: [{ claims: { 'a.b': ['y', 'x'] } }],
    },
    {
      name: 'a claim is present whatever it is, unless it is null',
      match: 'claims: [{ type: Present, name: sub }]',
      yes: [{ claims: { sub: [] } }, { claims: { sub: {} } }, { claims: { sub: '' } }],
      no: [{ claims: { sub: null } }, {}],
    },
    {
      name: 'a header is never a claim',
      match: 'claims: [{ name: sub, value: x }]',
      yes: [{ claims: { sub: 'x' } }],
      no: [{ headers: { sub: 'x' } }],
    },
    {
      name: 'a host, without regard to its case in the document',
      match: 'host: { value: Shop.Test }',
      yes: [{}],
      no: [{ host: 'a.shop.test' }, { ...rpc, host: 'shop.test' }],
    },
    {
      name: 'a host by its beginning, or by expression',
      match: 'host: { type: RegularExpression, value: "(a|b)[.]test" }',
      yes: [{ host: 'b.test' }],
      no: [{ host: 'c.test' }, { host: 'aXtest' }],
    },
    {
      name: 'a scheme is of a fetch',
      match: 'scheme: http',
      yes: [{ url: 'http://shop.test/' }],
      no: [{}, rpc],
    },
    {
      name: "ports: the URL's, or the usual one of its scheme",
      match: 'ports: [443, 8080]',
      yes: [{}, { url: 'http://shop.test:8080/' }],
      no: [{ url: 'http://shop.test/' }, { url: 'https://shop.test:8443/' }, rpc],
    },
    {
      name: 'principals',
      match: 'from: { principals: [declared, "job-*"] }',
      yes: [{ principal: `${home}orders` }, { ...rpc, principal: `${home}job-1` }],
      no: [{}, { principal: `${home}cart` }, { principal: 'spiffe://other/svc/orders' }],
    },
    {
      name: 'without some principals; anonymous callers are others',
      match: 'from: { notPrincipals: [orders] }',
      yes: [{}, { principal: `${home}cart` }],
      no: [{ principal: `${home}orders` }],
    },
    {
      name: 'the version of the caller is the last that was chosen for it',
      match: 'from: { versions: [v2] }',
      yes: [{ caller: 'orders', journey: 'orders:v1,cart:v1,orders:v2' }],
      no: [
        { caller: 'orders', journey: 'orders:v2,orders:v1' },
        { caller: 'cart', journey: 'orders:v2' },
        { caller: '', journey: ':v2' },
        { journey: 'orders:v2' },
      ],
    },
    {
      name: 'a place: each kind that is named must fit',
      match: 'geo: { continents: [EU], countries: [FR, DE] }',
      yes: [berlin],
      no: [
        {},
        { geo: () => ({ continent: 'EU', country: 'PL', colo: 'WAW' }) },
        { geo: () => ({ continent: '', country: 'DE', colo: '' }) },
      ],
    },
    {
      name: 'paths are compared as they are escaped',
      match: 'path: { type: Exact, value: /a%2Fb }',
      yes: [{ path: '/a%2Fb' }],
      no: [{ path: '/a/b' }, { path: '/a%2fb' }],
    },
    {
      name: 'an expression that is but a text is that text',
      match: 'path: { type: RegularExpression, value: "/a[.]b" }',
      yes: [{ path: '/a.b' }],
      no: [{ path: '/axb' }],
    },
    {
      name: 'an expression ends where its text does, not at a segment',
      match: 'path: { type: RegularExpression, value: "/api/v[12].*" }',
      yes: [{ path: '/api/v1' }, { path: '/api/v2x/y' }],
      no: [{ path: '/api/' }, { path: '/api/v3' }],
    },
  ])('$name', ({ match, yes, no }) => {
    const route = `{ name: r, matches: [{ ${match} }], backends: [{ version: v1 }] }`;
    // Alone, and among so many others that it stands in an index.
    const others = Array.from(
      { length: 12 },
      (_, index) =>
        `{ name: o${index}, matches: [{ path: { value: /o${index} }, headers: [{ name: o, value: "${index}" }] }, { rpc: o${index} }], backends: [] }`,
    );
    for (const { findRoute } of [
      compiled(`routes: [${route}]`),
      compiled(`routes: [${[...others, route].join(', ')}]`),
    ]) {
      for (const facts of yes) expect([facts, findRoute(call(facts))?.route.name]).toEqual([facts, 'r']);
      for (const facts of no) expect([facts, findRoute(call(facts))]).toEqual([facts, undefined]);
    }
  });
});

describe('order', () => {
  const one = (name: string, rest: string): string => `{ name: ${name}, ${rest}, backends: [{ version: v1 }] }`;
  const many = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => one(`h${index}`, `hostnames: [h${index}.test]`));

  test.each([0, 50])('as written, however specific a later host is; with %i routes more', (count) => {
    const wide = one('wide', 'hostnames: ["*.shop.test"]');
    const narrow = one('narrow', 'hostnames: [a.shop.test]');
    const first = compiled(`routes: [${[wide, ...many(count), narrow].join(', ')}]`);
    const last = compiled(`routes: [${[narrow, ...many(count), wide].join(', ')}]`);
    const facts = call({ host: 'a.shop.test' });
    expect([first.findRoute(facts)?.route.name, last.findRoute(facts)?.route.name]).toEqual(['wide', 'narrow']);
  });

  test('a match without conditions ends the list wherever an index stands', () => {
    const { findRoute } = compiled(
      `routes: [${[...many(20), one('all', 'matches: [{ method: PUT }, {}]'), one('late', 'hostnames: [h3.test]')].join(', ')}]`,
    );
    expect(findRoute(call({ host: 'h3.test' }))?.route.name).toBe('h3');
    expect(findRoute(call({ host: 'x.test' }))).toMatchObject({ route: { name: 'all' }, match: 1 });
    expect(findRoute(call({ host: 'x.test', method: 'PUT' }))).toMatchObject({ route: { name: 'all' }, match: 0 });
  });

  test('10,000 routes by one header read it once', () => {
    const document = {
      service: 'shop',
      versions: { v1: { worker: 'shop' } },
      routes: Array.from({ length: 10_000 }, (_, index) => ({
        name: `r${index}`,
        matches: [{ headers: [{ name: 'x-tenant', value: `t${index}` }] }],
        backends: [],
      })),
    };
    const { findRoute } = compileService(document, compileMesh(undefined, ''), { revision: '', declared: [] });
    const asked: string[] = [];
    const header = (name: string): string => {
      asked.push(name);
      return 't9999';
    };
    expect(findRoute({ ...call(), header })?.route.name).toBe('r9999');
    expect(asked).toEqual(['x-tenant']);
  });

  test('a path of very many segments costs a walk along the prefixes, not along the path', () => {
    const { findRoute } = compiled(
      `routes: [${Array.from({ length: 20 }, (_, index) => one(`p${index}`, `matches: [{ path: { value: /a/p${index} } }]`)).join(', ')}]`,
    );
    expect(findRoute(call({ path: `/a/p7${'/x'.repeat(50_000)}` }))).toMatchObject({
      route: { name: 'p7' },
      prefix: '/a/p7',
    });
    expect(findRoute(call({ path: '/a'.repeat(50_000) }))).toBeUndefined();
  });

  test('long lists of texts in several conditions of each match do not multiply', () => {
    const names = (start: string, count: number, less: number) =>
      JSON.stringify(Array.from({ length: count }, (_, at) => `${start}${at}`).filter((_, at) => at % 7 !== less % 7));
    const route = (_: unknown, at: number) =>
      one(
        `r${at}`,
        `hostnames: ${names('h', 16, at)}, matches: [{ from: { principals: ${names('p', 60, at + 1)}, versions: ${names('v', 60, at + 2)} }, geo: { countries: ${JSON.stringify(countries.filter((_, place) => place % 5 !== at % 5))} } }]`,
      );
    const letters = [...'ABCDEFGHIJ'];
    const countries = letters.flatMap((first) => letters.map((second) => first + second));
    const startedMs = performance.now();
    const { findRoute } = compiled(`routes: [${Array.from({ length: 40 }, route).join(', ')}]`);
    // Without a bound this document, of 70 kB, has some hundred million entries.
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    const facts = { host: 'h3', principal: `${home}p8`, caller: 'x', journey: 'x:v9' };
    expect(findRoute(call({ ...facts, geo: () => ({ continent: '', country: 'AA', colo: '' }) }))?.route.name).toBe(
      'r1',
    );
  });
});

describe('listeners', () => {
  const section = `public:
  listeners:
    - { name: any, port: 80 }
    - { name: wide, hostname: "*.example.com", port: 80 }
    - { name: wider, hostname: "*.com", port: 80 }
    - { name: narrow, hostname: "*.foo.example.com", port: 80 }
    - { name: exact, hostname: Abc.foo.example.com, port: 80, protocol: HTTP }
    - { name: other, hostname: abc.foo.example.com, port: 8080 }
    - { name: secure, hostname: secure.test, protocol: HTTPS }
    - { name: plain, hostname: secure.test, protocol: HTTP, httpsRedirect: true }
`;
  const names = ['any', 'wide', 'wider', 'narrow', 'exact', 'other', 'secure'];
  const routes = names
    .map((name) => `  - { name: to-${name}, listeners: [${name}], backends: [{ version: v1 }] }\n`)
    .join('');
  const { findRoute } = compiled(`${section}routes:\n${routes}`);
  const ask = (url: string, more: Asked = {}): string | undefined => {
    const { hostname } = new URL(url);
    return findRoute(call({ door: 'public', url, host: hostname, ...more }))?.route.name;
  };

  test.each([
    ['the exact host', 'http://abc.foo.example.com/', 'to-exact'],
    ['the longer wildcard', 'http://x.foo.example.com/', 'to-narrow'],
    ['the shorter one', 'http://foo.example.com/', 'to-wide'],
    ['the shortest', 'http://example.com/', 'to-wider'],
    ['any host', 'http://elsewhere.test/', 'to-any'],
    ['only ports that fit', 'http://abc.foo.example.com:8080/', 'to-other'],
    ['no listener, no route', 'http://elsewhere.test:8080/', undefined],
    ['the protocol', 'https://secure.test/', 'to-secure'],
    ['the protocol, on any port', 'https://secure.test:8443/', 'to-secure'],
    ['the redirect of one listener', 'http://secure.test:8081/', 'https-redirect'],
    ['a listener that names a port before one that names a protocol', 'http://secure.test/', 'https-redirect'],
  ])('%s', (_, url, expected) => {
    expect(ask(url)).toBe(expected);
  });

  test('calls inside the mesh go by the routes, whatever their listeners', () => {
    expect(ask('http://elsewhere.test:8080/', { door: 'mesh' })).toBe('to-any');
    expect(findRoute(call({ ...rpc }))?.route.name).toBe('to-any');
    expect(ask('http://secure.test:8081/', { door: 'mesh' })).toBe('to-any');
  });

  test('a redirect of the whole service is for calls over http from outside', () => {
    const whole = compiled(
      'public: { hosts: [a.test], httpsRedirect: true }\nroutes: [{ name: r, backends: [{ version: v1 }] }]',
    );
    const found = (facts: Asked) => whole.findRoute(call(facts))?.route.name;
    expect(found({ door: 'public', url: 'http://a.test/' })).toBe('https-redirect');
    expect(found({ door: 'public', url: 'https://a.test/' })).toBe('r');
    expect(found({ door: 'mesh', url: 'http://a.test/' })).toBe('r');
    expect(whole.findRoute(call({ door: 'public', url: 'http://a.test/' }))?.route.redirect).toEqual({
      scheme: 'https',
      statusCode: 301,
    });
  });
});

describe('matches that are malformed', () => {
  const at = (text: string): readonly string[] => {
    const start = 'service: shop\nversions: { v1: { worker: shop } }\n';
    const parsed = parseDocument(`${start}${text}`, { format: 'yaml' });
    return parsed.ok ? [] : parsed.issues.map(({ code, path }) => `${code} ${path}`);
  };
  const routes = (match: string): string => `routes: [{ name: r, matches: [{ ${match} }], backends: [] }]`;
  test.each<[match: string, found: readonly string[]]>([
    ['rpc: charge, cookies: [{ name: a, value: b }]', ['SV0008 routes[0].matches[0].rpc']],
    ['rpc: charge, ports: [80]', ['SV0008 routes[0].matches[0].rpc']],
    ['host: { value: "a.test:80" }', ['SV0007 routes[0].matches[0].host.value']],
    ['host: { value: "*.a.test" }', ['SV0007 routes[0].matches[0].host.value']],
    ['host: { type: RegularExpression, value: "(" }', ['SV0011 routes[0].matches[0].host.value']],
    ['claims: [{ name: "a..b", value: c }]', ['SV0007 routes[0].matches[0].claims[0].name']],
    ['claims: [{ type: RegularExpression, name: a, value: "[" }]', ['SV0011 routes[0].matches[0].claims[0].value']],
    ['claims: [{ name: g, value: a }, { name: g, value: b }]', []],
    ['cookies: [{ name: "a=b", value: c }]', ['SV0007 routes[0].matches[0].cookies[0].name']],
    ['cookies: [{ name: a, value: c }, { name: a, value: d }]', ['SV0010 routes[0].matches[0].cookies[1].name']],
    ['headers: [{ name: a, value: c }, { name: A, value: d, invert: true }]', []],
    ['headers: [{ name: a, value: c }, { name: A, value: d }]', ['SV0010 routes[0].matches[0].headers[1].name']],
  ])('%s', (match, found) => {
    expect(at(routes(match))).toEqual(found);
  });

  test('listeners: undeclared ones, and two that are alike', () => {
    expect(at('routes: [{ name: r, listeners: [web], backends: [] }]')).toEqual(['SV0014 routes[0].listeners[0]']);
    const listeners = '{ name: a, port: 80 }, { name: b, hostname: X.test }, { name: b, hostname: x.Test }';
    expect(at(`public: { listeners: [${listeners}] }\nroutes: [{ name: r, listeners: [a, c], backends: [] }]`)).toEqual(
      ['SV0010 public.listeners[2]', 'SV0010 public.listeners[2].name', 'SV0014 routes[0].listeners[1]'],
    );
  });

  test('a listener that is refused is declared all the same', () => {
    expect(
      at('public: { listeners: [{ name: a, port: 0 }] }\nroutes: [{ name: r, listeners: [a], backends: [] }]'),
    ).toEqual(['SV0007 public.listeners[0].port']);
  });
});
