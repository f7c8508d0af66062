import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { WorkerOptions } from 'miniflare';
import { benchWorker, type RunningMesh, startMesh } from './bench-mesh.ts';
import { type Effort, measureCpu, measureLatency, warmUpSlices } from './compare.ts';
import { pinProcess } from './cpu-clock.ts';
import { benchService, driverService, everythingOn, ingredients } from './documents.ts';
import { eachInTurn } from './each-in-turn.ts';
import {
  askShards,
  type Behind,
  bundleProduct,
  edgeConfigPath,
  edgeWorker,
  meshBinding,
  type ProductBundles,
  storedCalls,
  telemetryWorker,
  writeDocuments,
} from './edge-parts.ts';
import { type IdentityFigures, measureIdentity } from './identity.ts';
import { driverLoop } from './load.ts';
import { meshedWorker } from './meshed-worker.ts';
import { countOperations, type Operations } from './operations.ts';
import { edgePlatform, type Platform } from './platform.ts';
import { measureRoutes, type RouteFigures } from './routes.ts';
import { measureStartUp } from './start-up.ts';
import { isNoisy, type Round } from './statistics.ts';

export interface BenchOptions {
  /** A short run, for looking at the harness itself; its figures say little. */
  readonly quick: boolean;
  /** Also measure edges that each leave one ingredient out. */
  readonly ingredients: boolean;
}

export interface BenchResult {
  readonly pinned: boolean;
  readonly cpu: Measured;
  readonly rpcCpu: Measured;
  readonly latency: Measured;
  readonly ingredients: readonly Round[];
  readonly operations: readonly Operations[];
  readonly operationSeconds: number;
  readonly bundleBytes: number;
  readonly bundleGzipBytes: number;
  readonly startupMs: number;
  readonly routes: readonly RouteFigures[];
  readonly identity: IdentityFigures;
}

/** Rounds of one measurement; `noisy` where even the repetition spread too far. */
export interface Measured {
  readonly rounds: readonly Round[];
  readonly noisy: boolean;
}

/** The paths in the order of the table. `twin` is a second pass-through Worker: its distance from the first is the noise. */
const paths = ['direct', 'pass', 'twin', 'edge'] as const;

/**
 * `meshed` is what a user's call takes: a caller with the in-Worker runtime, whose own request came through an edge and so gave it a context
 * to carry, the edge, and a callee with the runtime. (Not in the table of latency: on its way from outside there is one more edge.)
 */
const cpuPaths = [...paths, 'meshed'] as const;

interface Plan {
  readonly cpu: Effort;
  readonly rpc: Effort;
  readonly latency: Effort;
  /** For how long operations are counted. */
  readonly seconds: number;
  /** Pairs of starts, an empty Worker and the edge. */
  readonly starts: number;
}

/** A round of many slices says more than many rounds of few: what is noisy is a slice. */
const full: Plan = {
  cpu: { rounds: 6, cycles: 16, calls: 512 },
  rpc: { rounds: 5, cycles: 12, calls: 512 },
  latency: { rounds: 6, cycles: 12, calls: 200 },
  seconds: 60,
  starts: 15,
};
const quick: Plan = {
  cpu: { rounds: 3, cycles: 6, calls: 512 },
  rpc: { rounds: 3, cycles: 6, calls: 512 },
  latency: { rounds: 3, cycles: 4, calls: 200 },
  seconds: 10,
  starts: 5,
};

/** Runs the whole benchmark; `progress` is told what is under way. */
export async function runBench(options: BenchOptions, progress: (text: string) => void): Promise<BenchResult> {
  const effort = options.quick ? quick : full;
  pinProcess(process.pid, 1);
  const platform = edgePlatform(edgeConfigPath);
  progress('bundling edge and telemetry');
  const bundles = await bundleProduct();
  const compared = await comparePaths(bundles, platform, effort, options, progress);
  progress(`operations, ${effort.seconds} s`);
  const operations = await countOperations(bundles, platform, effort.seconds);
  progress('start-up');
  const startupMs = await measureStartUp(bundles.edge, platform, effort.starts);
  const identity = await measureIdentity(options.quick, progress);
  progress('routes');
  const routes = measureRoutes(options.quick);
  return {
    ...compared,
    operations,
    routes,
    identity,
    operationSeconds: effort.seconds,
    startupMs,
    bundleBytes: bundles.edge.reduce((sum, { contents }) => sum + contents.length, 0),
    bundleGzipBytes: bundles.edge.reduce((sum, { contents }) => sum + gzipSync(contents).length, 0),
  };
}

type Compared = Pick<BenchResult, 'pinned' | 'cpu' | 'rpcCpu' | 'latency' | 'ingredients'>;

async function comparePaths(
  bundles: ProductBundles,
  platform: Platform,
  effort: Plan,
  options: BenchOptions,
  progress: (text: string) => void,
): Promise<Compared> {
  const without = options.ingredients ? Object.entries(ingredients) : [];
  const mesh = await startMesh([
    ...benchWorkers(
      bundles,
      platform,
      without.map(([name]) => name),
    ),
    ...(await meshedWorkers(bundles, platform)),
  ]);
  try {
    await writeDocuments(mesh.miniflare, 'edge', everythingOn);
    await writeDocuments(mesh.miniflare, 'edge-meshed', everythingOn);
    await writeDocuments(mesh.miniflare, 'driver-edge', driverService);
    await verifyJourney(mesh);
    await eachInTurn(without, ([name, documents]) => writeDocuments(mesh.miniflare, edgeWithout(name), documents));
    progress('CPU of fetch');
    const before = await storedCalls(mesh.miniflare);
    const cpu = await repeatNoisy(() => measureCpu(mesh, 'fetch', cpuPaths, effort.cpu));
    await verifyStored(mesh, before, effort.cpu, cpu.runs);
    progress('CPU of RPC');
    const rpcCpu = await repeatNoisy(() => measureCpu(mesh, 'rpc', cpuPaths, effort.rpc));
    progress('latency');
    const latency = await repeatNoisy(() => measureLatency(mesh, paths, effort.latency));
    if (without.length > 0) progress('ingredients');
    const variants = without.map(([name]) => edgeWithout(name));
    const rounds = variants.length === 0 ? [] : await measureCpu(mesh, 'fetch', [...paths, ...variants], effort.cpu);
    return { pinned: mesh.pinned, cpu, rpcCpu, latency, ingredients: rounds };
  } finally {
    await mesh.stop();
  }
}

/** A noisy measurement is taken once more, and then reported as what it is. */
async function repeatNoisy(measure: () => Promise<Round[]>): Promise<Measured & { readonly runs: number }> {
  const first = await measure();
  if (!isNoisy(first)) return { rounds: first, noisy: false, runs: 1 };
  const second = await measure();
  return { rounds: second, noisy: isNoisy(second), runs: 2 };
}

/** That the meshed path is one is checked as well: each of its calls is the second edge of a journey that began before the driver. */
async function verifyJourney(mesh: RunningMesh): Promise<void> {
  const kinds = ['fetch', 'rpc'] as const;
  await eachInTurn(kinds, (kind) => driverLoop(mesh.driver, 'meshed', kind, 1, 1));
  await sleep(1_500);
  const found = await askShards(mesh.miniflare, (shard) => shard.findTraces({ service: benchService }));
  const journeys = found.flat().filter(({ services }) => services.includes('driver'));
  if (journeys.length !== kinds.length)
    throw new Error(`of ${kinds.length} meshed journeys telemetry knows ${journeys.length}`);
}

/** "Everything on" is checked, not believed: each call that went through an edge must have been stored. */
async function verifyStored(mesh: RunningMesh, before: number, effort: Effort, runs: number): Promise<void> {
  await sleep(1_500);
  const slices = effort.rounds * effort.cycles;
  const ofEachPath = (slices + warmUpSlices) * effort.calls;
  // Each loop of the meshed driver was begun by one call more, through its own edge; the warm-up is one loop.
  const made = runs * (2 * ofEachPath + slices + 1);
  const stored = (await storedCalls(mesh.miniflare)) - before;
  if (stored !== made) throw new Error(`edges were called ${made} times, but telemetry has stored ${stored} calls`);
}

/** The meshed path: driver and service with the in-Worker runtime, an edge before each. */
async function meshedWorkers(bundles: ProductBundles, platform: Platform): Promise<WorkerOptions[]> {
  const meshed = (name: string, file: string, service: string, serviceBindings: Record<string, unknown> = {}) => {
    const path = fileURLToPath(new URL(`./workers/${file}`, import.meta.url));
    const config = { service, bindings: Object.keys(serviceBindings), hosts: [] };
    return meshedWorker(platform, bundles.runtime, { name, file: path, config }, { serviceBindings });
  };
  const driver: Behind = {
    service: 'driver',
    workers: { 'meshed-driver': 'meshed-driver' },
    runtime: true,
    callers: ['visitor'],
  };
  const service: Behind = {
    service: benchService,
    workers: { 'service-v1': 'meshed-v1', 'service-v2': 'meshed-v2' },
    runtime: true,
    callers: ['driver'],
  };
  const toEdge = meshBinding('edge-meshed', 'mesh');
  return [
    edgeWorker('driver-edge', bundles, platform, { behind: driver }),
    await meshed('meshed-driver', 'driver.js', 'driver', { meshed: toEdge, 'rpc-meshed': toEdge }),
    edgeWorker('edge-meshed', bundles, platform, { behind: service }),
    await meshed('meshed-v1', 'service.js', benchService),
    await meshed('meshed-v2', 'service.js', benchService),
  ];
}

function benchWorkers(bundles: ProductBundles, platform: Platform, without: readonly string[]): WorkerOptions[] {
  const variants = without.map(edgeWithout);
  const serviceBindings = {
    direct: 'service-v1',
    pass: 'pass',
    twin: 'twin',
    edge: meshBinding('edge', 'mesh'),
    'rpc-direct': 'service-v1',
    'rpc-pass': 'rpc-pass',
    'rpc-twin': 'rpc-twin',
    'rpc-edge': meshBinding('edge', 'mesh'),
    meshedDriver: meshBinding('driver-edge', 'mesh', 'visitor', 'driver'),
    ...Object.fromEntries(variants.map((name) => [name, meshBinding(name, 'mesh')])),
  };
  const behind = { serviceBindings: { UP: 'service-v1' } };
  return [
    benchWorker(platform, 'driver', 'driver.js', { serviceBindings } as Partial<WorkerOptions>),
    benchWorker(platform, 'pass', 'pass-through.js', behind),
    benchWorker(platform, 'twin', 'pass-through.js', behind),
    benchWorker(platform, 'rpc-pass', 'pass-through-rpc.js', behind),
    benchWorker(platform, 'rpc-twin', 'pass-through-rpc.js', behind),
    benchWorker(platform, 'service-v1', 'service.js'),
    benchWorker(platform, 'service-v2', 'service.js'),
    ...['edge', ...variants].map((name) => edgeWorker(name, bundles, platform)),
    telemetryWorker(bundles, platform),
  ];
}

function edgeWithout(ingredient: string): string {
  return `edge-without-${ingredient.replaceAll(' ', '-')}`;
}
