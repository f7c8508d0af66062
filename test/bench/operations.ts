import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkerOptions } from 'miniflare';
import { benchWorker, startMesh } from './bench-mesh.ts';
import { eachInTurn } from './each-in-turn.ts';
import { edgeWorker, meshBinding, type ProductBundles, telemetryWorker, writeDocuments } from './edge-parts.ts';
import type { Platform } from './platform.ts';

/** Calls per second in one isolate. */
export const operationRates = [1, 10, 50] as const;

export interface Operations {
  readonly rate: number;
  readonly calls: number;
  readonly kvReads: number;
  readonly durableObjectRequests: number;
}

/** How long after the last call its batch has surely been sent: the age of a batch and some more. */
const lastFlushMs = 2_500;

/**
 * Counts what an isolate costs beside CPU, from its first call: KV keys read and Durable Object requests, at three rates at the same
 * time, with the refresh period and the batches as shipped. Every edge is an isolate of its own; its bindings are real.
 */
export async function countOperations(
  bundles: ProductBundles,
  platform: Platform,
  seconds: number,
): Promise<Operations[]> {
  const counting = readFileSync(new URL('./workers/counting-edge.js', import.meta.url));
  const entry = { type: 'ESModule', path: 'counting-edge.js', contents: counting };
  const edges = operationRates.map((rate) => `edge-${rate}`);
  const bindings = edges.flatMap((edge) => [
    [edge, meshBinding(edge, 'mesh')] as const,
    [`${edge}-counts`, { name: edge, entrypoint: 'Counts' }] as const,
  ]);
  const driver = { serviceBindings: Object.fromEntries(bindings) } as Partial<WorkerOptions>;
  const mesh = await startMesh([
    benchWorker(platform, 'driver', 'driver.js', driver),
    benchWorker(platform, 'service-v1', 'service.js'),
    benchWorker(platform, 'service-v2', 'service.js'),
    ...edges.map((edge) => edgeWorker(edge, bundles, platform, { entry })),
    telemetryWorker(bundles, platform),
  ]);
  try {
    await eachInTurn(edges, (edge) => writeDocuments(mesh.miniflare, edge));
    const driven = await Promise.all(operationRates.map((rate) => driveAt(mesh.driver, rate, seconds)));
    await sleep(lastFlushMs);
    return await eachInTurn(operationRates, async (rate, index) => {
      const counts = await fetch(mesh.driver, { headers: { 'bench-path': `edge-${rate}-counts` } });
      const { kvReads, durableObjectRequests } = (await counts.json()) as Omit<Operations, 'rate' | 'calls'>;
      return { rate, calls: driven[index] as number, kvReads, durableObjectRequests };
    });
  } finally {
    await mesh.stop();
  }
}

/** Open loop: each call is sent when it is due, whether the one before it has been answered or not. Answers how many were made. */
async function driveAt(driver: URL, rate: number, seconds: number): Promise<number> {
  const total = rate * seconds;
  const began = performance.now();
  const calls: Promise<void>[] = [];
  for (let call = 0; call < total; call++) {
    await sleep(Math.max(0, began + (call * 1000) / rate - performance.now()));
    calls.push(callOnce(driver, `edge-${rate}`));
  }
  await Promise.all(calls);
  return total;
}

async function callOnce(driver: URL, path: string): Promise<void> {
  const response = await fetch(new URL('/items/42', driver), { headers: { 'bench-path': path, 'x-user': 'user-10' } });
  if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

export function per1000(operations: Operations, count: 'kvReads' | 'durableObjectRequests'): number {
  return (operations[count] * 1000) / operations.calls;
}
