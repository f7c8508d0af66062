import { describe, expect, it } from 'vitest';
import { MeshFailure } from '../../../src/core/errors/mesh-error.ts';
import type { Call } from '../../../src/proxy/call.ts';
import type { Lookup } from '../../../src/proxy/deps.ts';
import { admit } from '../../../src/proxy/filters/admit.ts';
import { identify } from '../../../src/proxy/filters/identify.ts';
import { match } from '../../../src/proxy/filters/match.ts';
import { normalise } from '../../../src/proxy/filters/normalise.ts';
import { record } from '../../../src/proxy/filters/record.ts';
import { rescue } from '../../../src/proxy/filters/rescue.ts';
import { snapshot as snapshotFilter } from '../../../src/proxy/filters/snapshot.ts';
import { trace } from '../../../src/proxy/filters/trace.ts';
import {
  fakeDeps,
  fetchCall,
  mounted,
  record as newRecord,
  route,
  rpcCall,
  settings,
  snapshot,
} from '../../support/calls.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

/** Runs a filter before a service that keeps the call it gets. */
function keeping() {
  const seen: Call[] = [];
  const next = async (call: Call) => {
    seen.push(call);
    return new Response('ok');
  };
  return { seen, next };
}

const failure = (code: string) => ({ error: { code } });

describe('trace', () => {
  const opening = (more: Parameters<typeof fetchCall>[0]) => {
    const call = fetchCall({ record: newRecord({ traceId: '', spanId: '', sampled: false, shard: '' }), ...more });
    trace(fakeDeps())(call, keeping().next);
    return call.record;
  };
  it('begins a trace where there is none', () => {
    expect(opening({})).toMatchObject({ traceId: 'f'.repeat(32), parentSpanId: '', spanId: '0000000000000001' });
  });
  it("takes up the caller's trace, its span as parent, and its decision", () => {
    expect(opening({ traceparent: `00-${traceId}-${spanId}-01` })).toMatchObject({
      traceId,
      parentSpanId: spanId,
      sampled: true,
    });
  });
  it('takes the shard of the journey from the mesh door only, and no made-up one', () => {
    expect(opening({ tracestate: 'selvedge=shard-7' }).shard).toBe('shard-7');
    expect(opening({ tracestate: 'selvedge=shard-7', door: 'public' }).shard).toBe('');
    expect(opening({ tracestate: 'selvedge=evil' }).shard).toBe('');
  });
});

describe('record', () => {
  it('opens the call with the bound of the mesh, and closes it as a response', async () => {
    const deps = fakeDeps();
    const call = fetchCall();
    await record(deps)(call, async () => {
      deps.at += 20;
      return new Response('', { status: 201 });
    });
    expect(deps.expiries).toEqual([31_000]);
    expect(deps.closed).toEqual([call.record]);
    expect(call.record).toMatchObject({ outcome: 'response', status: 201, durationMs: 20 });
  });
  it('leaves a call that never ends open as cancelled', async () => {
    const deps = fakeDeps();
    const call = fetchCall();
    void record(deps)(call, () => new Promise(() => {}));
    await Promise.resolve();
    expect(deps.closed).toEqual([]);
    expect(deps.opened[0]).toMatchObject({ outcome: 'cancelled' });
  });
  it('records an RPC method that threw as its answer', async () => {
    const call = rpcCall();
    const thrown = new Error('own');
    await expect(record(fakeDeps())(call, () => Promise.reject(thrown))).rejects.toBe(thrown);
    expect(call.record).toMatchObject({ outcome: 'response', status: 500 });
  });
});

describe('rescue', () => {
  it('answers a fetch with status, Proxy-Status and a stable code', async () => {
    const call = fetchCall({ door: 'public' });
    const reply = (await rescue(fakeDeps())(call, () => {
      throw new MeshFailure({ code: 'access_denied', detail: 'orders-only' });
    })) as Response;
    expect(reply.status).toBe(403);
    expect(reply.headers.get('proxy-status')).toBe(
      'selvedge-payment; error=http_request_denied; details="access_denied"',
    );
    const body = (await reply.json()) as { error: { code: string } };
    expect(body.error).toMatchObject({ code: 'access_denied', service: 'payment', traceId });
    expect(JSON.stringify(body)).not.toContain('orders-only');
    expect(call.record).toMatchObject({ outcome: 'access_denied', status: 403 });
  });
  it('rejects an RPC call with the same stable code as an own property', async () => {
    const denied = () => Promise.reject(new MeshFailure({ code: 'access_denied', detail: 'x' }));
    await expect(rescue(fakeDeps())(rpcCall(), denied)).rejects.toMatchObject({ code: 'access_denied', status: 403 });
  });
  it('passes what a callee threw to a caller inside the mesh, and answers a public caller with 502', async () => {
    const cause = new TypeError('boom');
    const failed = () => Promise.reject(new MeshFailure({ code: 'upstream_failed', version: 'v1', cause }));
    const call = fetchCall({ door: 'mesh' });
    await expect(rescue(fakeDeps())(call, failed)).rejects.toBe(cause);
    expect(call.record).toMatchObject({
      outcome: 'upstream_failed',
      status: 502,
      reason: expect.stringContaining('boom'),
    });
    const shown = (await rescue(fakeDeps())(fetchCall({ door: 'public' }), failed)) as Response;
    expect([shown.status, await shown.text()]).toEqual([502, expect.not.stringContaining('boom')]);
  });
  it('answers 500 for a fault of the edge itself, without its text', async () => {
    const call = fetchCall();
    const reply = (await rescue(fakeDeps())(call, () => Promise.reject(new Error('secret')))) as Response;
    expect(reply.status).toBe(500);
    expect(await reply.text()).not.toContain('secret');
    expect(call.record.reason).toContain('secret');
  });
});

describe('admit', () => {
  it('refuses a call that has passed more than 16 edges', () => {
    expect(() => admit(fakeDeps())(fetchCall({ hops: 17 }), keeping().next)).toThrow('too_many_hops');
    expect(() => admit(fakeDeps())(fetchCall({ hops: 16 }), keeping().next)).not.toThrow();
  });
  it('removes on the public door what only a mesh may say', async () => {
    const names = [
      'selvedge-context',
      'selvedge-token',
      'cloudflare-workers-version-overrides',
      'cloudflare-workers-version-key',
      'x-forwarded-client-cert',
    ];
    const headers = Object.fromEntries(names.map((name) => [name, 'x']));
    const { seen, next } = keeping();
    const request = new Request('http://payment/', { headers: { ...headers, cookie: 'a=b' } });
    await admit(fakeDeps())(fetchCall({ door: 'public', request }), next);
    const [call] = seen;
    if (call?.kind !== 'fetch') throw new Error('no call');
    for (const name of names) expect([call.request.headers.get(name), call.header(name)]).toEqual([null, null]);
    expect(call.header('cookie')).toBe('a=b');
  });
  it('leaves an honest request untouched', async () => {
    const { seen, next } = keeping();
    const call = fetchCall({ door: 'public' });
    await admit(fakeDeps())(call, next);
    expect(seen[0]).toBe(call);
  });
});

describe('snapshot', () => {
  const found = (more: object = {}, of = snapshot()): Lookup => ({
    found: true,
    served: { mounted: mounted(of), ageMs: 0, source: 'kv', stale: false, ...more },
  });
  const run = (lookup: Lookup, more: Parameters<typeof fetchCall>[0] = {}, host?: string) => {
    const deps = fakeDeps();
    const registry = { ...deps.registry, lookup: () => lookup, serviceForHost: () => host };
    const { seen, next } = keeping();
    return { seen, run: async () => snapshotFilter({ ...deps, registry })(fetchCall(more), next) };
  };
  it('says 503 and why where there is no document', async () => {
    await expect(run({ found: false, detail: 'absent' }).run()).rejects.toMatchObject({
      error: { code: 'no_document', detail: 'absent' },
    });
  });
  it('lets the host choose the service on the public door, and answers 404 for any other', async () => {
    const open = run(found(), { service: '', door: 'public' }, 'payment');
    await open.run();
    expect(open.seen[0]?.service).toBe('payment');
    await expect(run(found(), { service: '', door: 'public' }).run()).rejects.toMatchObject(failure('not_public'));
  });
  it('refuses to decide by a stale document that says so', async () => {
    const stale = found({ stale: true, ageMs: 400_000 }, snapshot({ onStale: 'refuse' }));
    await expect(run(stale).run()).rejects.toMatchObject(failure('stale_document'));
  });
  it('gives a journey that begins here its shard and its sampling decision', async () => {
    const none = run(found({}, snapshot({ mesh: { ...settings, sampling: 0 } })), { record: newRecord({ shard: '' }) });
    await none.run();
    expect(none.seen[0]?.record).toMatchObject({ shard: 'shard-3', sampled: false });
  });
  it('chooses a shard anew where the one that came is beyond those of the mesh', async () => {
    const beyond = run(found(), { record: newRecord({ shard: 'shard-8' }) });
    await beyond.run();
    expect(beyond.seen[0]?.record.shard).toBe('shard-3');
  });
  it('decides for a journey that began in a Worker, and tells that it came past an edge', async () => {
    const mesh = { ...settings, sampling: 0 };
    const record = newRecord({ parentSpanId: spanId, sampled: true });
    const direct = run(found({}, snapshot({ mesh })), { began: 'direct', record });
    await direct.run();
    expect(direct.seen[0]?.record).toMatchObject({ sampled: false, reason: expect.stringContaining('past its edge') });
  });
  it('leaves the decision of a parent alone', async () => {
    const child = run(found({}, snapshot({ mesh: { ...settings, sampling: 0 } })), {
      record: newRecord({ parentSpanId: spanId, sampled: true, shard: 'shard-1' }),
    });
    await child.run();
    expect(child.seen[0]?.record).toMatchObject({ shard: 'shard-1', sampled: true });
  });
});

describe('normalise', () => {
  const run = async (url: string, more: Parameters<typeof fetchCall>[0] = {}) => {
    const { seen, next } = keeping();
    const request = more.request ?? new Request('http://payment/');
    // A Worker's request keeps the raw target, which Node's Request would resolve.
    Object.defineProperty(request, 'url', { value: url });
    await normalise(fakeDeps())(fetchCall({ ...more, request }), next);
    return seen[0] as Call;
  };
  it('judges and forwards the same path', async () => {
    const call = await run('http://payment/a/%2e%2e/charge');
    expect(call.path).toBe('/charge');
    expect(call.kind === 'fetch' && new URL(call.request.url).pathname).toBe('/charge');
    expect(call.record.path).toBe('/charge');
  });
  it('leaves a canonical request untouched', async () => {
    const request = new Request('http://payment/charge?x=1');
    const call = await run('http://payment/charge?x=1', { request });
    expect(call.kind === 'fetch' && call.request).toBe(request);
    expect(call.query).toBe('x=1');
  });
  it('refuses what has no canonical form', async () => {
    await expect(run('http://payment/a%00b')).rejects.toMatchObject(failure('bad_request'));
  });
  const carrying = mounted(snapshot({ mesh: { ...settings, carry: ['x-user'] } }));
  it('shows carried names to matchers as headers', async () => {
    const call = await run('http://payment/', { mounted: carrying, baggage: 'x-user=tester,y=2' });
    expect([call.header('x-user'), call.header('y')]).toEqual(['tester', null]);
  });
  it('prefers the header that the caller sets itself', async () => {
    const request = new Request('http://payment/', { headers: { 'x-user': 'other' } });
    const call = await run('http://payment/', { mounted: carrying, baggage: 'x-user=tester', request });
    expect(call.header('x-user')).toBe('other');
  });
  it('believes no carried name in the baggage of a journey that began past an edge', async () => {
    const call = await run('http://payment/', { mounted: carrying, began: 'direct', baggage: 'x-user=root,y=2' });
    expect([call.header('x-user'), call.baggage]).toEqual([null, 'y=2']);
  });
  it('takes carried names on the public door from headers, never from baggage', async () => {
    const request = new Request('http://payment/', { headers: { 'x-user': 'a b' } });
    const set = await run('http://payment/', {
      door: 'public',
      mounted: carrying,
      baggage: 'x-user=root,k=v',
      request,
    });
    expect(set.baggage).toBe('k=v,x-user=a%20b');
    const unset = await run('http://payment/', { door: 'public', mounted: carrying, baggage: 'x-user=root' });
    expect([unset.baggage, unset.header('x-user')]).toEqual(['', null]);
  });
  it.each([
    { rule: 'a carried name alone', baggage: 'x-user=root', left: null },
    { rule: 'one among others, in any spelling', baggage: 'a=1, x-user =root;p=1,x-user', left: 'a=1' },
    { rule: 'one behind the bound', baggage: `a=${'1'.repeat(8190)},x-user=root`, left: null },
    { rule: 'no carried name', baggage: 'a=1, b=2', left: 'a=1, b=2' },
  ])('leaves no carried name in the header that the callee sees and may send on: $rule', async ({ baggage, left }) => {
    const request = new Request('http://payment/', { headers: { baggage } });
    const call = await run('http://payment/', { door: 'public', mounted: carrying, baggage, request });
    expect(call.kind === 'fetch' && call.request.headers.get('baggage')).toBe(left);
    expect(call.header('baggage')).toBe(left);
  });
});

describe('identify', () => {
  it("names the caller by the binding's props on the mesh door", async () => {
    const { seen, next } = keeping();
    const headers = { authorization: 'Bearer forged', 'selvedge-context': 'caller=admin' };
    await identify(fakeDeps())(
      fetchCall({ request: new Request('http://payment/', { headers }), bearer: 'forged' }),
      next,
    );
    expect(seen[0]?.principal).toBe('spiffe://shop.example/svc/orders');
  });
  it.each([
    ['an anonymous caller stays anonymous', { kind: 'anonymous' } as const, null, '', null],
    [
      'a service of the mesh is named by its service',
      { kind: 'principal', principal: 'spiffe://shop.example/svc/web' } as const,
      'spiffe://shop.example/svc/web',
      'web',
      null,
    ],
    [
      "a caller's own token leaves no claims of an end user",
      { kind: 'principal', principal: 'spiffe://partner.example/ada', byToken: true } as const,
      'spiffe://partner.example/ada',
      'spiffe://partner.example/ada',
      null,
    ],
  ])('on the public door %s', async (_rule, answer, principal, caller, claims) => {
    const deps = fakeDeps();
    const identities = { ...deps.identities, identifyPublic: async () => answer };
    const { seen, next } = keeping();
    await identify({ ...deps, identities })(fetchCall({ door: 'public', caller: undefined }), next);
    expect(seen[0]).toMatchObject({ principal, claims, record: { caller } });
  });
  it('refuses a token that does not hold', async () => {
    const deps = fakeDeps();
    const identities = {
      ...deps.identities,
      identifyPublic: async () => ({ kind: 'invalid', detail: 'expired' }) as const,
    };
    const refused = identify({ ...deps, identities })(fetchCall({ door: 'public' }), keeping().next);
    await expect(refused).rejects.toMatchObject({ error: { code: 'invalid_token', detail: 'expired' } });
  });
  it('tells the callee, and matchers, of a client certificate that was accepted', async () => {
    const deps = fakeDeps();
    const certificate = { fingerprint: 'ab', subject: 'O=shop', uri: 'spiffe://partner/x' };
    const identities = {
      ...deps.identities,
      identifyPublic: async () => ({ kind: 'anonymous', certificate }) as const,
    };
    const { seen, next } = keeping();
    const document = snapshot({ mtls: { trust: 'mesh', principalOf: () => undefined } });
    const call = fetchCall({ door: 'public', caller: undefined, mounted: mounted(document) });
    await identify({ ...deps, identities })(call, next);
    const value = 'By=spiffe://shop.example/svc/payment;Hash=ab;Subject="O=shop";URI=spiffe://partner/x';
    expect(seen[0]?.header('x-forwarded-client-cert')).toBe(value);
    expect(seen[0]?.requestHeaders).toEqual([{ set: [['x-forwarded-client-cert', value]], add: [], remove: [] }]);
    expect(seen[0]?.principal).toBeNull();
  });
  it.each([
    ['removes what a meshed caller says of certificates where they count', { trust: 'mesh' } as const, null, 1],
    ['leaves it alone where they do not', undefined, 'By=forged', 0],
  ])('%s', async (_rule, mtls, value, changes) => {
    const { seen, next } = keeping();
    const request = new Request('http://payment/', { headers: { 'x-forwarded-client-cert': 'By=forged', 'x-a': 'b' } });
    const document = snapshot(mtls === undefined ? {} : { mtls: { ...mtls, principalOf: () => undefined } });
    await identify(fakeDeps())(fetchCall({ request, mounted: mounted(document) }), next);
    expect(seen[0]?.header('x-forwarded-client-cert')).toBe(value);
    expect(seen[0]?.header('x-a')).toBe('b');
    expect(seen[0]?.requestHeaders).toHaveLength(changes);
  });
});

describe('match', () => {
  it('finds the route and names it in the record', async () => {
    const { seen, next } = keeping();
    const found = route({ name: 'canary' });
    await match(fakeDeps())(fetchCall({ mounted: mounted(snapshot({ routes: [found] })) }), next);
    expect(seen[0]).toMatchObject({ route: found, record: { route: 'canary' } });
  });
  it('lets a call without a route go on, to be authorised first', async () => {
    const { seen, next } = keeping();
    await match(fakeDeps())(fetchCall({ mounted: mounted(snapshot({ findRoute: () => undefined })) }), next);
    expect(seen[0]?.route).toBeUndefined();
  });
});
