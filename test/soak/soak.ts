/** Many RPC calls of every kind through one edge: what stays behind of them in the isolates, and what of those that are given up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Caller, hangDeadlineMs, type SoakMesh, startSoakMesh, type Watched, watched } from './soak-mesh.ts';

export interface SoakPlan {
  /** RPC calls in all; a multiple of 1,000, as is `from`. */
  readonly calls: number;
  /** The call at which the heap is measured first. */
  readonly from: number;
  /** Calls that are given up while they run; a multiple of 400. */
  readonly abandoned: number;
  /** By how many bytes the heap of an isolate may have grown from the first measurement to the last. */
  readonly maxGrowthBytes: number;
}

export const fullSoak: SoakPlan = { calls: 100_000, from: 20_000, abandoned: 2_000, maxGrowthBytes: 1_000_000 };

export interface SoakResult {
  readonly plan: SoakPlan;
  readonly seconds: number;
  /** Bytes in use after forced collections. */
  readonly heap: readonly { readonly worker: Watched; readonly first: number; readonly last: number }[];
  readonly targets: { readonly made: number; readonly disposed: number };
  /** Of stubs and results that were not disposed of. */
  readonly warnings: readonly string[];
  /** RPC calls that the edge has recorded, by outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly abandoned: Abandoned;
  /** The same, bare. */
  readonly abandonedBare: Abandoned;
  /** What the same instruments show of a caller that leaks: they would have seen it. */
  readonly leak: Leak;
}

/** Calls that were given up: how many had begun at the callee, and how many of these ran on. */
export interface Abandoned {
  readonly begun: number;
  readonly ended: number;
  /** Whether any of them still did something afterwards. */
  readonly runningOn: boolean;
}

/** A caller kept some targets for good and let go of as many without a word. */
export interface Leak {
  readonly warnings: number;
  /** Targets that still lived while it ran. */
  readonly undisposed: number;
  /** What one that is kept costs the caller's heap. */
  readonly bytesPerKept: number;
}

/** Calls in one invocation of a caller. */
const perInvocation = 100;
/** Callers at work at the same time. */
const lanes = 4;
/** Targets that the leak on purpose keeps. */
export const keptTargets = 1_000;

export async function runSoak(plan: SoakPlan, progress: (text: string) => void): Promise<SoakResult> {
  const began = performance.now();
  const mesh = await startSoakMesh();
  try {
    progress(`${plan.abandoned} abandoned calls`);
    const abandoned = await abandon(mesh, plan.abandoned, 'mesh');
    const abandonedBare = await abandon(mesh, perInvocation * 2, 'bare');
    const givenUpMs = performance.now();
    progress(`${plan.from} calls`);
    await runCalls(mesh, plan.from);
    const first = await heapOfAll(mesh);
    progress(`${plan.calls - plan.from} more`);
    await runCalls(mesh, plan.calls - plan.from);
    const last = await heapOfAll(mesh);
    const { made, disposed } = await eventually(
      () => mesh.counts(),
      (counts) => counts.disposed === counts.made,
    );
    const warnings = [...mesh.warnings];
    const outcomes = await settledOutcomes(mesh, plan, givenUpMs);
    progress('a leak, to see that it is seen');
    const leak = await leakOnPurpose(mesh, last.get('caller') as number);
    return {
      plan,
      seconds: (performance.now() - began) / 1000,
      heap: watched.map((worker) => ({
        worker,
        first: first.get(worker) as number,
        last: last.get(worker) as number,
      })),
      targets: { made, disposed },
      warnings,
      outcomes,
      abandoned,
      abandonedBare,
      leak,
    };
  } finally {
    await mesh.stop();
  }
}

/** One invocation in ten is of the caller that has no runtime. */
async function runCalls(mesh: SoakMesh, calls: number): Promise<void> {
  let left = calls / perInvocation;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      await mesh.ask(left % 10 === 0 ? 'plain-caller' : 'caller', '/run');
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function heapOfAll(mesh: SoakMesh): Promise<ReadonlyMap<Watched, number>> {
  const heap = new Map<Watched, number>();
  for (const worker of watched) heap.set(worker, await mesh.heapBytes(worker));
  return heap;
}

/** Both callers take turns to begin a hundred calls and to end with all of them under way. */
async function abandon(mesh: SoakMesh, calls: number, to: 'mesh' | 'bare'): Promise<Abandoned> {
  const before = await mesh.counts();
  for (let given = 0; given < calls; given += perInvocation) {
    const caller: Caller = given % (2 * perInvocation) === 0 ? 'caller' : 'plain-caller';
    await mesh.ask(caller, `/leave?many=${perInvocation}&to=${to}`);
  }
  // A call ticks every 20 ms for as long as it runs.
  await sleep(stopMs);
  const soon = await mesh.counts();
  await sleep(stopMs);
  const after = await mesh.counts();
  return {
    begun: after.begun - before.begun,
    ended: after.ended - before.ended,
    runningOn: after.ticks !== soon.ticks,
  };
}

const stopMs = 500;

/** An edge writes calls that never ended when their deadline is over and another call comes by. */
async function settledOutcomes(mesh: SoakMesh, plan: SoakPlan, givenUpMs: number): Promise<Record<string, number>> {
  await sleep(Math.max(0, givenUpMs + hangDeadlineMs + 1_000 - performance.now()));
  await mesh.ask('caller', '/run');
  const wanted = plan.calls + perInvocation + plan.abandoned;
  return eventually(
    () => mesh.outcomes(),
    (outcomes) => sumOf(outcomes) >= wanted,
  );
}

export function sumOf(outcomes: Readonly<Record<string, number>>): number {
  return Object.values(outcomes).reduce((sum, count) => sum + count, 0);
}

async function leakOnPurpose(mesh: SoakMesh, heapBefore: number): Promise<Leak> {
  const warned = mesh.warnings.length;
  const undisposed = Number(await mesh.ask('caller', `/leak?many=${2 * keptTargets}`));
  await eventually(
    async () => mesh.warnings.length,
    (count) => count > warned,
  );
  return {
    warnings: mesh.warnings.length - warned,
    undisposed,
    bytesPerKept: Math.round(((await mesh.heapBytes('caller')) - heapBefore) / keptTargets),
  };
}

async function eventually<T>(read: () => Promise<T>, wanted: (value: T) => boolean, boundMs = 10_000): Promise<T> {
  const end = performance.now() + boundMs;
  for (;;) {
    const value = await read();
    if (wanted(value) || performance.now() > end) return value;
    await sleep(100);
  }
}
