/** Starts the telemetry Worker's Durable Object on workerd behind a driver, and speaks to it from the test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import { loadEsbuild } from '../../src/derive/code/esbuild.ts';

export interface Driver {
  /** Calls a method of a shard; rejects with the shard's own message. */
  shard<Value = unknown>(name: string, method: string, ...args: unknown[]): Promise<Value>;
  /** Asks all of `shards` as control does. */
  reader<Value = unknown>(shards: number, method: string, ...args: unknown[]): Promise<Value>;
  edge(action: string, args?: unknown[]): Promise<EdgeState>;
  /** The same through a binding, by callers that go away once `underWay` holds. Answers how the calls ended for them. */
  abandon(action: string, requests: unknown[][], underWay: () => Promise<void>): Promise<string[]>;
  measure(step: 'prepare' | 'receive' | 'ingest', ...args: unknown[]): Promise<number>;
  /** Ends workerd and starts it again on the same disk. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface EdgeState {
  readonly open: number;
  readonly inFlight: number;
  readonly failedFlushes: number;
  readonly sending: boolean;
}

export async function startDriver(bindings: Record<string, number> = {}): Promise<Driver> {
  const script = await bundleDriver();
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-telemetry-'));
  const start = async () => {
    const miniflare = new Miniflare({
      name: 'driver',
      cf: false,
      modules: [{ type: 'ESModule', path: 'driver.mjs', contents: script }],
      compatibilityDate: '2026-04-21',
      serviceBindings: { SELF: 'driver' },
      durableObjects: { TELEMETRY: { className: 'TelemetryShard', useSQLite: true } },
      durableObjectsPersist: folder,
      bindings,
    });
    return { miniflare, url: await miniflare.ready };
  };
  let running = await start();
  const post = async <Value>(path: string, args: unknown[]): Promise<Value> => {
    const response = await fetch(new URL(path, running.url), { method: 'POST', body: JSON.stringify(args) });
    const answer = (await response.json()) as { value: Value; error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value;
  };
  return {
    shard: (name, method, ...args) => post(`/shard/${name}/${method}`, args),
    reader: (shards, method, ...args) => post(`/reader/${shards}/${method}`, args),
    edge: (action, args = []) => post(`/edge/${action}`, args),
    abandon: async (action, requests, underWay) => {
      const ended = post<string[]>(`/abandon/${action}`, requests);
      await underWay();
      await post('/edge/leave', []);
      return ended;
    },
    measure: (step, ...args) => post(`/measure/${step}`, args),
    restart: async () => {
      await running.miniflare.dispose();
      running = await start();
    },
    stop: async () => {
      await running.miniflare.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function bundleDriver(): Promise<string> {
  const built = await loadEsbuild().build({
    entryPoints: [new URL('workers/driver.ts', import.meta.url).pathname],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    external: ['cloudflare:workers'],
  });
  return built.outputFiles[0]?.text ?? '';
}
