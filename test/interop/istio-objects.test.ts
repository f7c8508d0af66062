/** Istio's other objects: gateways and what is bound to them, delegates, rules of destinations, and hosts outside of the mesh. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { imported } from './imported.ts';

const object = (kind: string, name: string, spec: string, more = ''): string =>
  `---\napiVersion: networking.istio.io/v1\nkind: ${kind}\nmetadata: { name: ${name}${more} }\nspec: ${spec}\n`;
const gateway = (servers: string): string => object('Gateway', 'web', `{ selector: { a: b }, servers: ${servers} }`);
const http = '[{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }]';
const virtual = (name: string, hosts: string, routes: string, more = ''): string =>
  object('VirtualService', name, `{ hosts: ${hosts}, gateways: [web], http: ${routes} }`, more);
const to = (host: string): string => `route: [{ destination: { host: ${host} } }]`;
const answered = (host: string): string => `backends: [{ service: ${host} }], retry: { attempts: 2 }`;
const routesOf = (text: string) => parse(text) as unknown;

describe('servers of a gateway are listeners', () => {
  test('one for each host, with certificates left to the platform', () => {
    const { documents, issues } = imported(
      gateway(
        '[{ port: { number: 80, name: http, protocol: HTTP2 }, hosts: [a.com, "./b.com"], tls: { httpsRedirect: true } }, { port: { number: 443, name: tls, protocol: HTTPS }, hosts: ["*/*.a.com"], tls: { mode: SIMPLE, credentialName: c } }]',
      ),
    );
    expect(documents.web?.public).toEqual({
      listeners: [
        { name: 'http', hostname: 'a.com', protocol: 'HTTP', httpsRedirect: true },
        { name: 'http.2', hostname: 'b.com', protocol: 'HTTP', httpsRedirect: true },
        { name: 'tls', hostname: '*.a.com', protocol: 'HTTPS' },
      ],
    });
    expect(issues.map((issue) => issue.split(':')[0])).toEqual([
      '5 warning spec.servers[1].tls.mode',
      '5 warning spec.servers[1].tls.credentialName',
    ]);
  });

  test.each([
    {
      name: 'TLS that passes through',
      servers: '[{ port: { number: 443, protocol: HTTPS }, hosts: ["*"], tls: { mode: PASSTHROUGH } }]',
      issue: '5 error spec.servers[0].tls.mode: TLS of a Worker ends at Cloudflare, and not in mode PASSTHROUGH',
    },
    {
      name: 'TCP',
      servers: '[{ port: { number: 443, protocol: TCP }, hosts: ["*"] }]',
      issue: '5 error spec.servers[0].port.protocol: a Worker is called by HTTP and HTTPS, and not by TCP',
    },
    {
      name: 'an address',
      servers: '[{ bind: 1.1.1.1, port: { number: 80, protocol: HTTP }, hosts: ["*"] }]',
      issue: '5 error spec.servers[0].bind: a Worker is bound to its routes and domains',
    },
  ])('$name is an error', ({ servers, issue }) => {
    expect(imported(gateway(servers)).issues).toContain(issue);
  });
});

describe('VirtualServices of a gateway', () => {
  const rows: { name: string; text: string; routes: string; issues?: string[] }[] = [
    {
      name: 'none: every call gets a 404',
      text: '',
      routes: '[{ name: no-route, filters: [{ type: DirectResponse, directResponse: { status: 404 } }] }]',
    },
    {
      name: 'a host hides the wildcard that covers it, also where none of its routes fits',
      text:
        virtual('wide', '["*.a.com"]', `[{ ${to('wide')} }]`) +
        virtual('narrow', '[x.a.com]', `[{ match: [{ uri: { exact: /n } }], ${to('narrow')} }]`),
      routes: `[{ name: narrow, hostnames: [x.a.com], matches: [{ path: { type: Exact, value: /n } }], ${answered('narrow')} }, { name: no-route.x.a.com, hostnames: [x.a.com], filters: [{ type: DirectResponse, directResponse: { status: 404 } }] }, { name: wide, hostnames: ["*.a.com"], ${answered('wide')} }]`,
    },
    {
      name: 'of one host: the older first, and a route for every call last',
      text:
        virtual('a', '[x.com]', `[{ ${to('a')} }]`, ', creationTimestamp: "2026-01-01T00:00:00Z"') +
        virtual(
          'b',
          '[x.com]',
          `[{ match: [{ uri: { exact: /b } }], ${to('b')} }]`,
          ', creationTimestamp: "2026-02-01T00:00:00Z"',
        ),
      routes: `[{ name: b, hostnames: [x.com], matches: [{ path: { type: Exact, value: /b } }], ${answered('b')} }, { name: a, hostnames: [x.com], ${answered('a')} }]`,
    },
    {
      name: 'two routes for every call of one host are a conflict',
      text: virtual('b', '[x.com]', `[{ ${to('b')} }]`) + virtual('a', '[x.com]', `[{ ${to('a')} }]`),
      routes: `[{ name: a, hostnames: [x.com], ${answered('a')} }, { name: b, hostnames: [x.com], ${answered('b')} }]`,
      issues: [
        '10 error spec.http[0]: VirtualService default/a has a route for all calls of the same host, which comes first',
      ],
    },
    {
      name: 'a host for which there is no server',
      text: virtual(
        'a',
        '["*"]',
        `[{ match: [{ gateways: [mesh], uri: { exact: /m } }, { gateways: [web], uri: { exact: /w } }], ${to('a')} }]`,
      ),
      routes: `[{ name: a, matches: [{ path: { type: Exact, value: /w } }], ${answered('a')} }]`,
    },
    {
      name: 'a subset of another service is chosen by that service, for this gateway',
      text:
        object('DestinationRule', 'r', '{ host: r, subsets: [{ name: v1, labels: { version: v1 } }] }') +
        virtual(
          'a',
          '["*"]',
          '[{ match: [{ uri: { exact: /s } }], route: [{ destination: { host: r, subset: v1 } }] }, { route: [{ destination: { host: r } }] }]',
        ),
      routes:
        '[{ name: a.0, matches: [{ path: { type: Exact, value: /s } }], backends: [{ service: r, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: x-mesh-version, value: r.v1 }] } }] }], retry: { attempts: 2 } }, { name: a.1, backends: [{ service: r, filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { remove: [x-mesh-version] } }] }], retry: { attempts: 2 } }]',
    },
  ];
  test.each(rows)('$name', ({ text, routes, issues = [] }) => {
    const result = imported(gateway(http) + text);
    expect(result.issues).toEqual(issues);
    expect(result.documents.web?.routes).toEqual(routesOf(routes));
  });

  test('the chosen version has a route of its own for the gateway that chose', () => {
    const rule = object(
      'DestinationRule',
      'r',
      '{ host: r, subsets: [{ name: v1, labels: { version: v1 } }, { name: v2 }] }',
    );
    const { documents } = imported(
      gateway(http) + rule + virtual('a', '["*"]', '[{ route: [{ destination: { host: r, subset: v1 } }] }]'),
    );
    expect(documents.r).toEqual(
      parse(
        '{ service: r, versions: { v1: { worker: r-v1 }, v2: { worker: r-v2 }, r: { endpoints: [{ worker: r-v1 }, { worker: r-v2 }] } }, routes: [{ name: chosen.v1, matches: [{ headers: [{ name: x-mesh-version, value: r.v1 }], from: { principals: [web] } }], filters: [{ type: RequestHeaderModifier, requestHeaderModifier: { remove: [x-mesh-version] } }], backends: [{ version: v1 }] }, { name: r.passage, backends: [{ version: r }] }] }',
      ),
    );
  });

  test('a gateway that is not there is an error', () => {
    expect(imported(virtual('a', '["*"]', '[]')).issues).toEqual([
      '5 error spec.gateways[0]: there is no Gateway default/web in the input',
    ]);
  });
});

describe('delegates', () => {
  const root = (match: string): string =>
    virtual('root', '["*"]', `[{ match: [${match}], timeout: 2s, delegate: { name: leaf, namespace: other } }]`);
  const leaf = (routes: string): string =>
    object('VirtualService', 'leaf', `{ http: ${routes} }`, ', namespace: other');

  test('conditions of both hold, and what the delegate does not say the root does', () => {
    const text =
      gateway(http) +
      root('{ uri: { prefix: /p }, headers: { a: {} } }') +
      leaf(
        `[{ match: [{ uri: { exact: /p/q } }, { method: { exact: GET } }], ${to('x')} }, { match: [{ uri: { exact: /other } }], ${to('y')} }]`,
      );
    const { documents, issues } = imported(text);
    expect(documents.web?.routes).toEqual(
      routesOf(
        `[{ name: leaf.0, matches: [{ path: { type: Exact, value: /p/q }, headers: [{ type: Present, name: a }] }, { path: { type: RegularExpression, value: /p.* }, headers: [{ type: Present, name: a }], method: GET }], backends: [{ service: x }], timeouts: { request: 2s }, retry: { attempts: 2 } }]`,
      ),
    );
    expect(issues).toEqual([
      '15 warning spec.http[1]: a condition of this route lies outside of all of those that delegate to it, so that it takes no call',
    ]);
  });

  test('read short names of destinations in their own namespace', () => {
    const both = `[{ match: [{ uri: { prefix: /p } }], delegate: { name: leaf, namespace: other } }, { ${to('x')} }]`;
    const { documents } = imported(gateway(http) + virtual('root', '["*"]', both) + leaf(`[{ ${to('x')} }]`));
    expect(documents.web?.routes).toMatchObject([
      { backends: [{ service: 'x-other' }] },
      { backends: [{ service: 'x-default' }] },
    ]);
  });

  test('that are not there are an error, and so are delegates of delegates', () => {
    const nested = leaf('[{ delegate: { name: more } }]');
    expect(imported(gateway(http) + root('{}')).issues[0]).toContain(
      '10 error spec.http[0].delegate: the input has no VirtualService other/leaf',
    );
    expect(imported(gateway(http) + root('{}') + nested).issues[0]).toContain(
      '15 error spec.http[0].delegate: only a VirtualService with hosts delegates',
    );
  });
});

describe('several VirtualServices for one service', () => {
  test('and one for each host of a ServiceEntry, or for a host that has none', () => {
    const entry = object(
      'ServiceEntry',
      'out',
      '{ hosts: [a.com, b.com], ports: [{ number: 80, name: h, protocol: HTTP }] }',
    );
    const one = (host: string): string =>
      object(
        'VirtualService',
        host.replace('.', '-'),
        `{ hosts: [${host}], http: [{ route: [{ destination: { host: a.com } }] }] }`,
      );
    const { documents, issues } = imported(entry + one('a.com') + one('b.com') + one('c.com'));
    expect(issues).toEqual([]);
    expect(documents.out?.routes?.map(({ name, hostnames }) => [name, hostnames])).toEqual([
      ['a-com', ['a.com']],
      ['b-com', ['b.com']],
    ]);
    expect(documents['c-com']).toEqual({
      service: 'c-com',
      routes: [{ name: 'c-com', hostnames: ['c.com'], backends: [{ service: 'out' }], retry: { attempts: 2 } }],
      egress: { hosts: ['c.com'] },
    });
  });

  test('the oldest counts, and the other is a conflict', () => {
    const one = (name: string, created: string): string =>
      object(
        'VirtualService',
        name,
        `{ hosts: [reviews], http: [{ name: ${name}, ${to('reviews')} }] }`,
        `, creationTimestamp: "${created}"`,
      );
    const { documents, issues } = imported(one('young', '2026-02-01T00:00:00Z') + one('old', '2026-01-01T00:00:00Z'));
    expect(documents.reviews?.routes?.map(({ name }) => name)).toEqual(['old']);
    expect(issues).toEqual([
      '5 error spec.hosts[0]: VirtualService default/old decides the calls of reviews already, and is the one that counts',
    ]);
  });
});

describe('policies of destinations', () => {
  const rows: { name: string; policy: string; document: string; issues?: string[] }[] = [
    {
      name: 'a cookie that the edge sets',
      policy: 'loadBalancer: { consistentHash: { httpCookie: { name: c, ttl: 0s, path: /p } } }',
      document: '{ balance: { algorithm: consistent-hash, by: [{ cookie: c, ttl: 0s, path: /p }] } }',
    },
    {
      name: 'a simple algorithm',
      policy: 'loadBalancer: { simple: LEAST_CONN }',
      document: '{ balance: { algorithm: least-request } }',
    },
    {
      name: 'endpoints that fail',
      policy:
        'outlierDetection: { consecutive5xxErrors: 7, interval: 1s, baseEjectionTime: 3m, maxEjectionPercent: 50 }',
      document: '{ outlier: { consecutiveErrors: 7, interval: 1s, baseEjection: 3m, maxEjectedPercent: 50 } }',
    },
    {
      name: 'connections have no meaning',
      policy: 'connectionPool: { tcp: { maxConnections: 1 }, http: { idleTimeout: 1s } }',
      document: '{}',
      issues: [
        '5 warning spec.trafficPolicy.connectionPool.tcp',
        '5 warning spec.trafficPolicy.connectionPool.http.idleTimeout',
      ],
    },
    {
      name: 'bounds on requests are lost',
      policy: 'connectionPool: { http: { http2MaxRequests: 1 } }',
      document: '{}',
      issues: ['5 error spec.trafficPolicy.connectionPool.http.http2MaxRequests'],
    },
    {
      name: 'another order of nearness is lost',
      policy: 'loadBalancer: { localityLbSetting: { failoverPriority: [topology.istio.io/network] } }',
      document: '{ balance: { locality: {} } }',
      issues: ['5 error spec.trafficPolicy.loadBalancer.localityLbSetting.failoverPriority'],
    },
    {
      name: 'TLS inside of the mesh has no meaning',
      policy: 'tls: { mode: ISTIO_MUTUAL }',
      document: '{}',
      issues: ['5 warning spec.trafficPolicy.tls'],
    },
  ];
  test.each(rows)('$name', ({ policy, document, issues = [] }) => {
    const result = imported(object('DestinationRule', 'r', `{ host: r, trafficPolicy: { ${policy} } }`));
    expect(result.issues.map((issue) => issue.split(':')[0])).toEqual(issues);
    expect(result.documents.r).toEqual({
      service: 'r',
      versions: { r: { worker: 'r' } },
      routes: [{ name: 'r.passage', backends: [{ version: 'r' }] }],
      ...(parse(document) as object),
    });
  });

  test('subsets have the Workers that have their labels, or that are named on the command line', () => {
    const facts =
      '---\napiVersion: v1\nkind: Service\nmetadata: { name: r }\nspec: { selector: { app: r } }\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: { name: r-blue }\nspec: { template: { metadata: { labels: { app: r, version: v1 } } } }\n';
    const rule = object(
      'DestinationRule',
      'r',
      '{ host: r.default.svc.cluster.local, subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 }, trafficPolicy: { loadBalancer: { simple: RANDOM } } }] }',
    );
    const { documents } = imported(facts + rule, { workers: { 'r:v2': 'r-canary' } });
    expect(documents.r?.versions).toMatchObject({
      v1: { worker: 'r-blue' },
      v2: { worker: 'r-canary', balance: { algorithm: 'random' } },
    });
  });

  test('what two rules say of one host is a conflict', () => {
    const rule = (name: string): string =>
      object(
        'DestinationRule',
        name,
        '{ host: r, subsets: [{ name: v1 }], trafficPolicy: { loadBalancer: { simple: RANDOM } } }',
      );
    expect(imported(rule('a') + rule('b')).issues).toEqual([
      '10 error spec.subsets[0]: another DestinationRule declares the subset "v1" too',
      '10 error spec.trafficPolicy: an older DestinationRule has a policy for this host',
    ]);
  });
});

describe('hosts outside of the mesh', () => {
  const entry = (spec: string): string => object('ServiceEntry', 'out', spec);
  const ports = 'ports: [{ number: 443, name: tls, protocol: TLS }], resolution: DNS';
  const rows: { name: string; text: string; document: string; issues?: string[] }[] = [
    {
      name: 'one host at one port',
      text: entry(`{ hosts: [a.com], ${ports} }`),
      document: '{ versions: { tls: { url: "https://a.com" } }, egress: { hosts: [a.com] } }',
    },
    {
      name: 'each host and port has its place',
      text: entry('{ hosts: [a.com, b.com], ports: [{ number: 8080, name: web, protocol: HTTP, targetPort: 80 }] }'),
      document:
        '{ versions: { a.com: { url: "http://a.com" }, b.com: { url: "http://b.com" } }, routes: [{ name: a.com.web, hostnames: [a.com], backends: [{ version: a.com }] }, { name: b.com.web, hostnames: [b.com], backends: [{ version: b.com }] }, { name: passage, backends: [{ version: a.com }] }], egress: { hosts: [a.com, b.com] } }',
    },
    {
      name: 'endpoints; a short name is a service of the mesh',
      text: entry(
        '{ hosts: [a.com], ports: [{ number: 80, name: web, protocol: HTTP }], resolution: STATIC, endpoints: [{ address: 10.0.0.1, ports: { web: 8080 }, weight: 3 }, { address: inner, locality: EU/DE }, { address: "fd00::1" }] }',
      ),
      document:
        '{ versions: { web: { endpoints: [{ url: "http://10.0.0.1:8080", weight: 3 }, { worker: inner, locality: EU/DE }, { url: "http://[fd00::1]" }] } }, balance: { locality: { enabled: false } }, egress: { hosts: [a.com] } }',
    },
    {
      name: 'TLS that a rule begins',
      text:
        entry('{ hosts: [a.com], ports: [{ number: 80, name: web, protocol: HTTP, targetPort: 443 }] }') +
        object('DestinationRule', 'out', '{ host: a.com, trafficPolicy: { tls: { mode: SIMPLE } } }'),
      document: '{ versions: { web: { url: "https://a.com" } }, egress: { hosts: [a.com] } }',
    },
    {
      name: 'routes of its own',
      text:
        entry(`{ hosts: [a.com], ${ports} }`) +
        object('VirtualService', 'out', `{ hosts: [a.com], http: [{ timeout: 5s, ${to('a.com')} }] }`),
      document:
        '{ versions: { tls: { url: "https://a.com" } }, routes: [{ name: out, hostnames: [a.com], backends: [{ version: tls }], timeouts: { request: 5s }, retry: { attempts: 2 } }, { name: a.com.tls, hostnames: [a.com], backends: [{ version: tls }] }], egress: { hosts: [a.com] } }',
    },
    {
      name: 'where a host lies has no meaning',
      text: entry(`{ hosts: [a.com], location: MESH_EXTERNAL, ${ports} }`),
      document: '{ versions: { tls: { url: "https://a.com" } }, egress: { hosts: [a.com] } }',
      issues: ['5 warning spec.location'],
    },
    {
      name: 'a wildcard, and ports that are not of HTTP',
      text: entry(
        '{ hosts: ["*.b.com", a.com], workloadSelector: { labels: {} }, ports: [{ number: 1, name: m, protocol: MONGO }, { number: 80, name: h, protocol: HTTP }] }',
      ),
      document: '{ versions: { h: { url: "http://a.com" } }, egress: { hosts: [a.com] } }',
      issues: ['5 error spec.hosts[0]', '5 error spec.workloadSelector', '5 error spec.ports[0].protocol'],
    },
  ];
  test.each(rows)('$name', ({ text, document, issues = [] }) => {
    const result = imported(text);
    expect(result.issues.map((issue) => issue.split(':')[0])).toEqual(issues);
    expect(result.documents.out).toEqual({ service: 'out', ...(parse(document) as object) });
  });
});
