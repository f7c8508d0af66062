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
  type MeshProps,
  meshKey,
  serviceKey,
} from '../../src/core/edge-config.ts';
import { bundleWorker } from '../../src/derive/bundle.ts';
import { shardName } from '../../src/telemetry/batch.ts';
import type { ShardCounts } from '../../src/telemetry/shard-api.ts';
import { type BenchDocuments, benchService, everythingOn } from './documents.ts';
import type { Platform } from './platform.ts';

/** A module as miniflare takes it. */
export interface Module {
  readonly type: string;
  readonly path: string;
  readonly contents: string | Uint8Array<ArrayBuffer>;
}

/** The product's own Workers, as wrangler would upload them. */
export interface ProductBundles {
  readonly edge: readonly Module[];
  readonly telemetry: readonly Module[];
}

export const edgeConfigPath = fileURLToPath(new URL('../../wrangler.toml', import.meta.url));
const telemetryConfigPath = fileURLToPath(new URL('../../workers/telemetry/wrangler.toml', import.meta.url));

/** Bundles edge and telemetry with wrangler, by the configs that they are deployed with. */
export async function bundleProduct(): Promise<ProductBundles> {
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-bench-'));
  try {
    return {
      edge: await bundleModules(edgeConfigPath, join(folder, 'edge')),
      telemetry: await bundleModules(telemetryConfigPath, join(folder, 'telemetry')),
    };
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

/** An edge before the benchmark's service; `entry` puts another entry module before its bundle. */
export function edgeWorker(
  name: string,
  bundles: ProductBundles,
  platform: Platform,
  { entry }: { readonly entry?: Module } = {},
): WorkerOptions {
  const vars: EdgeVars = {
    SERVICES: [benchService],
    UPSTREAMS: {
      [defaultUpstream]: {
        'service-v1': { binding: 'V1', runtime: false },
        'service-v2': { binding: 'V2', runtime: false },
      },
    },
    DECLARED: { [benchService]: ['driver'] },
    HOSTS: {},
    REFRESH_SECONDS: 30,
  };
  return {
    name,
    ...platform,
    modulesRoot: '/',
    modules: [...(entry === undefined ? [] : [entry]), ...bundles.edge],
    bindings: { ...vars },
    kvNamespaces: { REGISTRY: `registry-${name}` },
    durableObjects: { TELEMETRY: { className: 'TelemetryShard', scriptName: 'telemetry', useSQLite: true } },
    serviceBindings: { V1: 'service-v1', V2: 'service-v2' },
  } as unknown as WorkerOptions;
}

/** The binding that a caller's derived config has: to a mesh door, with the props that name the caller. */
export function meshBinding(edge: string, entrypoint: 'mesh' | 'meshRpc') {
  const props: MeshProps = { caller: 'driver', service: benchService, upstream: defaultUpstream };
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
  await registry.put(serviceKey(benchService), JSON.stringify(documents.service));
}

/** What the shards have stored in all: the proof that telemetry was on. */
export async function storedCalls(miniflare: Miniflare): Promise<number> {
  const namespace = (await miniflare.getDurableObjectNamespace('TELEMETRY', 'telemetry')) as unknown as {
    getByName(name: string): { counts(): Promise<ShardCounts> };
  };
  let stored = 0;
  for (let index = 0; index < shardCount; index++) {
    stored += (await namespace.getByName(shardName(index)).counts()).storedCalls;
  }
  return stored;
}

/** The default of the mesh document. */
const shardCount = 8;
