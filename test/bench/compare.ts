import { setTimeout as sleep } from 'node:timers/promises';
import { processCpuMicros } from './cpu-clock.ts';
import { ClosedLoopClient, driverLoop, type Kind } from './load.ts';
import { median, quantile, type Round } from './statistics.ts';

export interface Effort {
  readonly rounds: number;
  /** Slices of each path in a round; the paths take turns, slice by slice, in a new random order each time. */
  readonly cycles: number;
  /** Awaited calls in a slice. Telemetry flushes by size, so a slice holds whole flushes. */
  readonly calls: number;
}

/** A running mesh to be measured: the driver's address, and the process that holds everything. */
export interface Subject {
  readonly driver: URL;
  readonly pid: number;
}

/**
 * CPU microseconds per call of each path: of the whole workerd process, telemetry and its storage included. The paths alternate by
 * slices of some 100 ms because the machine's speed drifts by more than the paths differ. A path's figure for a round is the
 * 25th percentile of its slices: a garbage collection takes 100 ms and more and hits single slices, so means of a twin of the bare
 * pass-through differ by half.
 */
export async function measureCpu(
  subject: Subject,
  kind: Kind,
  paths: readonly string[],
  effort: Effort,
): Promise<Round[]> {
  const rounds: Round[] = [];
  for (const path of paths) await driverLoop(subject.driver, path, kind, effort.calls * warmUpSlices, 1);
  for (let round = 0; round < effort.rounds; round++) {
    const slices = await takeTurns(paths, effort.cycles, (path) => cpuSlice(subject, kind, path, effort.calls));
    rounds.push(mapValues(slices, (values) => quantile(values, 0.25)));
  }
  return rounds;
}

/** Slices of each path before the first that counts. */
export const warmUpSlices = 2;

async function cpuSlice(subject: Subject, kind: Kind, path: string, calls: number): Promise<number> {
  const before = processCpuMicros(subject.pid);
  await driverLoop(subject.driver, path, kind, calls, 1);
  // What a slice leaves behind (a flush under waitUntil) belongs to it, not to the next one.
  await sleep(settleMs);
  return (processCpuMicros(subject.pid) - before) / calls;
}

const settleMs = 10;

/** The median latency per round of each path, for one client that waits for each answer. */
export async function measureLatency(subject: Subject, paths: readonly string[], effort: Effort): Promise<Round[]> {
  const client = await ClosedLoopClient.connect(subject.driver);
  try {
    const rounds: Round[] = [];
    for (const path of paths) await client.measure(path, effort.calls);
    for (let round = 0; round < effort.rounds; round++) {
      const slices = await takeTurns(paths, effort.cycles, async (path) =>
        median(await client.measure(path, effort.calls)),
      );
      rounds.push(mapValues(slices, median));
    }
    return rounds;
  } finally {
    client.close();
  }
}

async function takeTurns(
  paths: readonly string[],
  cycles: number,
  slice: (path: string) => Promise<number>,
): Promise<Record<string, number[]>> {
  const slices: Record<string, number[]> = Object.fromEntries(paths.map((path) => [path, []]));
  for (let cycle = 0; cycle < cycles; cycle++) {
    for (const path of shuffled(paths)) (slices[path] as number[]).push(await slice(path));
  }
  return slices;
}

function shuffled(paths: readonly string[]): string[] {
  return paths
    .map((path) => ({ path, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ path }) => path);
}

function mapValues(slices: Record<string, number[]>, map: (values: number[]) => number): Round {
  return Object.fromEntries(Object.entries(slices).map(([path, values]) => [path, map(values)]));
}
