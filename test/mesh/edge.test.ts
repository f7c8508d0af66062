import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMeshContext } from '../../src/core/context/mesh-context.ts';
import { type EdgeMesh, eventually, startEdgeMesh } from '../support/edge-mesh.ts';

const callee = (version: string) => `
import { WorkerEntrypoint } from 'cloudflare:workers';
export default class extends WorkerEntrypoint {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === '/throw') throw Object.assign(new TypeError('boom'), { code: 'E_BOOM' });
    if (url.pathname === '/500') return new Response('own', { status: 500 });
    const body = request.body === null ? null : await request.text();
    return Response.json({ version: '${version}', url: request.url, method: request.method, body, headers: Object.fromEntries(request.headers) });
  }
  plainCharge(cents) { return { version: '${version}', cents }; }
  charge(cents, currency) { return { version: '${version}', cents, currency }; }
  refuse() { throw Object.assign(new RangeError('no such card'), { code: 'card' }); }
}`;

/** Sends what the request says through the binding it names. */
const caller = `
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const [, binding, kind, ...rest] = url.pathname.split('/');
    if (kind === 'rpc') {
      try { return Response.json({ value: await env[binding][rest[0]](...(await request.json())) }); }
      catch (error) { return Response.json({ error: { name: error.name, message: error.message, code: error.code } }); }
    }
    try {
      const answer = await env[binding].fetch(new Request('http://payment/' + rest.join('/') + url.search, request));
      return new Response(answer.body, answer);
    } catch (error) {
      return Response.json({ name: error.name, message: error.message, code: error.code, remote: error.remote }, { status: 599 });
    }
  }
}`;

const document = (more: object = {}) => ({
  service: 'payment',
  public: { hosts: ['pay.example.com'] },
  authentication: { mtls: { certificates: [{ fingerprint: 'ab'.repeat(32), principal: 'partner' }] } },
  versions: {
    v1: { worker: 'one' },
    v2: { worker: 'two' },
    gone: { worker: 'nowhere' },
    v3: { worker: 'three' },
    'v1-abc': { worker: 'one', version: 'abc' },
  },
  routes: [
    { name: 'testers', matches: [{ headers: [{ name: 'x-user', value: 'tester' }] }], backends: [{ version: 'v2' }] },
    { name: 'unresolved', matches: [{ path: { value: '/gone' } }], backends: [{ version: 'gone' }] },
    { name: 'pinned', matches: [{ path: { value: '/pinned' } }], backends: [{ version: 'v1-abc' }] },
    { name: 'unmeshed', matches: [{ rpc: 'plain*' }], backends: [{ version: 'v3' }] },
    { name: 'default', backends: [{ version: 'v1' }] },
  ],
  ...more,
});

interface Echo {
  version: string;
  url: string;
  body: string | null;
  headers: Record<string, string>;
}

describe('an edge on workerd', () => {
  let mesh: EdgeMesh;
  beforeAll(async () => {
    mesh = await startEdgeMesh({
      workers: { one: callee('v1'), two: callee('v2'), three: callee('v3'), orders: caller },
      // Three is said to have the in-Worker runtime, but was deployed without.
      upstreams: { one: false, two: false, three: true },
      registry: { mesh: { carry: ['x-user'] }, 'service/payment': document() },
    });
  });
  afterAll(() => mesh.stop());

  const call = (path: string, init?: RequestInit) => mesh.ask('orders', `/EDGE/fetch/${path}`, init);
  const echo = async (path: string, init?: RequestInit) => (await (await call(path, init)).json()) as Echo;

  it('proxies a fetch to the version that the route names', async () => {
    const first = await echo('charge?x=1', { method: 'POST', body: 'five' });
    expect(first).toMatchObject({ version: 'v1', url: 'http://payment/charge?x=1', body: 'five' });
    expect((await echo('charge', { headers: { 'x-user': 'tester' } })).version).toBe('v2');
  });
  it('hands the callee trace, shard and context', async () => {
    const { headers } = await echo('charge');
    expect(headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(headers.tracestate).toMatch(/^selvedge=shard-\d$/);
    expect(headers['selvedge-context']).toBe('hops=1;caller=orders;versions=payment:v1');
  });
  it('passes what a callee throws to a caller in the mesh, answers 502 to a public one, and passes a 500 that it answers', async () => {
    const thrown = await call('throw');
    expect([thrown.status, await thrown.json()]).toEqual([
      599,
      { name: 'TypeError', message: 'boom', code: 'E_BOOM', remote: true },
    ]);
    const shown = await mesh.askPublic('/throw');
    expect([shown.status, ((await shown.json()) as { error: { code: string } }).error.code]).toEqual([
      502,
      'upstream_failed',
    ]);
    const answered = await call('500');
    expect([answered.status, await answered.text()]).toEqual([500, 'own']);
  });
  it('answers 500 backend_unresolved for a Worker that it has no binding for', async () => {
    expect((await call('gone')).status).toBe(500);
  });
  it('forwards what it judged: the canonical path', async () => {
    expect((await echo('a/%2e%2e/b')).url).toBe('http://payment/b');
  });
  it('takes RPC of a caller without the runtime: results, arguments, errors with own properties', async () => {
    const rpc = async (method: string, args: unknown[]) =>
      (await mesh.ask('orders', `/EDGE_RPC/rpc/${method}`, { method: 'POST', body: JSON.stringify(args) })).json();
    expect(await rpc('charge', [5, 'EUR'])).toEqual({ value: { version: 'v1', cents: 5, currency: 'EUR' } });
    expect(await rpc('refuse', [])).toEqual({ error: { name: 'RangeError', message: 'no such card', code: 'card' } });
    expect(await rpc('nothing', [])).toMatchObject({ error: { message: expect.stringContaining('nothing') } });
  });
  it('reaches a Worker by RPC that was deployed without the runtime its edge expects', async () => {
    const init = { method: 'POST', body: '[7]' };
    for (let call = 0; call < 2; call += 1) {
      const answer = await mesh.ask('orders', '/EDGE_RPC/rpc/plainCharge', init);
      expect(await answer.json()).toEqual({ value: { version: 'v3', cents: 7 } });
    }
  });
  it('asks the platform for the version of a Worker that a backend names', async () => {
    const { headers } = await echo('pinned', { headers: { 'cloudflare-workers-version-overrides': 'payment="own"' } });
    expect(headers['cloudflare-workers-version-overrides']).toBe('one="abc"');
  });
  it('refuses a binding without props', async () => {
    expect((await mesh.ask('orders', '/EDGE_BARE/fetch/charge')).status).toBe(403);
  });
  it('answers on the public door under its hosts only', async () => {
    expect((await mesh.askPublic('/charge')).status).toBe(200);
    const other = await mesh.askPublic('/charge', undefined, 'other.example.com');
    expect([other.status, other.headers.get('proxy-status')]).toEqual([
      404,
      'selvedge-edge; error=destination_not_found; details="not_public"',
    ]); // prettier-ignore
  });
  it("leaves a service's own bearer tokens alone, and refuses a forged one of the mesh", async () => {
    const own = await mesh.askPublic('/charge', { headers: { authorization: 'Bearer opaque' } });
    expect([own.status, ((await own.json()) as Echo).headers.authorization]).toEqual([200, 'Bearer opaque']);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = {
      iss: 'spiffe://mesh.local',
      sub: 'spiffe://mesh.local/svc/orders',
      aud: 'https://pay.example.com',
      exp: 9e9,
    };
    for (const header of [{ alg: 'none' }, { alg: 'ES256', kid: 'x' }]) {
      const token = `${part(header)}.${part(claims)}.AAAA`;
      const forged = await mesh.askPublic('/charge', { headers: { authorization: `Bearer ${token}` } });
      expect(forged.status).toBe(401);
    }
  });
  it('knows a public caller by its verified client certificate, and a mesh caller never by one', async () => {
    const shown = {
      certPresented: '1',
      certVerified: 'SUCCESS',
      certRevoked: '0',
      certFingerprintSHA256: 'AB'.repeat(32),
    };
    const callerOf = async (tlsClientAuth: object, path = '/charge') => {
      const init = { cf: { tlsClientAuth } } as unknown as RequestInit;
      const { headers } = (await (await mesh.askPublic(path, init)).json()) as Echo;
      return parseMeshContext(headers['selvedge-context']).caller;
    };
    expect(await callerOf(shown)).toBe('partner');
    // A target that is not canonical makes the request anew, with what the platform says of it.
    expect(await callerOf(shown, '/%63harge')).toBe('partner');
    for (const bad of [{ certVerified: 'FAILED:certificate has expired' }, { certRevoked: '1' }]) {
      const refused = await mesh.askPublic('/charge', {
        cf: { tlsClientAuth: { ...shown, ...bad } },
      } as unknown as RequestInit);
      expect(refused.status).toBe(401);
      expect(await refused.json()).toMatchObject({ error: { code: 'invalid_certificate' } });
    }
    const forged = await mesh.ask('orders', '/EDGE/fetch/charge', {
      cf: { tlsClientAuth: shown },
    } as unknown as RequestInit);
    expect(((await forged.json()) as Echo).headers['selvedge-context']).toBe(
      'hops=1;caller=orders;versions=payment:v1',
    );
  });
  it('stores a span per call and attempt', async () => {
    const calls = await eventually(
      () => mesh.calls(),
      (all) => all.length >= 10,
    );
    expect(calls.length).toBeGreaterThanOrEqual(10);
    expect(calls[0]).toMatchObject({
      service: 'payment',
      caller: 'orders',
      route: 'default',
      version: 'v1',
      status: 200,
      source: 'kv',
      attempts: [{ version: 'v1', endpoint: 'one', outcome: 'response' }],
    }); // prettier-ignore
    const counts = await mesh.counts();
    expect(counts.lostCalls).toBe(0);
  });
  it('serves an edit of KV on the next call after the refresh period', async () => {
    await mesh.put('service/payment', document({ routes: [{ name: 'default', backends: [{ version: 'v2' }] }] }));
    const edited = await eventually(
      () => echo('charge'),
      ({ version }) => version === 'v2',
    );
    expect(edited.version).toBe('v2');
  });
});
