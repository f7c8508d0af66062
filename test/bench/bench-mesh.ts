import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Miniflare, type MiniflareOptions, type WorkerOptions } from 'miniflare';
import type { Subject } from './compare.ts';
import { childProcesses, pinProcess } from './cpu-clock.ts';
import type { Platform } from './platform.ts';

/** One Worker of the benchmark's own, as it lies in workers/ (or at an absolute path): no bundling, so that pass-through is exactly its one line. */
export function benchWorker(
  platform: Platform,
  name: string,
  file: string,
  more: Partial<WorkerOptions> = {},
): WorkerOptions {
  const path = fileURLToPath(new URL(file, new URL('./workers/', import.meta.url)));
  return {
    name,
    modules: [{ type: 'ESModule', path: `${name}.js`, contents: readFileSync(path, 'utf8') }],
    ...platform,
    ...more,
  } as WorkerOptions;
}

export interface RunningMesh extends Subject {
  readonly miniflare: Miniflare;
  /** Whether workerd has a core of its own; without that, figures are noisier. */
  readonly pinned: boolean;
  stop(): Promise<void>;
}

/**
 * Starts the Workers in one workerd process, on core 0, and answers the address of the one named `driver`: a direct socket of workerd,
 * for miniflare's own entry Worker would cost more than all that is measured.
 */
export async function startMesh(workers: readonly WorkerOptions[]): Promise<RunningMesh> {
  const before = new Set(childProcesses(process.pid));
  const options = {
    cf: false,
    workers: workers.map((worker) =>
      worker.name === 'driver' ? { ...worker, unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] } : worker,
    ),
  };
  const miniflare = new Miniflare(options as unknown as MiniflareOptions);
  await miniflare.ready;
  const driver = await miniflare.unsafeGetDirectURL('driver');
  const [pid] = childProcesses(process.pid).filter((child) => !before.has(child));
  if (pid === undefined) throw new Error('miniflare started no workerd process');
  return { miniflare, driver, pid, pinned: pinProcess(pid, 0), stop: () => miniflare.dispose() };
}
