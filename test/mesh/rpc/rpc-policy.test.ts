/** What an edge does to RPC calls: the same as to requests, with what RPC lets it do. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallRecord } from '../../../src/telemetry/batch.ts';
import { type EdgeMesh, eventually, startEdgeMesh } from '../../support/edge-mesh.ts';
import { countingCallee, echo, obedientCaller } from './policy-workers.ts';

const document = {
  service: 'payment',
  versions: {
    v1: { worker: 'one' },
    v2: { worker: 'two' },
    plain: { worker: 'plain' },
    stale: { worker: 'stale' },
    echo: { worker: 'echo' },
    'v1-abc': { worker: 'one', version: 'abc' },
  },
  routes: [
    { name: 'echo', matches: [{ path: { value: '/echo' } }], backends: [{ version: 'echo' }] },
    { name: 'pinned', matches: [{ rpc: 'pinned' }], backends: [{ version: 'v1-abc' }] },
    {
      name: 'split',
      matches: [{ rpc: 'session' }],
      backends: [
        { version: 'v1', weight: 50 },
        { version: 'v2', weight: 50 },
      ],
    },
    {
      name: 'retried',
      matches: ['GET', 'DELETE', 'get', 'flaky*'].map((rpc) => ({ rpc })),
      retry: { attempts: 2, backoff: '1ms', budget: { burst: 100 }, methods: ['flaky', 'flakyWith', 'GET'] },
      backends: [{ version: 'v1' }],
    },
    {
      name: 'late',
      matches: [{ rpc: 'slowFirst' }],
      timeouts: { backendRequest: '400ms' },
      retry: { attempts: 1, backoff: '1ms', methods: ['slowFirst'] },
      backends: [{ version: 'v1' }],
    },
    {
      name: 'slow',
      matches: [{ rpc: 'slow' }],
      timeouts: { request: '300ms' },
      backends: [{ version: 'v1' }],
    },
    { name: 'default', backends: [{ version: 'v1' }] },
  ],
  access: {
    rules: [
      { action: 'deny', from: { principals: ['*'] }, to: { rpc: ['refund*', 'users.delete'] } },
      { action: 'allow', from: { principals: ['orders'] } },
    ],
  },
};

const upstream = (worker: string, runtime: boolean) => ({ binding: `UP_${worker}`, runtime });
const all = { one: upstream('one', true), two: upstream('two', true), echo: upstream('echo', false) };
const runtime = (service: string) => ({ service, bindings: ['EDGE'], hosts: [] });

interface Answer {
  readonly value?: unknown;
  readonly error?: {
    readonly name: string;
    readonly message: string;
    readonly code?: string;
    readonly status?: number;
  };
}

let mesh: EdgeMesh;
beforeAll(async () => {
  mesh = await startEdgeMesh({
    workers: {
      one: countingCallee('v1'),
      two: countingCallee('v2'),
      plain: countingCallee('plain'),
      stale: countingCallee('stale'),
      echo,
      orders: obedientCaller,
      bare: obedientCaller,
    },
    upstreams: { one: true, two: true, plain: false, stale: true, echo: false },
    meshed: { one: runtime('payment'), two: runtime('payment'), orders: runtime('orders') },
    vars: {
      UPSTREAMS: {
        default: all,
        plain: { ...all, one: upstream('plain', false) },
        // Said to have the runtime, and deployed without.
        stale: { ...all, one: upstream('stale', true) },
      },
    },
    edgeBindings: {
      TO_PLAIN: { entrypoint: 'Mesh', upstream: 'plain' },
      TO_STALE: { entrypoint: 'MeshRpc', upstream: 'stale' },
    },
    registry: { mesh: { trustDomain: 'shop.example' }, 'service/payment': document },
  });
}, 60_000);
afterAll(() => mesh?.stop());

async function ask(what: object, worker = 'orders'): Promise<Answer> {
  const body = JSON.stringify({ binding: 'EDGE', ...what });
  return (await (await mesh.ask(worker, '/', { method: 'POST', body })).json()) as Answer;
}
const call = (path: readonly string[], args: readonly unknown[] = [], worker?: string) => ask({ path, args }, worker);
const raw = (member: unknown, args: unknown, binding = 'EDGE', context = '') =>
  ask({ binding, raw: args === undefined ? [context, member] : [context, member, args] }, 'bare');
const callsOf = async (worker: string) =>
  (await ask({ binding: `DIRECT_${worker}`, path: ['calls'], args: [] }, 'bare')).value as Record<string, number>;
const recorded = (wanted: (call: CallRecord) => boolean) =>
  eventually(
    async () => (await mesh.calls({ limit: 15 })).filter(wanted),
    (calls) => calls.length > 0,
  );

describe('routes and records', () => {
  it('know a nested member by its path', async () => {
    expect(await call(['users', 'list'], [3])).toEqual({ value: ['v1', 3] });
    expect(await ask({ path: ['version'] })).toEqual({ value: 'v1' });
    const [nested] = await recorded(({ method }) => method === 'users.list');
    expect(nested).toMatchObject({
      kind: 'rpc',
      caller: 'orders',
      route: 'default',
      version: 'v1',
      status: 200,
      hops: 1,
    });
    const [read] = await recorded(({ method }) => method === 'version');
    expect(read).toMatchObject({ kind: 'rpc', outcome: 'response', attempts: [{ version: 'v1', status: 200 }] });
  });
  it('send a share of the calls to each version, and what a version made stays there', async () => {
    const seen = new Set<string>();
    for (let round = 0; round < 64 && (round < 8 || seen.size < 2); round += 1) {
      const versions = (await ask({ run: 'stays' })).value as string[];
      const [version] = (versions[0] as string).split(' ');
      expect(versions).toEqual([1, 2, 3, 4].map((n) => `${version} ${n}`));
      seen.add(version as string);
    }
    expect([...seen].sort()).toEqual(['v1', 'v2']);
  });
  it('say that a version of a Worker cannot be chosen, and let the deployment choose', async () => {
    expect(await call(['pinned'])).toEqual({ value: 'v1' });
    const [record] = await recorded(({ method }) => method === 'pinned');
    expect(record).toMatchObject({
      version: 'v1-abc',
      status: 200,
      reason: expect.stringContaining("deployment's own split of one"),
    });
  });
});

describe('access rules', () => {
  it.each([
    { name: 'refuse a method', path: ['refund'] },
    { name: 'refuse a nested method by its path', path: ['users', 'delete'] },
    { name: 'refuse what lies below a method that a pattern names', path: ['refunds', 'all'] },
  ])('$name', async ({ path }) => {
    expect((await call(path)).error).toMatchObject({ code: 'access_denied', status: 403 });
  });
  it('refuse the read of a property', async () => {
    expect((await ask({ path: ['refund'] })).error).toMatchObject({ code: 'access_denied' });
  });
  it('refuse the read of an object with a method that is denied', async () => {
    expect((await ask({ path: ['users'] })).error).toMatchObject({ code: 'access_denied' });
  });
});

describe('a caller that speaks the reserved method itself', () => {
  const missing = (name: string) => ({
    error: { name: 'TypeError', message: `The RPC receiver does not implement the method "${name}".` },
  });
  const reserved = (name: string) => ({
    error: { name: 'TypeError', message: `'${name}' is a reserved method and cannot be called over RPC.` },
  });
  it.each([
    {
      name: 'the reserved method',
      member: 'selvedge:call',
      args: [['', 'refund', []]],
      answer: missing('selvedge:call'),
    },
    {
      name: 'the reserved method by a path',
      member: ['users', 'selvedge:call'],
      args: [],
      answer: missing('selvedge:call'),
    },
    { name: 'the empty path', member: [], args: [], answer: missing('selvedge:call') },
    { name: 'a path of other things than names', member: ['users', 5], args: [], answer: missing('selvedge:call') },
    { name: 'arguments that are no list', member: 'charge', args: 'x', answer: missing('selvedge:call') },
    { name: '__proto__', member: '__proto__', args: undefined, answer: missing('__proto__') },
    {
      name: 'a member of Object.prototype',
      member: 'hasOwnProperty',
      args: ['charge'],
      answer: missing('hasOwnProperty'),
    },
    { name: 'then', member: 'then', args: [1], answer: missing('then') },
    { name: 'then of a property', member: ['users', 'then'], args: [1], answer: missing('then') },
    {
      name: 'a nested member of Object.prototype',
      member: ['users', 'toString'],
      args: [],
      answer: missing('toString'),
    },
    { name: 'own properties of the instance', member: ['env', 'EDGE', 'refund'], args: [], answer: missing('env') },
    { name: 'the constructor', member: 'constructor', args: undefined, answer: reserved('constructor') },
    { name: 'fetch', member: 'fetch', args: ['http://payment/'], answer: reserved('fetch') },
    { name: 'fetch by a path', member: ['users', 'fetch'], args: [], answer: reserved('fetch') },
  ])('does not reach $name', async ({ member, args, answer }) => {
    expect(await raw(member, args)).toEqual(answer);
    expect(await raw(member, args, 'TO_PLAIN')).toEqual(answer);
    expect((await callsOf('plain')).fetch).toBeUndefined();
  });
  it('is refused as a loop after too many edges', async () => {
    expect((await raw('charge', [1], 'EDGE', '\n\n\nhops=16')).error).toMatchObject({
      code: 'too_many_hops',
      status: 508,
    });
  });
  it('gets no more time than its deadline', async () => {
    const late = await raw('charge', [1], 'EDGE', `\n\n\nhops=1;deadline=${Date.now() - 1}`);
    expect(late.error).toMatchObject({ code: 'deadline_exceeded', status: 504 });
  });
});

describe('retries', () => {
  it.each(['GET', 'DELETE', 'get'])('never repeat the RPC method %s for its name', async (method) => {
    expect((await call([method])).error).toMatchObject({ message: 'busy' });
    expect((await callsOf('one'))[method]).toBe(1);
  });
  it('repeat a method that the route names', async () => {
    expect(await call(['flaky'], [{ a: [1] }])).toEqual({ value: 'done' });
    const [record] = await recorded(({ method }) => method === 'flaky');
    expect(record?.attempts.map(({ status }) => status)).toEqual([500, 200]);
  });
  it('do not repeat what was called with a function, or a stream', async () => {
    expect((await ask({ run: 'withFunction' })).error).toMatchObject({ message: 'busy' });
    expect(await ask({ run: 'withStream' })).toEqual({ value: 1 });
    expect((await callsOf('one')).flakyWith).toBe(2);
  });
  it('let go of the result that comes after its attempt was given up', async () => {
    expect((await call(['slowFirst'])).error).toBeUndefined();
    const log = await eventually(
      async () => (await ask({ binding: 'DIRECT_one', path: ['log'], args: [] }, 'bare')).value as string[],
      (lines) => lines.length > 0,
    );
    expect(log).toContain('disposed');
    expect((await callsOf('one')).slowFirst).toBe(2);
  });
});

describe('time', () => {
  it('is bounded by the route, and a callee that is given up stops', async () => {
    const began = Date.now();
    expect((await call(['slow'], [30_000])).error).toMatchObject({ code: 'request_timeout', status: 504 });
    expect(Date.now() - began).toBeLessThan(30_000);
    expect((await call(['slow'], [700])).error).toMatchObject({ code: 'request_timeout' });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect((await callsOf('one'))['slow ended']).toBeUndefined();
  });
  it('of calls that their caller gave up ends for the callee too, and they are recorded as cancelled', async () => {
    const before = (await callsOf('one')).slow ?? 0;
    expect(await ask({ run: 'leave' })).toEqual({ value: 'left' });
    await new Promise((resolve) => setTimeout(resolve, 1_700));
    const after = await callsOf('one');
    expect([(after.slow ?? 0) - before, after['slow ended']]).toEqual([10, undefined]);
    await call(['charge'], [1]);
    const cancelled = await recorded(({ kind, outcome }) => kind === 'rpc' && outcome === 'cancelled');
    expect(cancelled[0]).toMatchObject({ method: 'slow', route: 'slow', version: 'v1', status: 0 });
  });
});

describe('a callee that was deployed without the runtime its edge expects', () => {
  it('is reached, and gets functions that can be sent only once', async () => {
    expect(await ask({ binding: 'TO_STALE', run: 'callbackToUnknown' }, 'bare')).toEqual({ value: 'called' });
    expect(await ask({ binding: 'TO_STALE', path: ['charge'], args: [4] }, 'bare')).toEqual({
      value: { version: 'stale', cents: 4 },
    });
  });
  it('is not taken for one because of the words of an error', async () => {
    expect((await call(['ours'])).error).toMatchObject({ message: expect.stringContaining('selvedge:call') });
    expect((await callsOf('one')).ours).toBe(1);
  });
});

describe('the context of a call', () => {
  const traceId = (headers: unknown) => (headers as { traceparent: string }).traceparent.split('-')[1];
  const hops = (headers: unknown) =>
    Number(/hops=(\d+)/.exec((headers as Record<string, string>)['selvedge-context'] ?? '')?.[1]);
  it.each([
    { name: 'goes on from methods and getters of what it returned', run: 'session', further: 1 },
    { name: 'goes on from a pipelined method', run: 'pipelined', further: 1 },
    { name: 'goes on from what an object holds', run: 'sessions', further: 1 },
    { name: 'goes on from a function that it returned', run: 'teller', further: 1 },
    { name: "of the caller goes on from the caller's functions and targets", run: 'callBack', further: 0 },
  ])('$name', async ({ run, further }) => {
    const { value } = (await ask({ run })) as { value: Record<string, unknown> };
    const { mine, ...others } = value;
    expect(Object.keys(others).length).toBeGreaterThan(0);
    for (const [name, seen] of Object.entries(others)) {
      expect([name, traceId(seen), hops(seen)]).toEqual([name, traceId(mine), hops(mine) + further]);
    }
  });
});
