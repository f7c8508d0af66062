import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Miniflare, WorkerOptions } from 'miniflare';
import {
  defaultUpstream,
  type EdgeVars,
  edgeEntrypoint,
  edgeProp,
  type MeshProps,
  meshKey,
  serviceKey,
} from '../../src/core/configs/edge-config.ts';
import { bundleWorker } from '../../src/derive/code/bundle.ts';
import { buildRuntime } from '../../src/derive/code/user-entry.ts';
import { shardName } from '../../src/telemetry/batch.ts';
import type { TelemetryShardApi } from '../../src/telemetry/shard-api.ts';
import { type BenchDocuments, benchService, everythingOn } from './documents.ts';
import { eachInTurn } from './each-in-turn.ts';
import type { Platform } from './platform.ts';

/** A module as miniflare takes it. */
export interface Module {
  readonly type: string;
  readonly path: string;
  readonly contents: string | Uint8Array<ArrayBuffer>;
}

/** The product's own Workers, as wrangler would upload them, and the in-Worker runtime as the derivation adds it. */
export interface ProductBundles {
  readonly edge: readonly Module[];
  readonly telemetry: readonly Module[];
  readonly runtime: string;
}

export const edgeConfigPath = fileURLToPath(new URL('../../wrangler.toml', import.meta.url));
const telemetryConfigPath = fileURLToPath(new URL('../../workers/telemetry/wrangler.toml', import.meta.url));

/** Bundles edge and telemetry with wrangler, by the configs that they are deployed with. */
export async function bundleProduct(): Promise<ProductBundles> {
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-bench-'));
  try {
    const [edge, telemetry, runtime] = await Promise.all([
      bundleModules(edgeConfigPath, join(folder, 'edge')),
      bundleModules(telemetryConfigPath, join(folder, 'telemetry')),
      buildRuntime(),
    ]);
    return { edge, telemetry, runtime };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bundleModules(configPath: string, folder: string): Promise<Module[]> {
  const bundle = await bundleWorker({ configPath, main: 'index.ts', folder });
  const names = [bundle.main, ...bundle.modules.map(({ name }) => name).filter((name) => name !== bundle.main)];
  return names.map((name) => ({
    type: bundle.modules.find((module) => module.name === name)?.type ?? 'ESModule',
    path: name,
    contents: readFileSync(join(bundle.folder, name)),
  }));
}

/** What an edge stands before. */
export interface Behind {
  readonly service: string;
  /** `worker, as the documents name it -> name of the Worker`. */
  readonly workers: Readonly<Record<string, string>>;
  /** Whether these have the in-Worker runtime. */
  readonly runtime: boolean;
  readonly callers: readonly string[];
}

/** The benchmark's service as it was written. */
const bareService: Behind = {
  service: benchService,
  workers: { 'service-v1': 'service-v1', 'service-v2': 'service-v2' },
  runtime: false,
  callers: ['driver'],
};

/** An edge before the benchmark's service, or before another; `entry` puts another entry module before its bundle. */
export function edgeWorker(
  name: string,
  bundles: ProductBundles,
  platform: Platform,
  { entry, behind = bareService }: { readonly entry?: Module; readonly behind?: Behind } = {},
): WorkerOptions {
  const { service, workers, runtime, callers } = behind;
  const documented = Object.keys(workers);
  const vars: EdgeVars = {
    SERVICES: [service],
    UPSTREAMS: {
      [defaultUpstream]: Object.fromEntries(documented.map((worker) => [worker, { binding: worker, runtime }])),
    },
    DECLARED: { [service]: callers },
    HOSTS: {},
    REFRESH_SECONDS: 30,
  };
  const props = runtime ? { props: { [edgeProp]: service } } : {};
  return {
    name,
    ...platform,
    modulesRoot: '/',
    modules: [...(entry === undefined ? [] : [entry]), ...bundles.edge],
    bindings: { ...vars },
    kvNamespaces: { REGISTRY: `registry-${name}` },
    durableObjects: { TELEMETRY: { className: 'TelemetryShard', scriptName: 'telemetry', useSQLite: true } },
    serviceBindings: Object.fromEntries(
      Object.entries(workers).map(([worker, target]) => [worker, { name: target, ...props }]),
    ),
  } as unknown as WorkerOptions;
}

/** The binding that a caller's derived config has: to a mesh door, with the props that name the caller. */
export function meshBinding(edge: string, entrypoint: 'mesh' | 'meshRpc', caller = 'driver', service = benchService) {
  const props: MeshProps = { caller, service, upstream: defaultUpstream };
  return { name: edge, entrypoint: edgeEntrypoint[entrypoint], props: { ...props } };
}

export function telemetryWorker(bundles: ProductBundles, platform: Platform): WorkerOptions {
  return {
    name: 'telemetry',
    ...platform,
    modulesRoot: '/',
    modules: bundles.telemetry,
    bindings: { RETENTION_HOURS: 24, MAX_CALLS: 200_000, ISOLATE_HOURS: 168 },
    durableObjects: { TELEMETRY: { className: 'TelemetryShard', useSQLite: true } },
  } as unknown as WorkerOptions;
}

/** Puts the documents where the edges read them, as `kv key put` would. */
export async function writeDocuments(
  miniflare: Miniflare,
  edge: string,
  documents: BenchDocuments = everythingOn,
): Promise<void> {
  const registry = (await miniflare.getKVNamespace('REGISTRY', edge)) as unknown as {
    put(key: string, value: string): Promise<void>;
  };
  await registry.put(meshKey, JSON.stringify(documents.mesh));
  await registry.put(serviceKey(documents.service.service), JSON.stringify(documents.service));
}

/** What the shards have stored in all: the proof that telemetry was on. */
export async function storedCalls(miniflare: Miniflare): Promise<number> {
  const counts = await askShards(miniflare, (shard) => shard.counts());
  return counts.reduce((sum, count) => sum + count.storedCalls, 0);
}

/** Asks each shard of the telemetry, one after the other. */
export async function askShards<T>(miniflare: Miniflare, ask: (shard: TelemetryShardApi) => Promise<T>): Promise<T[]> {
  const namespace = (await miniflare.getDurableObjectNamespace('TELEMETRY', 'telemetry')) as unknown as {
    getByName(name: string): TelemetryShardApi;
  };
  return eachInTurn(Array.from({ length: shardCount }), (_, index) => ask(namespace.getByName(shardName(index))));
}

/** The default of the mesh document. */
const shardCount = 8;
