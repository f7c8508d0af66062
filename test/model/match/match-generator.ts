/** Documents and calls for the law of matching, from small alphabets, so that most conditions hold for some call. */
import type { CallFacts } from '../../../src/model/call-facts.ts';
import type { ServiceDocument } from '../../../src/model/schema/service.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import type { DocumentListener, DocumentMatch, DocumentRoute, DocumentValue } from './naive-match.ts';

export interface Sizes {
  readonly documents: number;
  /** Least and most routes of a document. */
  readonly routes: readonly [number, number];
  /** How many different texts of each kind there are. */
  readonly width: number;
}

export interface Generated {
  readonly document: ServiceDocument;
  readonly call: () => CallFacts;
}

export function generator(seed: number, { routes, width }: Sizes): Generated {
  const random = seededRandom(seed * 31 + width);
  const below = (count: number): number => Math.floor(random() * count);
  const chance = (share: number): boolean => random() < share;
  const one = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const some = <T>(list: readonly T[], most: number): T[] => {
    const left = [...list];
    return Array.from(
      { length: 1 + below(Math.min(most, left.length)) },
      () => left.splice(below(left.length), 1)[0] as T,
    );
  };
  const numbered = (start: string): string => `${start}${below(width)}`;

  const hosts = [
    'a.test',
    'x.a.test',
    'y.x.a.test',
    'b.test',
    ...Array.from({ length: width }, (_, at) => `h${at}.c.test`),
  ];
  const patterns = [
    ...hosts.filter((host) => host !== 'b.test'),
    'B.Test',
    '*.a.test',
    '*.x.a.test',
    '*.test',
    '*.C.test',
  ];
  const segment = (): string => one(['a', 'b', 'ab', 'A', 'a%2Fb', numbered('s')]);
  const path = (most: number): string => {
    const segments = Array.from({ length: below(most + 1) }, segment);
    return `/${segments.join('/')}${segments.length > 0 && chance(0.15) ? '/' : ''}`;
  };
  const pathExpressions = ['/a/.*', '/(a|b)/[a-z0-9]+', '/s[0-9]*', '/a', '.*b', '/a/b/?', '/s1/a.*'];
  const textExpressions = ['v[0-9]', '(v|w).*', '.*', 'v1', '', 'v1?.*'];
  const text = (): string => one([numbered('v'), numbered('v'), 'w', '', 'v1, v2']);

  const value = (name: string): DocumentValue => {
    const type = one([
      'Exact',
      'Exact',
      'Exact',
      undefined,
      'Prefix',
      'RegularExpression',
      'Present',
      'Absent',
    ] as const);
    const compared =
      type === 'RegularExpression' ? one(textExpressions) : type === 'Prefix' ? one(['v', 'v1', 'w', '']) : text();
    return {
      name,
      ...(type === undefined ? {} : { type }),
      ...(type === 'Present' || type === 'Absent' ? {} : { value: compared }),
      ...(chance(0.15) ? { invert: true } : {}),
    };
  };
  const values = (names: readonly string[]): DocumentValue[] => some(names, 2).map(value);

  const principal = (): string =>
    one(['orders', 'cart', numbered('svc'), 'svc1*', 'declared', '*', 'spiffe://other/svc/cart']);
  const conditions: readonly (() => DocumentMatch)[] = [
    () => ({ path: { type: 'Exact', value: path(2) } }),
    () => ({ path: { type: 'Exact', value: `/a/${segment()}` } }),
    () => ({ path: { ...(chance(0.5) ? { type: 'PathPrefix' as const } : {}), value: path(3) } }),
    () => ({ path: { value: `/${segment()}/${segment()}` } }),
    () => ({ path: { type: 'RegularExpression', value: one(pathExpressions) } }),
    () => ({ method: one(['GET', 'POST', 'PUT']) }),
    () => ({ headers: values(['X-A', 'x-b']) }),
    () => ({ headers: [{ name: 'x-a', value: numbered('v') }] }),
    () => ({ queryParams: values(['q', 'r', 'a b']) }),
    () => ({ queryParams: [{ name: 'q', value: numbered('v') }] }),
    () => ({ cookies: values(['c', 'd']) }),
    () => ({ claims: values(['sub', 'realm.role', '[a.b][c]', 'list']) }),
    () => ({ host: { type: one(['Exact', 'Prefix'] as const), value: one(['a.test', 'X.a.test', 'b', 'h1']) } }),
    () => ({ host: { type: 'RegularExpression', value: one(['.*test', 'h[0-9]+[.]c.*', 'a.test']) } }),
    () => ({ scheme: one(['http', 'https'] as const) }),
    () => ({ ports: some([80, 443, 8080], 2) }),
    () => ({ rpc: one(['charge', 'refund*', '*', numbered('m')]) }),
    () => ({ from: { principals: some([principal()], 1) } }),
    () => ({ from: { principals: [numbered('svc'), numbered('svc')] } }),
    () => ({ from: { notPrincipals: [principal()] } }),
    () => ({ from: { versions: some(['v1', 'v2', 'v3'], 2) } }),
    () => ({ geo: { countries: some(['DE', 'US', 'FR'], 2) } }),
    () => ({ geo: { continents: ['EU'], colos: some(['TXL', 'FRA'], 2) } }),
  ];
  /** Of fields that speak of RPC and fetch in one match, only what goes together. */
  const match = (): DocumentMatch => {
    const parts = Array.from({ length: one([1, 1, 2, 2, 3]) }, () => one(conditions)());
    const whole: DocumentMatch = Object.assign({}, ...parts);
    const { path: _path, method: _method, queryParams: _query, cookies: _cookies, host: _host, ...others } = whole;
    const { scheme: _scheme, ports: _ports, geo: _geo, ...carried } = others;
    return whole.rpc === undefined ? whole : carried;
  };
  const listenerNames = ['l0', 'l1', 'l2', 'l3', 'l4'];
  const listeners = (): DocumentListener[] => {
    const seen = new Set<string>();
    return listenerNames.flatMap((name) => {
      const port = one([undefined, 80, 443, 8080]);
      const protocol = one([undefined, 'HTTP', 'HTTPS'] as const);
      const hostname = one([undefined, ...patterns.slice(0, 8), '*.test']);
      const key = `${port} ${protocol} ${hostname}`;
      if (seen.has(key)) return [];
      seen.add(key);
      return [
        {
          name,
          ...(port === undefined ? {} : { port }),
          ...(protocol === undefined ? {} : { protocol }),
          ...(hostname === undefined ? {} : { hostname }),
          ...(chance(0.2) ? { httpsRedirect: true } : {}),
        },
      ];
    });
  };
  const declaredListeners = chance(0.5) ? listeners() : [];
  const route = (_: unknown, index: number): DocumentRoute => ({
    name: `r${index}`,
    ...(chance(0.4) ? { hostnames: some(patterns, 3) } : {}),
    ...(declaredListeners.length > 0 && chance(0.5)
      ? { listeners: some(declaredListeners, 3).map(({ name }) => name) }
      : {}),
    matches: Array.from({ length: 1 + below(3) }, match),
    backends: [{ version: 'v1' }],
  });
  const document: ServiceDocument = {
    service: 'x',
    versions: { v1: { worker: 'x' } },
    public: {
      hosts: ['a.test'],
      ...(declaredListeners.length > 0 ? { listeners: declaredListeners } : {}),
      ...(chance(0.1) ? { httpsRedirect: true } : {}),
    },
    routes: Array.from({ length: routes[0] + below(routes[1] - routes[0] + 1) }, route),
  };
  if (chance(0.2)) document.routes?.push({ name: 'rest', backends: [{ version: 'v1' }] });

  const home = 'spiffe://mesh.local/svc/';
  const call = (): CallFacts => {
    const kind = chance(0.85) ? 'fetch' : 'rpc';
    const door = kind === 'fetch' && chance(0.6) ? 'public' : 'mesh';
    const fetch = kind === 'fetch';
    const host = fetch ? one([...hosts, 'q.x.a.test', 'test']) : '';
    const called = fetch ? path(4) : '';
    const query =
      fetch && chance(0.5) ? one([`q=${text()}`, `r=v1&q=${text()}&q=v0`, 'a+b=v1', 'q', 'q=v%31&r=', '&&q=w&']) : '';
    const headers: Record<string, string> = {
      ...(chance(0.6) ? { 'x-a': text() } : {}),
      ...(chance(0.5) ? { 'x-b': text() } : {}),
      ...(fetch && chance(0.5)
        ? { cookie: one([`c=${numbered('v')}`, `d=v1; c=${numbered('v')}; c=v0`, ' c = w ;d', 'c="v1"; d=']) }
        : {}),
    };
    const authority = `${one(['http', 'https'])}://${host}${one(['', '', ':8080', ':80'])}`;
    const caller = door === 'mesh' ? one(['orders', 'cart', numbered('svc')]) : '';
    return {
      kind,
      door,
      method: fetch ? one(['GET', 'POST', 'PUT', 'HEAD']) : one(['charge', 'refundAll', numbered('m'), 'GET']),
      host,
      path: called,
      query,
      url: fetch ? `${authority}${called}${query === '' ? '' : `?${query}`}` : '',
      header: (name) => headers[name] ?? null,
      principal: door === 'mesh' ? home + caller : one([null, null, 'spiffe://other/svc/cart', `${home}cart`]),
      claims:
        door === 'public' && chance(0.5)
          ? one<Record<string, unknown>>([
              { sub: numbered('v'), realm: { role: 'v1' } },
              { 'a.b': { c: text() }, list: ['w', numbered('v'), 1] },
              { sub: 1, realm: { role: ['v1', 'w'] }, list: [] },
              { sub: { nested: 'v1' }, realm: 'v1', list: null },
            ])
          : null,
      requestPrincipal: null,
      peerAddress: () => '',
      address: () => '',
      geo: () => place,
      journey: one(['', 'orders:v1', 'cart:v2,orders:v3', 'orders:v1,cart:v1,orders:v2']),
      caller,
    };
  };
  const place = { continent: 'EU', country: 'DE', colo: 'TXL' };
  const places = [
    null,
    place,
    { continent: 'EU', country: 'FR', colo: 'CDG' },
    { continent: 'NA', country: 'US', colo: '' },
  ];
  return {
    document,
    call: () => {
      const facts = call();
      const where = facts.door === 'public' ? one(places) : null;
      return { ...facts, geo: () => where };
    },
  };
}
