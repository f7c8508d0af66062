import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MeshFailure } from '../../../src/core/errors/mesh-error.ts';
import type { Endpoint } from '../../../src/model/snapshot.ts';
import type { Call, FetchCall } from '../../../src/proxy/call.ts';
import type { RouteParts } from '../../../src/proxy/deps.ts';
import { dispatch } from '../../../src/proxy/dispatch.ts';
import { deadline } from '../../../src/proxy/filters/deadline.ts';
import { pick } from '../../../src/proxy/filters/pick.ts';
import { rewrite } from '../../../src/proxy/filters/rewrite.ts';
import { sign } from '../../../src/proxy/filters/sign.ts';
import { span } from '../../../src/proxy/filters/span.ts';
import { timeOut } from '../../../src/proxy/filters/time-out.ts';
import { backend, fakeDeps, fetchCall, route, rpcCall, settings, snapshot, stepService } from '../../support/calls.ts';

function parts(of: Parameters<typeof route>[0] = {}, deps = fakeDeps()): RouteParts {
  return { deps, snapshot: snapshot(), route: route(of) };
}

const attemptOf = (endpoint: Endpoint = { kind: 'worker', version: 'v1', worker: 'payment-v1' }) => {
  const record = {
    spanId: '1'.repeat(16),
    version: 'v1',
    endpoint: 'payment',
    startMs: 0,
    durationMs: -1,
    status: 0,
    outcome: 'cancelled' as const,
  }; // prettier-ignore
  return { backend: backend('v1'), endpoint, record };
};

describe('with a fake clock', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  describe('deadline', () => {
    const run = (of: Parameters<typeof route>[0], more: Partial<Call> = {}) => {
      const upstream = stepService();
      const deps = fakeDeps();
      const filter = deadline(parts(of, deps));
      const reply = Promise.resolve().then(() => filter?.({ ...fetchCall(), ...more } as Call, upstream.service));
      reply.catch(() => {});
      return { upstream, deps, reply };
    };
    const deadlineOf = async (of: Parameters<typeof route>[0], more: Partial<Call> = {}) => {
      const { upstream } = run(of, more);
      await vi.advanceTimersByTimeAsync(1);
      return upstream.calls[0]?.deadlineMs;
    };
    const rows: readonly [string, number | undefined, number | undefined, number | undefined][] = [
      ['is the request timeout from now', 500, undefined, 1_500],
      ['shrinks to the deadline that came with the call', 500, 1_100, 1_100],
      ['never grows beyond the route', 500, 99_000, 1_500],
      ['is the one that came where the route has none', undefined, 1_100, 1_100],
      ['is absent where nobody sets one', undefined, undefined, undefined],
    ];
    it.each(rows)('%s', async (_rule, requestTimeoutMs, deadlineMs, expected) => {
      expect(await deadlineOf({ requestTimeoutMs }, { deadlineMs })).toBe(expected);
    });
    it('is when the open call expires', async () => {
      const { deps } = run({ requestTimeoutMs: 500 });
      await vi.advanceTimersByTimeAsync(1);
      expect(deps.expiries).toEqual([1_500]);
    });
    it('refuses at once what nobody waits for any more', async () => {
      const { reply, upstream } = run({}, { deadlineMs: 1_000 });
      await expect(reply).rejects.toMatchObject({ error: { code: 'deadline_exceeded' } });
      expect(upstream.calls).toHaveLength(0);
    });
  });

  describe('time-out', () => {
    const retry = {
      attempts: 1,
      codes: new Set<number>(),
      backoffMs: 1,
      budget: { percent: 20, burst: 3 },
      methods: new Set(['GET']),
      bodyBytes: 1,
    };
    const run = (of: Parameters<typeof route>[0], deadlineMs?: number) => {
      const upstream = stepService();
      const filter = timeOut(parts(of));
      const call = fetchCall({ attempt: attemptOf(), deadlineMs });
      const reply = Promise.resolve().then(() => filter?.(call, upstream.service));
      reply.catch(() => {});
      return { upstream, reply };
    };
    it('ends the attempt after the backendRequest timeout', async () => {
      const { reply } = run({ backendRequestTimeoutMs: 100 });
      await vi.advanceTimersByTimeAsync(100);
      await expect(reply).rejects.toMatchObject({ error: { code: 'backend_timeout', afterMs: 100, version: 'v1' } });
    });
    it('ends the wait for the headers with 504 at the deadline, where that is sooner', async () => {
      const { reply } = run({ backendRequestTimeoutMs: 5_000, requestTimeoutMs: 500 }, 1_500);
      await vi.advanceTimersByTimeAsync(499);
      expect(await Promise.race([reply, Promise.resolve('waiting')])).toBe('waiting');
      await vi.advanceTimersByTimeAsync(1);
      await expect(reply).rejects.toMatchObject({ error: { code: 'request_timeout', afterMs: 500 } });
    });
    it("says that it was the caller's deadline", async () => {
      const { reply } = run({ requestTimeoutMs: 500 }, 1_100);
      await vi.advanceTimersByTimeAsync(100);
      await expect(reply).rejects.toMatchObject({ error: { code: 'deadline_exceeded' } });
    });
    it('leaves no timer behind when the answer comes in time, and sets none where there is no bound', async () => {
      const bounded = run({ backendRequestTimeoutMs: 100 });
      await vi.advanceTimersByTimeAsync(1);
      expect(vi.getTimerCount()).toBe(1);
      bounded.upstream.respond(new Response('ok'));
      await bounded.reply;
      run({});
      await vi.advanceTimersByTimeAsync(1);
      expect(vi.getTimerCount()).toBe(0);
    });
    it('aborts an attempt that is given up while the call goes on', async () => {
      const { reply, upstream } = run({ backendRequestTimeoutMs: 100, retry });
      await vi.advanceTimersByTimeAsync(99);
      expect(upstream.calls[0]?.attempt?.signal?.aborted).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      await expect(reply).rejects.toBeInstanceOf(MeshFailure);
      expect(upstream.calls[0]?.attempt?.signal?.aborted).toBe(true);
    });
    it('makes no signal where no other attempt may follow', async () => {
      const { upstream } = run({ backendRequestTimeoutMs: 100 });
      await vi.advanceTimersByTimeAsync(1);
      expect(upstream.calls[0]?.attempt?.signal).toBeUndefined();
    });
  });
});

describe('pick', () => {
  it('refuses the share of a backend that this edge cannot reach', () => {
    const deps = fakeDeps();
    const transport = { ...deps.transport, resolves: (endpoint: Endpoint) => endpoint.version !== 'v2' };
    const filter = pick(
      parts({ backends: [backend('v1'), backend('v2')] }, { ...deps, transport, random: () => 0.9 } as never),
    ); // prettier-ignore
    expect(() => filter?.(fetchCall(), stepService().service)).toThrow('backend_unresolved');
  });
  it('refuses a route whose backends all weigh nothing', () => {
    const filter = pick(parts({ backends: [backend('v1', 0)] }));
    expect(() => filter?.(fetchCall(), stepService().service)).toThrow('no_backend');
  });
  it('gives each backend its share, and none to a weight of zero', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 6 }), (weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        fc.pre(total > 0);
        const counts = weights.map(() => 0);
        const steps = 1_000;
        for (let step = 0; step < steps; step += 1) {
          const deps = { ...fakeDeps(), random: () => (step + 0.5) / steps };
          const backends = weights.map((weight, index) => backend(`v${index}`, weight));
          const seen: string[] = [];
          const filter = pick({ deps, snapshot: snapshot(), route: route({ backends }) });
          filter?.(fetchCall(), async (call) => {
            seen.push(call.record.version);
            return new Response();
          });
          const at = Number(seen[0]?.slice(1));
          counts[at] = (counts[at] ?? 0) + 1;
        }
        weights.forEach((weight, index) => {
          expect(Math.abs((counts[index] ?? 0) / steps - weight / total)).toBeLessThanOrEqual(2 / steps);
          if (weight === 0) expect(counts[index]).toBe(0);
        });
      }),
      { numRuns: 20 },
    );
  });
});

describe('span', () => {
  it('is cancelled until the attempt has ended', async () => {
    const upstream = stepService();
    const call = fetchCall({ attempt: attemptOf() });
    const reply = span(parts())?.(call, upstream.service);
    expect(call.record.attempts[0]).toMatchObject({ outcome: 'cancelled', durationMs: -1 });
    upstream.respond(new Response('', { status: 503 }));
    await reply;
    expect(call.record.attempts[0]).toMatchObject({ outcome: 'response', status: 503, durationMs: 0 });
  });
  it('says why an attempt had no answer', async () => {
    const upstream = stepService();
    const call = fetchCall({ attempt: attemptOf() });
    const reply = span(parts())?.(call, upstream.service);
    upstream.fail(new MeshFailure({ code: 'upstream_failed', version: 'v1', cause: 'x' }));
    await expect(reply).rejects.toBeInstanceOf(MeshFailure);
    expect(call.record.attempts[0]).toMatchObject({ outcome: 'upstream_failed', status: 0 });
  });
});

describe('sign', () => {
  const signed = async (call: Call, deps = fakeDeps()) => {
    const upstream = stepService();
    void sign(parts({}, deps))?.(call, upstream.service);
    await new Promise((resolve) => setTimeout(resolve, 0));
    const attempt = upstream.calls[0]?.attempt;
    return { headers: attempt?.request?.headers, context: attempt?.context, request: attempt?.request };
  };
  const full = {
    attempt: attemptOf(),
    hops: 3,
    deadlineMs: 5_000,
    principal: 'spiffe://shop.example/svc/orders',
    tracestate: 'a=1',
    baggage: 'x-user=tester',
  };
  it('sends the trace with this attempt as parent, the shard, the baggage and the context', async () => {
    const { headers } = await signed(fetchCall(full));
    const names = ['traceparent', 'tracestate', 'baggage', 'selvedge-context'];
    expect(names.map((name) => headers?.get(name))).toEqual([
      `00-0af7651916cd43dd8448eb211c80319c-${'1'.repeat(16)}-01`,
      'selvedge=shard-0,a=1',
      'x-user=tester',
      'hops=3;deadline=5000;caller=orders;versions=payment:v1',
    ]);
  });
  it('takes the baggage header away where nothing of it may go on', async () => {
    const request = new Request('http://payment/', { headers: { baggage: 'x-user=root' } });
    const { headers } = await signed(fetchCall({ ...full, request, baggage: '' }));
    expect([headers?.get('baggage'), headers?.get('selvedge-own')]).toEqual([null, 'baggage=x-user%3Droot']);
  });
  it('gives an RPC call the same context', async () => {
    const { context } = await signed(rpcCall(full));
    expect(context?.context).toBe('hops=3;deadline=5000;caller=orders;versions=payment:v1');
  });
  const rows: readonly [string, Partial<FetchCall>, Endpoint | undefined, string][] = [
    [
      'replaces what was chosen for this service before',
      { journey: 'payment:v9,cart:v2' },
      undefined,
      'versions=cart:v2,payment:v1',
    ],
    [
      'leaves the journey as it is where another service answers, whose versions are its own',
      { journey: 'cart:v2' },
      { kind: 'service', version: 'orders', service: 'orders', caller: 'payment' },
      'versions=cart:v2',
    ],
    [
      'hands on where the journey came in',
      { locality: 'EU/DE/TXL' },
      undefined,
      'versions=payment:v1;locality=EU/DE/TXL',
    ],
    [
      'tells at a gateway where its caller is',
      { door: 'public', geo: () => ({ continent: 'EU', country: 'DE', colo: '' }) },
      undefined,
      'versions=payment:v1;locality=EU/DE',
    ],
  ];
  it.each(rows)('%s', async (_rule, more, endpoint, rest) => {
    const call = fetchCall({ ...full, attempt: attemptOf(endpoint), ...more });
    expect((await signed(call)).headers?.get('selvedge-context')).toBe(`hops=3;deadline=5000;caller=orders;${rest}`);
  });
  it("lets a gateway's header changes decide what the journey carries, and no other edge's", async () => {
    const requestHeaders = [{ set: [['x-tier', 'gold']], add: [], remove: ['x-user'] }] as const;
    const carried = async (door: 'public' | 'mesh') => {
      const request = new Request('http://payment/', { headers: { 'x-user': 'admin' } });
      const call = fetchCall({ ...full, door, request, requestHeaders, baggage: 'a=1,x-user=admin' });
      const upstream = stepService();
      const carrying = { ...settings, carry: ['x-user', 'x-tier'] };
      void sign({ ...parts({}), snapshot: snapshot({ mesh: carrying }) })?.(call, upstream.service);
      return upstream.calls[0]?.attempt?.request?.headers.get('baggage');
    };
    expect([await carried('public'), await carried('mesh')]).toEqual(['a=1,x-tier=gold', 'a=1,x-user=admin']);
  });
  it('applies set, add and remove of headers, in order', async () => {
    const request = new Request('http://payment/', { headers: { a: '1', b: '1', c: '1' } });
    const change = { set: [['a', '2']], add: [['b', '2']], remove: ['c'] } as const;
    const { headers } = await signed(fetchCall({ ...full, request, requestHeaders: [change] }));
    expect([headers?.get('a'), headers?.get('b'), headers?.get('c')]).toEqual(['2', '1, 2', null]);
  });
  it('asks the platform for a version of a Worker', async () => {
    const endpoint = { kind: 'worker-version', version: 'v1', worker: 'payment', workerVersion: 'abc' } as const;
    const { headers } = await signed(fetchCall({ ...full, attempt: attemptOf(endpoint) }));
    expect(headers?.get('cloudflare-workers-version-overrides')).toBe('payment="abc"');
  });
  const ownOf = async (headers: object, endpoint?: Endpoint) => {
    const request = new Request('http://payment/', { headers: { ...headers } });
    const attempt = attemptOf(endpoint);
    return (await signed(fetchCall({ ...full, request, attempt }))).headers?.get('selvedge-own') ?? null;
  };
  const pinned = { kind: 'worker-version', version: 'v1', worker: 'payment', workerVersion: 'abc' } as const;
  it.each([
    { rule: 'nothing where the code had set none', headers: {}, own: null },
    {
      rule: 'what a caller without the runtime had set',
      headers: { traceparent: '00-a', baggage: 'a=1' },
      own: 'traceparent=00-a&baggage=a%3D1',
    },
    {
      rule: 'nothing of what stands there before a caller without the runtime has said a word',
      headers: { 'selvedge-own': 'baggage=x-user%3Droot' },
      own: null,
    },
    {
      rule: 'what a caller with the runtime says, whatever stands in the headers that it wrote itself',
      headers: { 'selvedge-context': 'hops=1', traceparent: '00-mesh', 'selvedge-own': 'traceparent=00-a' },
      own: 'traceparent=00-a',
    },
    {
      rule: 'nothing where a caller with the runtime says nothing',
      headers: { 'selvedge-context': 'hops=1', traceparent: '00-mesh' },
      own: null,
    },
    {
      rule: 'that a version override is not of the code',
      headers: {},
      endpoint: pinned,
      own: 'cloudflare-workers-version-overrides',
    },
    {
      rule: 'the version override of the code',
      headers: { 'cloudflare-workers-version-overrides': 'x="1"' },
      endpoint: pinned,
      own: 'cloudflare-workers-version-overrides=x%3D%221%22',
    },
  ])('says what the caller sent under names that the mesh writes: $rule', async ({ headers, endpoint, own }) => {
    expect(await ownOf(headers, endpoint)).toBe(own);
  });
  const url = {
    kind: 'url',
    version: 'v1',
    url: 'https://pay.example.com',
    audience: 'https://pay.example.com',
  } as const;
  it('shows a URL endpoint a JWT-SVID and none of our own headers', async () => {
    const { headers } = await signed(fetchCall({ ...full, attempt: attemptOf(url) }));
    expect(headers?.get('authorization')).toBe('Bearer svid');
    const ours = ['selvedge-context', 'selvedge-own', 'baggage', 'tracestate'];
    expect(ours.map((name) => headers?.get(name))).toEqual([null, null, null, null]);
    expect(headers?.get('traceparent')).not.toBeNull();
  });
  it("takes the mesh's own words of the caller's hop away before a URL endpoint", async () => {
    const headers = { tracestate: 'selvedge=shard-3,a=1', 'selvedge-token': 'forged' };
    const request = new Request('http://payment/', { headers });
    const sent = (await signed(fetchCall({ ...full, request, attempt: attemptOf(url) }))).headers;
    expect([sent?.get('tracestate'), sent?.get('selvedge-token')]).toEqual(['a=1', null]);
  });
  it("leaves the service's own credentials for a URL endpoint alone", async () => {
    const request = new Request('http://payment/', { headers: { authorization: 'Basic x' } });
    const { headers } = await signed(fetchCall({ ...full, request, attempt: attemptOf(url) }));
    expect([headers?.get('authorization'), headers?.get('selvedge-token')]).toEqual(['Basic x', 'svid']);
  });
  it('sends a buffered body anew each time', async () => {
    const bufferedBody = new TextEncoder().encode('charge').buffer as ArrayBuffer;
    const put = () => fetchCall({ ...full, bufferedBody, request: new Request('http://payment/', { method: 'PUT' }) });
    expect(await (await signed(put())).request?.text()).toBe('charge');
    expect(await (await signed(put())).request?.text()).toBe('charge');
  });
});

describe('rewrite', () => {
  it('changes the headers of the response, and keeps its body and status', async () => {
    const responseHeaders = { set: [['x-by', 'mesh']], add: [], remove: ['server'] } as const;
    const filter = rewrite(parts({ responseHeaders }));
    const answer = new Response('body', { status: 201, headers: { server: 'x' } });
    const reply = (await filter?.(fetchCall(), async () => answer)) as Response;
    expect([reply.status, reply.headers.get('x-by'), reply.headers.get('server'), await reply.text()]).toEqual([
      201,
      'mesh',
      null,
      'body',
    ]); // prettier-ignore
  });
  it('is left out where a route changes nothing', () => {
    expect(rewrite(parts())).toBeUndefined();
  });
});

describe('dispatch', () => {
  it('makes a callee that throws a failure of the upstream', async () => {
    const deps = fakeDeps();
    const boom = Object.assign(new TypeError('boom'), { remote: true });
    const transport = { ...deps.transport, fetch: () => Promise.reject(boom) };
    const reply = dispatch({ ...deps, transport })(fetchCall({ attempt: attemptOf() }));
    await expect(reply).rejects.toMatchObject({ error: { code: 'upstream_failed', version: 'v1' } });
  });
  it('tells a connection that failed from a callee that threw', async () => {
    const deps = fakeDeps();
    const transport = { ...deps.transport, fetch: () => Promise.reject(new Error('Network connection lost.')) };
    const reply = dispatch({ ...deps, transport })(fetchCall({ attempt: attemptOf() }));
    await expect(reply).rejects.toMatchObject({ error: { code: 'upstream_unreachable' } });
  });
  it('leaves a callee that answers 500 alone', async () => {
    const deps = fakeDeps();
    const answer = new Response('own', { status: 500 });
    const transport = { ...deps.transport, fetch: async () => answer };
    expect(await dispatch({ ...deps, transport })(fetchCall({ attempt: attemptOf() }))).toBe(answer);
  });
});
