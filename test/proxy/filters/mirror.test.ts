import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Endpoint, MirrorRule, Route } from '../../../src/model/snapshot.ts';
import type { Call, Reply } from '../../../src/proxy/call.ts';
import { routeService } from '../../../src/proxy/pipeline.ts';
import { backend, fakeDeps, fetchCall, route, rpcCall, snapshot, target } from '../../support/calls.ts';

interface Sent {
  readonly worker: string;
  readonly request: Request;
  readonly body: string;
}

const to = (name: string, share = 1): MirrorRule => ({ target: target(name), share });
const workerOf = (endpoint: Endpoint) => (endpoint.kind === 'worker' ? endpoint.worker : endpoint.kind);

/** A route whose backends answer at once, and whose mirrors do what `mirrors` says. */
function mirroring(of: Partial<Route>, mirrors: Record<string, (request: Request) => Promise<Response>> = {}) {
  const sent: Sent[] = [];
  const deps = fakeDeps();
  const work: Promise<unknown>[] = [];
  const lifetime = { waitUntil: (one: Promise<unknown>) => void work.push(one), end: () => {} };
  deps.transport.fetch = async (endpoint, _upstream, request) => {
    const worker = workerOf(endpoint);
    const answer = mirrors[worker];
    if (answer !== undefined) sent.push({ worker, request, body: await request.clone().text() });
    else sent.push({ worker, request, body: await request.text() });
    return answer === undefined ? new Response('own') : answer(request);
  };
  const service = routeService(deps, snapshot(), route(of));
  return {
    deps,
    sent,
    call: (call: Call): Promise<Reply> => service({ ...call, lifetime }),
    settled: () => Promise.all(work),
    to: (worker: string) => sent.filter((one) => one.worker === worker),
  };
}

const post = (body: BodyInit, headers: Record<string, string> = {}) => {
  const init = { method: 'POST', body, headers, duplex: 'half' } as RequestInit;
  return fetchCall({ request: new Request('http://payment/charge?x=1', init), query: 'x=1' });
};
const streamOf = (...chunks: string[]) =>
  new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });

describe('a mirror', () => {
  it('gets what the backend gets, with a span of its own', async () => {
    const requestHeaders = { set: [['x-set', 'new']], add: [], remove: ['x-gone'] } as const;
    const rewrite = { path: { type: 'ReplaceFullPath', value: '/n' } } as const;
    const mesh = mirroring({ requestHeaders, rewrite, mirrors: [to('v2')] });
    const call = post('five', { 'x-gone': '1', 'x-kept': '1', 'content-length': '4' });
    expect(await ((await mesh.call(call)) as Response).text()).toBe('own');
    await mesh.settled();
    const [own, copy] = [mesh.to('payment-v1')[0], mesh.to('payment-v2')[0]];
    for (const one of [own, copy]) {
      expect([one?.request.url, one?.request.method, one?.body]).toEqual(['http://payment/n?x=1', 'POST', 'five']);
      const header = (name: string) => one?.request.headers.get(name);
      expect(['x-set', 'x-gone', 'x-kept'].map(header)).toEqual(['new', null, '1']);
    }
    const spans = [own, copy].map((one) => one?.request.headers.get('traceparent')?.split('-'));
    expect(spans[0]?.[1]).toBe(spans[1]?.[1]);
    expect(spans[0]?.[2]).not.toBe(spans[1]?.[2]);
    expect(copy?.request.headers.get('selvedge-context')).toContain('hops=1');
  });
  it('is recorded beside its call, and changes nothing of it', async () => {
    const mesh = mirroring({ mirrors: [to('v2')] }, { 'payment-v2': async () => new Response('', { status: 503 }) });
    const call = post('');
    await mesh.call(call);
    await mesh.settled();
    expect(call.record.attempts).toMatchObject([{ version: 'v1', status: 200 }]);
    expect(call.record.version).toBe('v1');
    expect(mesh.deps.closed).toMatchObject([
      {
        mirror: true,
        traceId: call.record.traceId,
        parentSpanId: call.record.spanId,
        status: 503,
        outcome: 'response',
        attempts: [{ version: 'v2', endpoint: 'payment-v2', status: 503, outcome: 'response' }],
      },
    ]);
  });
  it('neither delays nor fails its call', async () => {
    const mesh = mirroring(
      { mirrors: [to('v2'), to('v3'), { target: target('v4', { endpoints: [] }), share: 1 }] },
      {
        'payment-v2': () => new Promise(() => {}),
        'payment-v3': async () => {
          throw new Error('down');
        },
      },
    );
    expect(((await mesh.call(post('five'))) as Response).status).toBe(200);
    await vi.waitFor(() => expect(mesh.deps.closed).toHaveLength(2), 10_000);
    expect(mesh.deps.closed.map(({ version, outcome }) => [version, outcome]).sort()).toEqual([
      ['v3', 'upstream_unreachable'],
      ['v4', 'no_endpoint'],
    ]);
  });
  it('that this edge cannot reach is recorded as unresolved', async () => {
    const mesh = mirroring({ mirrors: [to('v2')] });
    mesh.deps.transport.resolves = (endpoint) => workerOf(endpoint) !== 'payment-v2';
    expect(((await mesh.call(fetchCall())) as Response).status).toBe(200);
    await mesh.settled();
    expect(mesh.deps.closed).toMatchObject([{ outcome: 'backend_unresolved', status: 0 }]);
  });
  it('still gets its copy where the call itself fails', async () => {
    const mesh = mirroring({ mirrors: [to('v2')] }, { 'payment-v1': async () => Promise.reject(new Error('down')) });
    await expect(mesh.call(post('five'))).rejects.toMatchObject({ error: { code: 'upstream_unreachable' } });
    await mesh.settled();
    expect(mesh.to('payment-v2')).toMatchObject([{ body: 'five' }]);
  });
  it('has its answer dropped', async () => {
    let cancelled = false;
    const body = () =>
      new ReadableStream({
        cancel: () => {
          cancelled = true;
        },
      });
    const mesh = mirroring({ mirrors: [to('v2')] }, { 'payment-v2': async () => new Response(body()) });
    await mesh.call(fetchCall());
    await mesh.settled();
    expect(cancelled).toBe(true);
  });
  it('of a backend gets every attempt that goes to it', async () => {
    const retry = {
      attempts: 2,
      codes: new Set([503]),
      backoffMs: 1,
      budget: { percent: 20, burst: 3 },
      methods: new Set(['POST']),
      bodyBytes: 9,
    }; // prettier-ignore
    const answers = [503, 200];
    const mesh = mirroring(
      { retry, backends: [backend('v1', 1, { mirrors: [to('v2')] })] },
      { 'payment-v1': async () => new Response(null, { status: answers.shift() ?? 500 }) },
    );
    await mesh.call(post('five', { 'content-length': '4' }));
    await mesh.settled();
    expect(mesh.to('payment-v2')).toMatchObject([{ body: 'five' }, { body: 'five' }]);
  });
  it('of a route gets one copy, however often the call is tried', async () => {
    const retry = {
      attempts: 2,
      codes: new Set([503]),
      backoffMs: 1,
      budget: { percent: 20, burst: 3 },
      methods: new Set(['GET']),
      bodyBytes: 9,
    }; // prettier-ignore
    const mesh = mirroring(
      { retry, mirrors: [to('v2')] },
      { 'payment-v1': async () => new Response(null, { status: 503 }) },
    ); // prettier-ignore
    await mesh.call(fetchCall());
    await mesh.settled();
    expect([mesh.to('payment-v1').length, mesh.to('payment-v2').length]).toEqual([3, 1]);
  });
  it('gets its share of the calls, each mirror by a draw of its own', async () => {
    const tenths = Array.from({ length: 10 }, (_, index) => index / 10);
    const share = fc.constantFrom(...tenths, 1);
    await fc.assert(
      fc.asyncProperty(share, share, async (first, second) => {
        const mesh = mirroring({ mirrors: [to('v2', first), to('v3', second)] });
        for (const one of tenths) {
          for (const other of tenths) {
            const draws = [one, other];
            Object.assign(mesh.deps, { random: () => draws.shift() ?? 0 });
            await mesh.call(fetchCall());
          }
        }
        await mesh.settled();
        expect(mesh.to('payment-v1')).toHaveLength(100);
        expect(mesh.to('payment-v2')).toHaveLength(Math.round(first * 100));
        expect(mesh.to('payment-v3')).toHaveLength(Math.round(second * 100));
      }),
      { numRuns: 5 },
    );
  });
});

describe('the body of a copy', () => {
  const large = 'x'.repeat(65_537);
  const rows: readonly [rule: string, () => Call, copied: string | undefined][] = [
    ['is none where the call has none', () => fetchCall(), ''],
    ['is that of the call', () => post('five', { 'content-length': '4' }), 'five'],
    ['may be of no announced length', () => post(streamOf('fi', 've')), 'five'],
    ['may be as long as the bound', () => post(streamOf(large.slice(1))), large.slice(1)],
    ['is not copied where a longer one is announced', () => post(large, { 'content-length': '65537' }), undefined],
    ['is not copied where it turns out to be longer', () => post(streamOf(large, large, large)), undefined],
  ];
  it.each(rows)('%s', async (_rule, made, copied) => {
    const mesh = mirroring({ mirrors: [to('v2')] });
    const call = made();
    await mesh.call(call);
    await mesh.settled();
    expect(mesh.to('payment-v2').map(({ body }) => body)).toEqual(copied === undefined ? [] : [copied]);
    expect(mesh.to('payment-v1')[0]?.body.length).toBeGreaterThanOrEqual(copied?.length ?? 65_537);
    if (copied === undefined) {
      const reason = 'not mirrored: its body is longer than 65536 bytes';
      expect(mesh.deps.closed).toMatchObject([{ outcome: 'not_sent', reason, attempts: [{ outcome: 'not_sent' }] }]);
    }
  });
  it('is not waited for by the call', async () => {
    let push: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        push = controller;
      },
    });
    const mesh = mirroring({ mirrors: [to('v2')] });
    mesh.deps.transport.fetch = async () => new Response('before the body has come');
    expect(((await mesh.call(post(body))) as Response).status).toBe(200);
    push?.close();
    await mesh.settled();
  });
  it('is none of a WebSocket', async () => {
    const mesh = mirroring({ mirrors: [to('v2')] });
    await mesh.call(fetchCall({ request: new Request('http://payment/', { headers: { upgrade: 'websocket' } }) }));
    await mesh.settled();
    expect(mesh.deps.closed).toMatchObject([
      { outcome: 'not_sent', reason: 'not mirrored: it upgrades its connection' },
    ]);
  });
});

describe('a copy of an RPC call', () => {
  const called = async (args: readonly unknown[] | undefined) => {
    const members: unknown[] = [];
    let disposed = 0;
    const mesh = mirroring({ mirrors: [to('v2')] });
    mesh.deps.transport.call = async (endpoint, _upstream, context, member, sentArgs) => {
      members.push([workerOf(endpoint), member, sentArgs, context.traceparent.split('-')[1]]);
      return {
        value: {
          [Symbol.dispose]: () => {
            disposed += 1;
          },
        },
      };
    };
    const call = rpcCall({ args });
    await mesh.call(call);
    await mesh.settled();
    return { members, disposed: () => disposed, closed: mesh.deps.closed, traceId: call.record.traceId };
  };
  it('has its member and arguments, and its result let go', async () => {
    const { members, disposed, traceId } = await called([{ cents: 5 }]);
    const expected = (worker: string) => [worker, 'charge', [{ cents: 5 }], traceId];
    expect(members).toEqual([expected('payment-v1'), expected('payment-v2')]);
    expect(disposed()).toBe(1);
  });
  it.each([
    ['arguments that can be sent once only', [() => 1]],
    ['the read of a property', undefined],
  ])('is not made of %s', async (_rule, args) => {
    const { members, closed } = await called(args);
    expect(members).toHaveLength(1);
    expect(closed).toMatchObject([{ outcome: 'not_sent', reason: 'not mirrored: its arguments are not plain data' }]);
  });
});

describe('the time of a copy', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());
  it.each([
    ['is 10 s', undefined, 10_000],
    ['is that of the route where it is shorter', 300, 300],
    ['is not longer', 60_000, 10_000],
  ])('%s', async (_rule, requestTimeoutMs, limitMs) => {
    const signals: AbortSignal[] = [];
    const mesh = mirroring(
      { mirrors: [to('v2')], requestTimeoutMs },
      {
        'payment-v2': (request) => {
          signals.push(request.signal);
          return new Promise(() => {});
        },
      },
    );
    const call = mesh.call(fetchCall());
    await vi.advanceTimersByTimeAsync(10);
    await call;
    await vi.advanceTimersByTimeAsync(limitMs - 20);
    expect([mesh.deps.closed.length, signals[0]?.aborted]).toEqual([0, false]);
    await vi.advanceTimersByTimeAsync(30);
    await mesh.settled();
    expect(signals[0]?.aborted).toBe(true);
    expect(mesh.deps.closed).toMatchObject([{ outcome: 'backend_timeout', status: 0 }]);
  });
});
