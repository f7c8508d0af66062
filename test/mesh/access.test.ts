/** Access rules on real edges: every kind of field over both doors, RPC, rules without effect, and external authorisers by binding and URL. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatMeshContext } from '../../src/core/context/mesh-context.ts';
import type { ServiceDocument } from '../../src/model/schema/service.ts';
import { type EdgeBinding, type EdgeMesh, eventually, startEdgeMesh } from '../support/edge-mesh.ts';
import { type LocalServer, startServer } from '../support/local-server.ts';

type Access = NonNullable<ServiceDocument['access']>;

/** A call, and how it ends: its status, or `ok` and the code of an error for RPC. */
interface Ask {
  readonly expect: number | string;
  /** Of a caller inside the mesh; absent for one from outside. */
  readonly as?: 'orders' | 'cart';
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where a caller from outside is, as the platform says. */
  readonly cf?: object;
  /** The method of an RPC call; `as` is then needed. */
  readonly rpc?: string;
}

interface Row {
  readonly name: string;
  readonly access: Access;
  readonly public?: ServiceDocument['public'];
  readonly asks: readonly Ask[];
}

const allow = (rule: object): Access => ({ rules: [{ name: 'only', action: 'allow', ...rule }] });
const deny = (rule: object): Access => ({ rules: [{ name: 'not', action: 'deny', ...rule }] });
const of = (versions: string) => ({ 'selvedge-context': formatMeshContext({ hops: 1, versions }) });
const from = (address: string, forwarded?: string) => ({
  'cf-connecting-ip': address,
  ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }),
});
const allDay = { from: '2020-01-01T00:00:00Z', hours: '00:00-24:00', timeZone: 'Europe/Berlin' };

const rows: readonly Row[] = [
  {
    name: 'principals',
    access: allow({ from: { principals: ['orders'] } }),
    asks: [
      { as: 'orders', expect: 200 },
      { as: 'cart', expect: 403 },
      { expect: 403 },
      { as: 'orders', rpc: 'charge', expect: 'ok' },
      { as: 'cart', rpc: 'charge', expect: 'access_denied' },
    ],
  },
  {
    name: 'declared callers',
    access: allow({ from: { principals: ['declared'] } }),
    asks: [
      { as: 'orders', expect: 200 },
      { as: 'cart', expect: 403 },
    ],
  },
  {
    name: 'services, and what they are not',
    access: allow({ from: { services: ['*'], notServices: ['cart'] } }),
    asks: [{ as: 'orders', expect: 200 }, { as: 'cart', expect: 403 }, { expect: 403 }],
  },
  {
    name: 'trust domains',
    access: deny({ from: { notTrustDomains: ['mesh.*'] } }),
    asks: [{ as: 'orders', expect: 200 }, { expect: 403 }],
  },
  {
    name: 'versions of the caller',
    access: allow({ from: { versions: ['v2'] } }),
    asks: [
      { as: 'orders', headers: of('orders:v2'), expect: 200 },
      { as: 'orders', headers: of('orders:v1'), expect: 403 },
      { headers: of('orders:v2'), expect: 403 },
    ],
  },
  {
    name: 'addresses',
    access: allow({ from: { ipBlocks: ['192.0.2.0/24', '2001:db8::/32'] } }),
    asks: [
      { headers: from('192.0.2.9'), expect: 200 },
      { headers: from('2001:db8::1'), expect: 200 },
      { headers: from('198.51.100.1', '192.0.2.9'), expect: 403 },
      { as: 'orders', headers: from('192.0.2.9'), expect: 403 },
    ],
  },
  {
    name: "clients' addresses behind a proxy",
    access: deny({ from: { remoteIpBlocks: ['203.0.113.7'] } }),
    public: { clientAddress: { trustedProxies: 1 } },
    asks: [
      { headers: from('192.0.2.1', '203.0.113.7, 192.0.2.1'), expect: 403 },
      { headers: from('192.0.2.1', '203.0.113.7, 198.51.100.1, 192.0.2.1'), expect: 200 },
      { as: 'orders', headers: from('203.0.113.7'), expect: 200 },
    ],
  },
  {
    name: 'places',
    access: allow({ from: { geo: { continents: ['EU'] }, notGeo: { countries: ['CH'], colos: ['LHR'] } } }),
    asks: [
      { cf: { continent: 'EU', country: 'DE', colo: 'TXL' }, expect: 200 },
      { cf: { continent: 'EU', country: 'CH', colo: 'ZRH' }, expect: 403 },
      { cf: { continent: 'NA', country: 'US', colo: 'EWR' }, expect: 403 },
      { as: 'orders', expect: 403 },
    ],
  },
  {
    name: 'methods and paths',
    access: allow({ to: [{ methods: ['GET'], paths: ['/a/{*}/c', '*.json'], notPaths: ['/a/x/*'] }] }),
    asks: [
      { path: '/a/b/c', expect: 200 },
      { path: '/b.json?q=1', expect: 200 },
      { path: '/a/x/c', expect: 403 },
      { path: '/a/b/c/d', expect: 403 },
      { method: 'POST', path: '/a/b/c', expect: 403 },
      { as: 'orders', path: '/a/%78/c', expect: 403 },
      { as: 'orders', rpc: 'charge', expect: 'access_denied' },
    ],
  },
  {
    name: 'a path that hides behind dots',
    access: deny({ to: { paths: ['/admin*'], rpc: ['refund'] } }),
    asks: [
      { as: 'orders', path: '/x/%2e%2e/admin', expect: 403 },
      { as: 'orders', path: '/x/..\\admin', expect: 403 },
      { as: 'orders', path: '/adm', expect: 200 },
      { as: 'orders', rpc: 'charge', expect: 'ok' },
      { as: 'orders', rpc: 'refund', expect: 'access_denied' },
    ],
  },
  {
    name: 'RPC methods',
    access: allow({ to: { rpc: ['charge'] } }),
    asks: [
      { as: 'orders', rpc: 'charge', expect: 'ok' },
      { as: 'orders', rpc: 'refund', expect: 'access_denied' },
      { as: 'orders', expect: 403 },
    ],
  },
  {
    name: 'all RPC methods but one',
    access: allow({ to: { notRpc: ['refund'] } }),
    asks: [
      { as: 'orders', rpc: 'charge', expect: 'ok' },
      { as: 'orders', rpc: 'refund', expect: 'access_denied' },
    ],
  },
  {
    name: 'a deny by HTTP fields, which denies RPC too',
    access: deny({ to: { methods: ['DELETE'] } }),
    asks: [
      { as: 'orders', expect: 200 },
      { as: 'orders', rpc: 'charge', expect: 'access_denied' },
    ],
  },
  { name: 'ports', access: deny({ to: { notPorts: [80] } }), asks: [{ expect: 200 }, { as: 'orders', expect: 200 }] },
  {
    name: 'headers',
    access: allow({ when: [{ key: 'request.headers[x-role]', values: ['admin', 'ops-*'] }] }),
    asks: [
      { headers: { 'x-role': 'ops-1' }, expect: 200 },
      { headers: { 'x-role': 'user' }, expect: 403 },
      { expect: 403 },
      { as: 'orders', headers: { 'x-role': 'admin' }, expect: 200 },
      { as: 'orders', rpc: 'charge', expect: 'access_denied' },
    ],
  },
  {
    name: 'other conditions',
    access: deny({
      when: [
        { key: 'source.service', notValues: ['ord*'] },
        { key: 'remote.ip', notValues: ['192.0.2.0/24'] },
      ],
    }),
    asks: [
      { as: 'orders', expect: 200 },
      { as: 'cart', expect: 403 },
      { headers: from('192.0.2.1'), expect: 200 },
      { headers: from('203.0.113.7'), expect: 403 },
    ],
  },
  {
    name: 'time that is now',
    access: allow({ during: allDay }),
    asks: [{ expect: 200 }, { as: 'orders', rpc: 'charge', expect: 'ok' }],
  },
  {
    name: 'time that is over',
    access: deny({ during: [{ until: '2020-01-01T00:00:00Z' }, { ...allDay, until: '2021-01-01T00:00:00Z' }] }),
    asks: [{ expect: 200 }],
  },
  {
    name: 'a default that denies',
    access: { default: 'deny' },
    asks: [
      { as: 'orders', expect: 403 },
      { as: 'orders', rpc: 'charge', expect: 'access_denied' },
    ],
  },
  { name: 'strict mode', access: { mode: 'strict' }, asks: [{ as: 'orders', expect: 200 }, { expect: 401 }] },
  {
    name: 'rules without effect',
    access: {
      rules: [
        { name: 'watch', action: 'audit' },
        { name: 'soon', action: 'deny', dryRun: true, to: { paths: ['/old'], rpc: ['refund'] } },
      ],
    },
    asks: [
      { as: 'orders', path: '/old', expect: 200 },
      { as: 'orders', rpc: 'charge', expect: 'ok' },
    ],
  },
  {
    name: "the mesh's rules",
    access: {},
    asks: [
      { headers: { 'x-banned': '1' }, expect: 403 },
      { as: 'orders', headers: { 'x-banned': '1' }, expect: 403 },
      { expect: 200 },
    ],
  },
  { name: 'an exception from them', access: { inherit: false }, asks: [{ headers: { 'x-banned': '1' }, expect: 200 }] },
];

const service = (index: number) => `s${index}`;
const custom = (provider: object): Access => ({
  inherit: false,
  providers: { opa: provider as NonNullable<Access['providers']>[string] },
  rules: [{ name: 'ask', action: 'custom', provider: 'opa' }],
});
/** Services whose calls an authoriser decides, by the name of the service. */
const consulted: Readonly<Record<string, Access>> = {
  worker: custom({
    worker: 'opa',
    pathPrefix: '/check',
    timeout: '300ms',
    requestHeaders: ['x-verdict'],
    upstreamHeaders: ['x-user'],
    addHeaders: { 'x-mesh': 'shop' },
  }),
  open: custom({ worker: 'opa', timeout: '300ms', requestHeaders: ['x-verdict'], failOpen: true }),
  cached: custom({ worker: 'opa', requestHeaders: ['x-verdict'], cache: { ttl: '1h' } }),
  peer: custom({ service: 'authz', requestHeaders: ['x-verdict'] }),
  away: custom({ service: 'nowhere', statusOnError: 503 }),
  undescribed: { rules: [{ name: 'ask', action: 'custom', provider: 'gone' }] },
  rule: {
    ...custom({ worker: 'opa', requestHeaders: ['x-verdict'], upstreamHeaders: ['x-user'] }),
    rules: [
      { action: 'custom', provider: 'opa', to: { paths: ['/asked*'], rpc: ['refund'] } },
      { action: 'deny', when: [{ key: 'request.headers[x-user]', values: ['mallory'] }] },
    ],
  },
};

const backend = `
import { WorkerEntrypoint } from 'cloudflare:workers';
export default class extends WorkerEntrypoint {
  fetch(request) { return Response.json({ path: new URL(request.url).pathname, headers: Object.fromEntries(request.headers) }); }
  charge() { return 'charged'; }
  refund() { return 'refunded'; }
}`;
const authoriser = `
const asked = [];
export default { async fetch(request) {
  const { pathname, host, search } = new URL(request.url);
  if (host === 'opa') return Response.json(asked.splice(0));
  const headers = Object.fromEntries(request.headers);
  asked.push({ method: request.method, host, path: pathname + search, headers, body: await request.text() });
  switch (headers['x-verdict']) {
    case 'deny': return new Response('ask elsewhere', { status: 401, headers: { 'www-authenticate': 'Basic', 'x-why': 'no' } });
    case 'login': return Response.redirect('https://login.example.com/', 302);
    case 'slow': await scheduler.wait(2000); return new Response();
    case 'down': throw new Error('broken');
    case 'mallory': return new Response(null, { headers: { 'x-user': 'mallory' } });
    default: return new Response(null, { headers: { 'x-user': 'alice' } });
  }
} };`;
const caller = `export default { async fetch(request, env) {
  const { binding, rpc, url, method, headers } = await request.json();
  if (rpc === undefined) {
    const response = await env[binding].fetch(new Request(url, { method, headers, redirect: 'manual' }));
    return new Response(response.body, response);
  }
  try { await env[binding][rpc](); return new Response('ok'); } catch (error) { return new Response(String(error.code ?? error)); }
} };`;

let mesh: EdgeMesh;
let server: LocalServer;
const seenByServer: { url?: string | undefined; headers: Record<string, unknown> }[] = [];

beforeAll(async () => {
  server = await startServer((request, response) => {
    seenByServer.push({ url: request.url, headers: request.headers });
    response.writeHead(request.headers['x-verdict'] === 'deny' ? 403 : 200).end();
  });
  const url = `${server.url}/base`;
  const sections: Readonly<Record<string, readonly [Access, ServiceDocument['public']?]>> = {
    ...Object.fromEntries(rows.map((row, index) => [service(index), [row.access, row.public] as const])),
    ...Object.fromEntries(Object.entries(consulted).map(([name, access]) => [name, [access] as const])),
    url: [custom({ url, requestHeaders: ['x-verdict'] })],
  };
  const names = Object.keys(sections);
  const documents = names.map((name) => {
    const [access, more] = sections[name] ?? [];
    const document = {
      service: name,
      versions: { v1: { worker: 'backend' } },
      access,
      public: { hosts: [`${name}.example.com`], ...more },
    };
    return [`service/${name}`, document] as const;
  });
  const bindings = names.flatMap((name) =>
    (['orders', 'cart'] as const).flatMap((who): [string, EdgeBinding][] => [
      [`FETCH_${name}_${who}`, { entrypoint: 'Mesh', upstream: 'default', caller: who, service: name }],
      [`RPC_${name}_${who}`, { entrypoint: 'MeshRpc', upstream: 'default', caller: who, service: name }],
    ]),
  );
  mesh = await startEdgeMesh({
    workers: { caller, backend, opa: authoriser },
    upstreams: { backend: false, opa: false },
    edgeBindings: Object.fromEntries(bindings),
    vars: {
      SERVICES: names,
      DECLARED: Object.fromEntries(names.map((name) => [name, ['orders']])),
      // The authoriser itself stands where its edge would: the edge only knows the binding.
      PEERS: { peer: { authz: 'UP_opa' } },
    },
    registry: {
      ...Object.fromEntries(documents),
      mesh: {
        defaults: {
          access: {
            rules: [
              {
                name: 'banned',
                action: 'deny',
                to: { methods: ['*'], rpc: ['banned'] },
                when: [{ key: 'request.headers[x-banned]', values: ['*'] }],
              },
            ],
          },
        },
      },
    },
  });
}, 60_000);

afterAll(async () => {
  await mesh.stop();
  await server.stop();
});

async function ask(name: string, { as, method = 'GET', path = '/', headers = {}, cf, rpc }: Ask): Promise<Response> {
  if (as === undefined)
    return mesh.askPublic(path, { method, headers, redirect: 'manual', cf } as RequestInit, `${name}.example.com`);
  const binding = `${rpc === undefined ? 'FETCH' : 'RPC'}_${name}_${as}`;
  const body = JSON.stringify({ binding, rpc, url: `http://${name}${path}`, method, headers });
  return mesh.ask('caller', '/', { method: 'POST', body, redirect: 'manual' });
}

async function outcome(name: string, one: Ask): Promise<number | string> {
  const response = await ask(name, one);
  const text = await response.text();
  return one.rpc === undefined ? response.status : text;
}

/** What the authoriser was asked since the last time. */
async function asked(): Promise<
  readonly { method: string; host: string; path: string; headers: Record<string, string>; body: string }[]
> {
  return (await mesh.ask('opa')).json();
}

describe('rules over both doors', () => {
  test.each(rows.map((row, index) => ({ ...row, index })))('$name', async ({ asks, index }) => {
    const found: Ask[] = [];
    for (const one of asks) found.push({ ...one, expect: await outcome(service(index), one) });
    expect(found).toEqual(asks);
  });

  test('a refusal tells outsiders nothing, callers inside the mesh the rule, and the record both', async () => {
    const index = rows.findIndex(({ name }) => name === 'principals');
    const outside = await ask(service(index), { expect: 403 });
    expect(await outside.json()).toMatchObject({ error: { code: 'access_denied', message: 'RBAC: access denied' } });
    expect(outside.headers.get('proxy-status')).toMatch(/details="access_denied"$/);
    const denies = rows.findIndex(({ name }) => name === 'a path that hides behind dots');
    const inside = await ask(service(denies), { as: 'cart', path: '/admin', expect: 403 });
    expect(inside.headers.get('proxy-status')).toMatch(
      /details="access_denied: deny-rule: not \(revision [0-9a-f]{12}\)"$/,
    );
    const calls = await eventually(
      () => mesh.calls({ service: service(denies), limit: 500 }),
      (found) => found.some(({ path, caller: who }) => path === '/admin' && who === 'cart'),
    );
    expect(calls.find(({ path, caller: who }) => path === '/admin' && who === 'cart')?.reason).toMatch(
      /^deny-rule: not \(revision/,
    );
  });

  test('rules without effect stand in the record', async () => {
    const name = service(rows.findIndex((row) => row.name === 'rules without effect'));
    const calls = await eventually(
      () => mesh.calls({ service: name, limit: 500 }),
      (found) => found.some(({ kind }) => kind === 'rpc') && found.some(({ kind }) => kind === 'fetch'),
    );
    expect(calls.find(({ kind }) => kind === 'fetch')).toMatchObject({
      status: 200,
      audit: ['watch'],
      shadow: 'deny',
      shadowRule: 'soon',
    });
    expect(calls.find(({ kind }) => kind === 'rpc')).toMatchObject({ audit: ['watch'], shadow: 'allow' });
  });

  test('gRPC finds its status where it looks for it', async () => {
    const index = rows.findIndex(({ name }) => name === 'a default that denies');
    const refused = await ask(service(index), {
      as: 'orders',
      method: 'POST',
      headers: { 'content-type': 'application/grpc' },
      expect: 200,
    });
    expect([refused.status, refused.headers.get('grpc-status'), refused.headers.get('grpc-message')]).toEqual([
      200,
      '7',
      'RBAC: access denied',
    ]);
  });
});

describe('external authorisers', () => {
  const say = (verdict: string) => ({ 'x-verdict': verdict });

  test('allow by a binding: what they say in headers reaches the backend, and what they are asked is what they should be', async () => {
    await asked();
    const response = await ask('worker', {
      as: 'orders',
      method: 'DELETE',
      path: '/a/../b?q=1',
      headers: { authorization: 'Bearer t', cookie: 'a=b', 'x-user': 'forged' },
      expect: 200,
    });
    expect(await response.json()).toMatchObject({ path: '/b', headers: { 'x-user': 'alice', cookie: 'a=b' } });
    const [question] = await asked();
    expect(question).toMatchObject({ method: 'DELETE', host: 'worker', path: '/check/b?q=1', body: '' });
    expect(question?.headers).toMatchObject({
      authorization: 'Bearer t',
      'x-mesh': 'shop',
      'selvedge-principal': 'spiffe://mesh.local/svc/orders',
    });
    expect(question?.headers).not.toHaveProperty('cookie');
    expect(question?.headers).not.toHaveProperty('x-user');
  });

  test('refuse with their own answer, which outsiders and services get', async () => {
    const refused = await ask('worker', { headers: say('deny'), expect: 401 });
    expect([
      refused.status,
      await refused.text(),
      refused.headers.get('www-authenticate'),
      refused.headers.get('x-why'),
    ]).toEqual([401, 'ask elsewhere', 'Basic', 'no']);
    const login = await ask('worker', { headers: say('login'), expect: 302 });
    expect([login.status, login.headers.get('location')]).toEqual([302, 'https://login.example.com/']);
    expect(await outcome('worker', { as: 'cart', headers: say('deny'), expect: 401 })).toBe(401);
  });

  test.each(['slow', 'down'])('that are %s refuse, or let pass where the document says so', async (verdict) => {
    expect(await outcome('worker', { headers: say(verdict), expect: 403 })).toBe(403);
    expect(await outcome('open', { headers: say(verdict), expect: 200 })).toBe(200);
    const [call] = await eventually(
      () => mesh.calls({ service: 'worker', outcome: 'authoriser_unavailable', limit: 500 }),
      (found) => found.length > 0,
    );
    expect(call?.reason).toMatch(/^custom: ask, authoriser opa: /);
  });

  test('that cannot be reached, or that nobody describes, refuse', async () => {
    expect(await outcome('away', { as: 'orders', expect: 503 })).toBe(503);
    expect(await outcome('undescribed', { as: 'orders', expect: 403 })).toBe(403);
  });

  test('are asked once for equal questions where verdicts are remembered, refusals too', async () => {
    await asked();
    for (const _ of [1, 2])
      expect(await outcome('cached', { as: 'orders', headers: say('deny'), expect: 401 })).toBe(401);
    for (const _ of [1, 2]) expect(await outcome('cached', { as: 'orders', headers: say('x'), expect: 200 })).toBe(200);
    expect(await asked()).toHaveLength(2);
    expect(await outcome('cached', { as: 'cart', headers: say('x'), expect: 200 })).toBe(200);
    expect(await asked()).toHaveLength(1);
  });

  test('may be another service, through its edge', async () => {
    await asked();
    expect(await outcome('peer', { as: 'orders', expect: 200 })).toBe(200);
    expect(await outcome('peer', { as: 'orders', headers: say('deny'), expect: 401 })).toBe(401);
    expect(await asked()).toHaveLength(2);
  });

  test('may be a URL, which learns the host and nothing of the mesh', async () => {
    expect(await outcome('url', { path: '/a?b=1', expect: 200 })).toBe(200);
    expect(await outcome('url', { headers: say('deny'), expect: 403 })).toBe(403);
    const [first] = seenByServer;
    expect(first?.url).toBe('/base/a?b=1');
    expect(first?.headers).toMatchObject({ 'x-forwarded-host': 'url.example.com' });
    expect(first?.headers).not.toHaveProperty('selvedge-context');
  });

  test('are asked only about what their rules match, RPC too, and go before a deny rule that reads what they say', async () => {
    await asked();
    expect(await outcome('rule', { as: 'orders', path: '/else', headers: say('deny'), expect: 200 })).toBe(200);
    expect(await asked()).toHaveLength(0);
    expect(await outcome('rule', { as: 'orders', path: '/asked', headers: say('mallory'), expect: 403 })).toBe(403);
    expect(await outcome('rule', { as: 'orders', path: '/asked', headers: { 'x-user': 'mallory' }, expect: 200 })).toBe(
      200,
    );
    await asked();
    await outcome('rule', { as: 'orders', rpc: 'refund', expect: '' });
    const [question] = await asked();
    expect(question).toMatchObject({ method: 'POST', path: '/rpc/refund', headers: { 'selvedge-rpc': 'refund' } });
  });
});
