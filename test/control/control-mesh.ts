/** Control and telemetry on workerd, with real KV and real shards, and no edge: tests write what edges would have sent. */
import { Log, LogLevel, Miniflare, type WorkerOptions } from 'miniflare';
import { bundleOwnWorker, type OwnWorker, shippedSources } from '../../src/cli/dev/mesh/mesh-sources.ts';
import { ownWorkerOptions, telemetryShards } from '../../src/cli/dev/mesh/workers.ts';
import { type WardenApi, wardenName } from '../../src/control/audit/warden-api.ts';
import type { Topology } from '../../src/core/configs/edge-config.ts';
import type { MeshPlan } from '../../src/derive/plan/mesh-plan.ts';
import { meshWorkers } from '../../src/derive/plan/names.ts';
import { type Batch, type CallRecord, type EdgeReport, shardName } from '../../src/telemetry/batch.ts';
import type { TelemetryShardApi } from '../../src/telemetry/shard-api.ts';

export const token = 'token-of-the-test';

export interface ControlMesh {
  /** `http://127.0.0.1:PORT` of control. */
  readonly url: string;
  ask(path: string, init?: RequestInit): Promise<Response>;
  put(key: string, value: unknown): Promise<void>;
  read(key: string): Promise<string | null>;
  remove(key: string): Promise<void>;
  /** Has a shard ingest a batch, as an edge's flush does. */
  ingest(shard: number, batch: Partial<Batch> & { readonly isolate: string }): Promise<void>;
  /** The Durable Object of control, past its HTTP door. */
  readonly warden: WardenApi;
  /** What the Workers logged. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

export interface ControlMeshOptions {
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly topology?: Topology;
  /** Answers what control fetches from outside. */
  readonly outside?: (request: { readonly url: string }) => unknown;
  /** Whether control has its Durable Object; it does unless said. */
  readonly warden?: boolean;
}

/** What the test uses of miniflare's KV and Durable Objects; miniflare's own types want those of workerd. */
interface Registry {
  put(key: string, value: string): Promise<void>;
  get(key: string): Promise<string | null>;
  delete(key: string): Promise<void>;
}
interface Objects<Api> {
  idFromName(name: string): unknown;
  get(id: unknown): Api;
}

/** Own Workers only ask a plan for its environment. */
const plan = { environment: undefined } as MeshPlan;

export async function startControl(options: ControlMeshOptions = {}): Promise<ControlMesh> {
  const build = '/tmp/selvedge-test-build';
  const [control, telemetry] = (await Promise.all(
    [shippedSources.control, shippedSources.telemetry].map((source) => bundleOwnWorker(source, build)),
  )) as [OwnWorker, OwnWorker];
  const vars = { TOKEN: token, REFRESH_SECONDS: 1, TOPOLOGY: options.topology ?? { services: {} }, ...options.vars };
  const own = await ownWorkerOptions(plan, meshWorkers.control, control, vars);
  const workers = [
    {
      ...own,
      durableObjects: {
        ...(options.warden === false ? {} : own.durableObjects),
        TELEMETRY: telemetryShards(undefined),
      },
      kvNamespaces: { REGISTRY: 'registry' },
      ...(options.outside === undefined ? {} : { outboundService: options.outside }),
    },
    await ownWorkerOptions(plan, meshWorkers.telemetry, telemetry, {}),
  ] as unknown as WorkerOptions[];
  const lines: string[] = [];
  const mf = new Miniflare({
    workers,
    cf: false,
    host: '127.0.0.1',
    port: 0,
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ message }) => {
      lines.push(message);
    },
  });
  const url = (await mf.ready).origin;
  const kv = (await mf.getKVNamespace('REGISTRY', meshWorkers.control)) as unknown as Registry;
  const namespace = (await mf.getDurableObjectNamespace(
    'TELEMETRY',
    meshWorkers.control,
  )) as unknown as Objects<TelemetryShardApi>;
  const warden =
    options.warden === false
      ? undefined
      : wardenOf((await mf.getDurableObjectNamespace('WARDEN', meshWorkers.control)) as unknown as Objects<WardenApi>);
  return {
    url,
    lines,
    get warden() {
      if (warden === undefined) throw new Error('this control has no Durable Object');
      return warden;
    },
    ask: (path, init = {}) => {
      const headers = new Headers(init.headers);
      if (!headers.has('authorization')) headers.set('authorization', `Bearer ${token}`);
      if (init.body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
      return fetch(url + path, { redirect: 'manual', ...init, headers });
    },
    put: (key, value) => kv.put(key, typeof value === 'string' ? value : JSON.stringify(value)),
    read: (key) => kv.get(key),
    remove: (key) => kv.delete(key),
    ingest: (shard, batch) => {
      const records = batch.records ?? [];
      const whole = {
        sequence: 1,
        calls: records.length,
        batchCalls: records.length,
        dropped: 0,
        sentAtMs: Date.now(),
        metrics: [],
        edges: [],
        ...batch,
        records,
      };
      const stub = namespace.get(namespace.idFromName(shardName(shard)));
      return stub.ingest(JSON.stringify(whole));
    },
    stop: () => mf.dispose(),
  };
}

/** One stub, held as long as the mesh runs: what is collected here is freed in workerd, and a stub for each call may be freed under its call. */
function wardenOf(namespace: Objects<WardenApi>): WardenApi {
  return namespace.get(namespace.idFromName(wardenName));
}

/** A call as an edge records it. */
export function call(over: Partial<CallRecord> = {}): CallRecord {
  return {
    shard: 'shard-0',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    parentSpanId: '',
    sampled: true,
    service: 'storefront',
    caller: '',
    kind: 'fetch',
    door: 'public',
    method: 'POST',
    path: '/orders',
    route: 'default',
    version: 'v1',
    status: 200,
    outcome: 'response',
    reason: '',
    startMs: Date.now(),
    durationMs: 40,
    hops: 1,
    revision: 'abcdefabcdef',
    source: 'kv',
    stale: false,
    attempts: [],
    ...over,
  };
}

/** What an edge says of itself. */
export function report(over: Partial<EdgeReport> = {}): EdgeReport {
  return {
    service: 'payment',
    revision: '',
    source: 'kv',
    readAtMs: Date.now(),
    stale: false,
    problem: '',
    inFlight: 0,
    ...over,
  };
}
