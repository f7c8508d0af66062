/** One edge of the real bundle on workerd, with real KV, telemetry and identity, between Workers that a test writes. */
import { join } from 'node:path';
import { Miniflare, type WorkerOptions } from 'miniflare';
import { bundleOwnWorker, type OwnWorker, shippedSources } from '../../src/cli/dev/mesh/mesh-sources.ts';
import { ownWorkerOptions } from '../../src/cli/dev/mesh/workers.ts';
import { type EdgeVars, edgeProp, type UpstreamTable } from '../../src/core/configs/edge-config.ts';
import type { RuntimeConfig } from '../../src/core/configs/runtime-config.ts';
import { buildRuntime, runtimeConfigSource, runtimeModule, userEntrySource } from '../../src/derive/code/user-entry.ts';
import type { MeshPlan } from '../../src/derive/plan/mesh-plan.ts';
import type { CallRecord } from '../../src/telemetry/batch.ts';
import { shardName } from '../../src/telemetry/batch.ts';
import { mergeCounts } from '../../src/telemetry/query.ts';
import type {
  EdgeStatusRow,
  ShardCounts,
  TelemetryShardApi,
  TraceQuery,
  TraceSummary,
} from '../../src/telemetry/shard-api.ts';
import { encryptionKey } from './encryption-key.ts';

/** `caller` is `orders` and `service` is `payment` unless they say otherwise. */
export interface EdgeBinding {
  /** The public door where it is absent. */
  readonly entrypoint?: string;
  readonly upstream: string;
  readonly caller?: string;
  readonly service?: string;
}

export interface EdgeMeshOptions {
  /** JavaScript modules of Workers by name; each may bind the edge as `EDGE` (fetch and meshed RPC) or `EDGE_RPC`. */
  readonly workers: Readonly<Record<string, string>>;
  /** Workers that the edge reaches, by the names that documents use; `true` where the Worker takes the reserved method. */
  readonly upstreams: Readonly<Record<string, boolean>>;
  /** Workers of `workers` that get the in-Worker runtime, as derived Workers have it. */
  readonly meshed?: Readonly<Record<string, RuntimeConfig>>;
  /** More bindings to the edge, beside `EDGE` and `EDGE_RPC`, by the name that every Worker of the test has for them. */
  readonly edgeBindings?: Readonly<Record<string, EdgeBinding>>;
  /** KV values by key at the start; objects are written as JSON. */
  readonly registry: Readonly<Record<string, unknown>>;
  readonly vars?: Partial<EdgeVars>;
  /** Documents baked into the edge's bundle, by KV key. */
  readonly baked?: Readonly<Record<string, unknown>>;
  readonly flags?: readonly string[];
  /** More service bindings of the edge itself, in miniflare's words: what stands in for `mtls_certificates` bindings. */
  readonly edgeServices?: Readonly<Record<string, unknown>>;
  /** Vars and secrets of the identity Worker beside those of every test. */
  readonly identityVars?: Readonly<Record<string, unknown>>;
  /** Puts a door before KV and identity that waits as long as `slow` says. */
  readonly slowDoors?: boolean;
  /** Workers with a socket of their own, at which bytes arrive as they were sent: miniflare's own front tidies up what it hands on. */
  readonly sockets?: readonly string[];
  /** Compatibility dates of Workers of `workers` that have another one than the rest. */
  readonly dates?: Readonly<Record<string, string>>;
  /** Opens workerd's inspector, through which heaps can be measured. */
  readonly inspector?: boolean;
  /** Takes what workerd writes to standard error. */
  readonly onStderr?: (text: string) => void;
}

export interface EdgeMesh {
  readonly mf: Miniflare;
  /** Asks a Worker of the test. */
  ask(worker: string, path?: string, init?: RequestInit): Promise<Response>;
  /** Asks the public door, under a host. */
  askPublic(path: string, init?: RequestInit, host?: string): Promise<Response>;
  /** The URL of a Worker's own socket; `payment-edge` is the edge's public door. */
  socket(worker: string): Promise<string>;
  put(key: string, value: unknown): Promise<void>;
  remove(key: string): Promise<void>;
  /** What edges said of themselves, newest first: an isolate may have reported to several shards. */
  reports(): Promise<EdgeStatusRow[]>;
  /** The stored calls of the traces that a query finds (the newest 500 of each shard without one), oldest first. */
  calls(query?: TraceQuery): Promise<CallRecord[]>;
  /** What each shard finds, which costs one question instead of one for each trace. */
  traces(query: TraceQuery): Promise<TraceSummary[]>;
  counts(): Promise<ShardCounts>;
  /** With `slowDoors`: how long KV and identity take from now on, in milliseconds. */
  slow(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** What the tests use of miniflare's bindings, whose own types clash with those of this program. */
interface Store {
  put(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
}
interface Namespace {
  idFromName(name: string): unknown;
  get(id: unknown): unknown;
}

export const testDate = '2026-04-21';
const service = 'payment';
/** Own Workers only ask a plan for its environment. */
const plan = { environment: undefined } as MeshPlan;

/** The real KV and the real identity Worker behind a wait, so that a test can cancel who waits for them. */
const slowDoor = `
import { WorkerEntrypoint } from 'cloudflare:workers';
let delay = 0;
export class Registry extends WorkerEntrypoint {
  async get(keys, options) { await scheduler.wait(delay); return this.env.REGISTRY.get(keys, options); }
}
export class Identity extends WorkerEntrypoint {
  async issue(request) { await scheduler.wait(delay); return this.env.IDENTITY.issue(request); }
  async jwks(...args) { await scheduler.wait(delay); return this.env.IDENTITY.jwks(...args); }
  async verifyCertificate(question) { await scheduler.wait(delay); return this.env.IDENTITY.verifyCertificate(question); }
}
export default { fetch(request) { delay = Number(new URL(request.url).searchParams.get('ms')); return new Response(); } };`;

function moduleOptions(own: OwnWorker) {
  return {
    modulesRoot: own.bundle.folder,
    modules: own.bundle.modules.map(({ name, type }) => ({ type, path: join(own.bundle.folder, name) })),
    compatibilityDate: own.config.compatibility_date,
    compatibilityFlags: [...own.config.compatibility_flags],
  };
}

/** A Worker's modules as miniflare takes them, with the runtime before them where it has one. */
function userModules(script: string, config: RuntimeConfig | undefined, runtime: string) {
  const main = { type: 'ESModule', path: 'user.js', contents: script };
  if (config === undefined) return { modules: [main] };
  const added = {
    'entry.js': userEntrySource({ main: main.path, exports: ['default'] }),
    'selvedge-config.js': runtimeConfigSource(config),
    [runtimeModule]: runtime,
  };
  return {
    modules: [...Object.entries(added).map(([path, contents]) => ({ type: 'ESModule', path, contents })), main],
  };
}

export async function startEdgeMesh(options: EdgeMeshOptions): Promise<EdgeMesh> {
  const build = '/tmp/selvedge-test-build';
  const [edge, identity, telemetry] = await Promise.all(
    (['edge', 'identity', 'telemetry'] as const).map((name) => bundleOwnWorker(shippedSources[name], build)),
  );
  if (!edge || !identity || !telemetry) throw new Error('The Workers of the mesh were not built.');
  const runtime = options.meshed === undefined ? '' : await buildRuntime();
  const props = { caller: 'orders', service, upstream: 'default' };
  const upstreams: UpstreamTable = {
    default: Object.fromEntries(
      Object.entries(options.upstreams).map(([worker, runtime]) => [worker, { binding: `UP_${worker}`, runtime }]),
    ),
  };
  const vars: EdgeVars = {
    SERVICES: [service],
    UPSTREAMS: upstreams,
    DECLARED: { [service]: ['orders'] },
    HOSTS: {},
    REFRESH_SECONDS: 1,
    ...options.vars,
  };
  const edgeModules = moduleOptions(edge);
  const baked = Object.fromEntries(Object.entries(options.baked ?? {}).map(([key, value]) => [key, textOf(value)]));
  const entry = {
    type: 'ESModule',
    path: join(edge.bundle.folder, 'entry.js'),
    contents: `import { bake } from './${edge.bundle.main}';\nbake(${JSON.stringify(baked)});\nexport { default, Mesh, MeshRpc } from './${edge.bundle.main}';\n`,
  };
  const identityBinding = { name: 'identity', entrypoint: 'Identity', props: { service, trustDomain: 'mesh.local' } };
  const shard = { className: 'TelemetryShard', scriptName: 'telemetry', useSQLite: true };
  const workers = [
    {
      name: 'payment-edge',
      ...edgeModules,
      compatibilityFlags: [...edgeModules.compatibilityFlags, ...(options.flags ?? [])],
      modules: [entry, ...edgeModules.modules],
      bindings: vars,
      ...(options.slowDoors ? {} : { kvNamespaces: { REGISTRY: 'registry' } }),
      durableObjects: { TELEMETRY: shard },
      serviceBindings: {
        ...(options.slowDoors ? { REGISTRY: { name: 'slow-door', entrypoint: 'Registry' } } : {}),
        IDENTITY: options.slowDoors ? { name: 'slow-door', entrypoint: 'Identity' } : identityBinding,
        ...Object.fromEntries(
          Object.keys(options.upstreams).map((worker) => [
            `UP_${worker}`,
            { name: worker, ...(options.meshed?.[worker] === undefined ? {} : { props: { [edgeProp]: service } }) },
          ]),
        ),
        ...options.edgeServices,
      },
    },
    {
      name: 'slow-door',
      modules: true,
      script: slowDoor,
      compatibilityDate: testDate,
      kvNamespaces: { REGISTRY: 'registry' },
      serviceBindings: { IDENTITY: identityBinding },
    },
    await ownWorkerOptions(plan, 'identity', identity, {
      TOKEN: 'operator',
      ENCRYPTION_KEY: encryptionKey,
      ...options.identityVars,
    }),
    await ownWorkerOptions(plan, 'telemetry', telemetry, {}),
    ...Object.entries(options.workers).map(([name, script]) => ({
      name,
      ...userModules(script, options.meshed?.[name], runtime),
      compatibilityDate: options.dates?.[name] ?? testDate,
      compatibilityFlags: ['nodejs_compat'],
      serviceBindings: {
        EDGE: { name: 'payment-edge', entrypoint: 'Mesh', props },
        EDGE_RPC: { name: 'payment-edge', entrypoint: 'MeshRpc', props },
        EDGE_BARE: { name: 'payment-edge', entrypoint: 'Mesh' },
        ...Object.fromEntries(
          Object.entries(options.edgeBindings ?? {}).map(([binding, { entrypoint, ...more }]) => [
            binding,
            { name: 'payment-edge', entrypoint, props: { ...props, ...more } },
          ]),
        ),
        ...Object.fromEntries(
          Object.keys(options.upstreams)
            .filter((worker) => worker !== name)
            .map((worker) => [`DIRECT_${worker}`, { name: worker }]),
        ),
      },
    })),
  ].map((worker) =>
    options.sockets?.includes(worker.name as string)
      ? { ...worker, unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] }
      : worker,
  ) as unknown as WorkerOptions[];
  const { onStderr } = options;
  const mf = new Miniflare({
    workers,
    cf: false,
    ...(options.inspector ? { inspectorPort: 0 } : {}),
    ...(onStderr === undefined
      ? {}
      : { handleRuntimeStdio: (_out, err) => err.on('data', (chunk) => onStderr(String(chunk))) }),
  });
  const kv = (await mf.getKVNamespace('REGISTRY', 'slow-door')) as unknown as Store;
  for (const [key, value] of Object.entries(options.registry)) await kv.put(key, textOf(value));
  const fetcher = async (name: string) => (await mf.getWorker(name)) as unknown as { fetch: typeof fetch };
  const shards = async () => {
    const namespace = (await mf.getDurableObjectNamespace('TELEMETRY', 'payment-edge')) as unknown as Namespace;
    return [0, 1, 2, 3, 4, 5, 6, 7].map(
      (index) => namespace.get(namespace.idFromName(shardName(index))) as TelemetryShardApi,
    );
  };
  const readTraces = new Map<string, { readonly spans: number; readonly calls: readonly CallRecord[] }>();
  return {
    mf,
    ask: async (worker, path = '/', init) => (await fetcher(worker)).fetch(`http://${worker}${path}`, init),
    askPublic: async (path, init, host = 'pay.example.com') =>
      (await fetcher('payment-edge')).fetch(`http://${host}${path}`, init),
    socket: async (worker) => String(await mf.unsafeGetDirectURL(worker)),
    put: (key, value) => kv.put(key, textOf(value)),
    remove: (key) => kv.delete(key),
    calls: async (query = { limit: 500 }) => {
      const calls: CallRecord[] = [];
      for (const [shard, one] of (await shards()).entries()) {
        for (const { traceId, spans } of await one.findTraces(query)) {
          // Tests look again and again, and each trace costs a question: one that has not grown is not read anew.
          const key = `${shard} ${traceId}`;
          const known = readTraces.get(key);
          const read = known?.spans === spans ? known : { spans, calls: await one.getTrace(traceId) };
          readTraces.set(key, read);
          calls.push(...read.calls);
        }
      }
      return calls.sort((a, b) => a.startMs - b.startMs);
    },
    traces: async (query) => (await Promise.all((await shards()).map((one) => one.findTraces(query)))).flat(),
    counts: async () => {
      return mergeCounts(await Promise.all((await shards()).map((one) => one.counts())));
    },
    reports: async () =>
      (await Promise.all((await shards()).map((one) => one.edges())))
        .flat()
        .sort((a, b) => b.reportedAtMs - a.reportedAtMs),
    slow: async (ms) => {
      await (await fetcher('slow-door')).fetch(`http://slow-door/?ms=${ms}`);
    },
    stop: () => mf.dispose(),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Asks again until the answer is as wanted, or the bound passes: for what the mesh does in its own time. */
export async function eventually<T>(
  read: () => Promise<T>,
  wanted: (value: T) => boolean,
  boundMs = 30_000,
): Promise<T> {
  const end = Date.now() + boundMs;
  for (;;) {
    const value = await read();
    if (wanted(value) || Date.now() > end) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
