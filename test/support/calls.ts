/** Calls, snapshots and dependencies for tests of filters: everything a filter needs, with the one thing that a row is about. */

import type { Backend, MeshSettings, Route, Snapshot, Target } from '../../src/model/snapshot.ts';
import type { Call, FetchCall, Mounted, RpcCall } from '../../src/proxy/call.ts';
import type { Deps } from '../../src/proxy/deps.ts';
import type { CallRecord } from '../../src/telemetry/batch.ts';

export const settings: MeshSettings = {
  trustDomain: 'shop.example',
  revision: 'aaaaaaaaaaaa',
  carry: [],
  sampling: 1,
  shards: 8,
  openCallBoundMs: 30_000,
};

export function backend(version: string, weight = 1, more: Partial<Backend> = {}): Backend {
  return { version, weight, target: target(version), ...more };
}

export function target(name: string, more: Partial<Target> = {}): Target {
  return {
    name,
    endpoints: [{ kind: 'worker', version: name, worker: `payment-${name}` }],
    balance: { algorithm: 'least-request', by: [] },
    ...more,
  };
}

export function route(more: Partial<Route> = {}): Route {
  return { name: 'default', backends: [backend('v1')], ...more };
}

export function snapshot(more: Partial<Snapshot> = {}): Snapshot {
  const routes = more.routes ?? [route()];
  return {
    service: 'payment',
    revision: 'bbbbbbbbbbbb',
    mesh: settings,
    principal: 'spiffe://shop.example/svc/payment',
    publicHosts: [],
    normalization: 'base',
    onStale: 'default',
    routes,
    findRoute: () => routes[0] && { route: routes[0], prefix: '/', match: 0 },
    ...more,
  };
}

export function mounted(of: Snapshot, service: Mounted['serviceFor'] = () => async () => new Response('ok')): Mounted {
  return { snapshot: of, serviceFor: service };
}

export function record(more: Partial<CallRecord> = {}): CallRecord {
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    parentSpanId: '',
    sampled: true,
    shard: 'shard-0',
    service: 'payment',
    caller: 'orders',
    kind: 'fetch',
    door: 'mesh',
    method: 'GET',
    path: '',
    route: '',
    version: '',
    status: 0,
    outcome: 'cancelled',
    reason: '',
    startMs: 1_000,
    durationMs: -1,
    hops: 1,
    revision: '',
    source: 'none',
    stale: false,
    attempts: [],
    ...more,
  };
}

const base = {
  service: 'payment',
  upstream: 'default',
  caller: 'orders',
  method: 'GET',
  path: '/charge',
  query: '',
  host: 'payment',
  url: 'http://payment/charge',
  principal: null,
  claims: null,
  requestPrincipal: null,
  peerAddress: () => '',
  geo: () => null,
  journey: '',
  locality: '',
  address: () => '',
  matchedPrefix: '/',
  target: '',
  startMs: 1_000,
  hops: 1,
  traceparent: '',
  tracestate: '',
  baggage: '',
  requestHeaders: [],
  lifetime: { waitUntil: () => {}, end: () => {} },
} as const;

export function fetchCall(more: Partial<FetchCall> = {}): FetchCall {
  const request = more.request ?? new Request('http://payment/charge');
  return {
    ...base,
    kind: 'fetch',
    door: 'mesh',
    method: request.method,
    header: (name) => request.headers.get(name),
    record: record(),
    mounted: mounted(snapshot()),
    request,
    ...more,
  };
}

export function rpcCall(more: Partial<RpcCall> = {}): RpcCall {
  return {
    ...base,
    kind: 'rpc',
    door: 'mesh',
    method: 'charge',
    path: '',
    host: '',
    header: () => null,
    record: record({ kind: 'rpc', method: 'charge' }),
    mounted: mounted(snapshot()),
    member: 'charge',
    args: [{ cents: 5 }],
    ...more,
  };
}

/** A clock that only `sleep` and tests move. */
export interface FakeDeps extends Deps {
  at: number;
  readonly slept: number[];
  readonly opened: CallRecord[];
  readonly closed: CallRecord[];
  readonly expiries: number[];
}

export function fakeDeps(more: Partial<Deps> = {}): FakeDeps {
  let span = 0;
  const deps: FakeDeps = {
    at: 1_000,
    slept: [],
    opened: [],
    closed: [],
    expiries: [],
    registry: {
      lookup: () => ({
        found: true,
        served: { mounted: mounted(snapshot()), ageMs: 0, source: 'kv', stale: false },
      }),
      serviceForHost: () => undefined,
      settings: () => settings,
    },
    telemetry: {
      open: (entry, expiresMs) => {
        deps.opened.push(entry);
        deps.expiries.push(expiresMs);
      },
      expire: (_entry, expiresMs) => {
        deps.expiries.push(expiresMs);
      },
      close: (entry) => {
        deps.closed.push(entry);
      },
      newTraceId: () => 'f'.repeat(32),
      newSpanId: () => {
        span += 1;
        return span.toString(16).padStart(16, '0');
      },
      ownShard: () => 'shard-3',
    },
    identities: {
      identifyPublic: async () => ({ kind: 'anonymous' }),
      identifyUser: async () => ({ kind: 'invalid', detail: 'no issuer' }),
      tokenFor: async () => 'svid',
    },
    transport: {
      resolves: () => true,
      fetch: async () => new Response('ok'),
      call: async () => ({ value: 'ok' }),
    },
    now: () => deps.at,
    random: () => 0.5,
    sleep: async (ms) => {
      deps.slept.push(ms);
      deps.at += ms;
    },
    ...more,
  };
  return deps;
}

export interface StepService {
  readonly service: (call: Call) => Promise<Response>;
  /** The calls received so far. */
  readonly calls: Call[];
  /** Answers the oldest call that has no answer yet. */
  respond(response: Response): void;
  fail(error: unknown): void;
}

/** A service that a test answers step by step. */
export function stepService(): StepService {
  const calls: Call[] = [];
  const waiting: { resolve: (response: Response) => void; reject: (error: unknown) => void }[] = [];
  const next = () => {
    const first = waiting.shift();
    if (first === undefined) throw new Error('No call is waiting for an answer.');
    return first;
  };
  return {
    calls,
    service: (call) => {
      calls.push(call);
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    respond: (response) => next().resolve(response),
    fail: (error) => next().reject(error),
  };
}
