import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { WorkerOptions } from 'miniflare';
import { benchWorker, type RunningMesh, startMesh } from './bench-mesh.ts';
import { type Effort, measureCpu, measureLatency, warmUpSlices } from './compare.ts';
import { pinProcess } from './cpu-clock.ts';
import { everythingOn, ingredients } from './documents.ts';
import { eachInTurn } from './each-in-turn.ts';
import {
  bundleProduct,
  edgeConfigPath,
  edgeWorker,
  meshBinding,
  type ProductBundles,
  storedCalls,
  telemetryWorker,
  writeDocuments,
} from './edge-parts.ts';
import { countOperations, type Operations } from './operations.ts';
import { edgePlatform, type Platform } from './platform.ts';
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
}

/** Rounds of one measurement; `noisy` where even the repetition spread too far. */
export interface Measured {
  readonly rounds: readonly Round[];
  readonly noisy: boolean;
}

/** The paths in the order of the table. `twin` is a second pass-through Worker: its distance from the first is the noise. */
export const paths = ['direct', 'pass', 'twin', 'edge'] as const;

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
  return {
    ...compared,
    operations,
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
  const mesh = await startMesh(
    benchWorkers(
      bundles,
      platform,
      without.map(([name]) => name),
    ),
  );
  try {
    await writeDocuments(mesh.miniflare, 'edge', everythingOn);
    await eachInTurn(without, ([name, documents]) => writeDocuments(mesh.miniflare, edgeWithout(name), documents));
    progress('CPU of fetch');
    const cpu = await repeatNoisy(() => measureCpu(mesh, 'fetch', paths, effort.cpu));
    await verifyStored(mesh, effort.cpu, cpu.runs);
    progress('CPU of RPC');
    const rpcCpu = await repeatNoisy(() => measureCpu(mesh, 'rpc', paths, effort.rpc));
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

/** "Everything on" is checked, not believed: each call that went through the edge must have been stored. */
async function verifyStored(mesh: RunningMesh, effort: Effort, runs: number): Promise<void> {
  await sleep(1_500);
  const made = runs * (effort.rounds * effort.cycles + warmUpSlices) * effort.calls;
  const stored = await storedCalls(mesh.miniflare);
  if (stored !== made) throw new Error(`the edge was called ${made} times, but telemetry has stored ${stored} calls`);
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
