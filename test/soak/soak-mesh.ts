/** One edge on workerd between a caller and a callee as the derivation makes them, and a caller that has no in-Worker runtime. */
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Miniflare, type MiniflareOptions, type WorkerOptions } from 'miniflare';
import { benchWorker } from '../bench/bench-mesh.ts';
import type { BenchDocuments } from '../bench/documents.ts';
import {
  askShards,
  bundleProduct,
  edgeConfigPath,
  edgeWorker,
  meshBinding,
  telemetryWorker,
  writeDocuments,
} from '../bench/edge-parts.ts';
import { meshedWorker } from '../bench/meshed-worker.ts';
import { edgePlatform } from '../bench/platform.ts';
import { Inspector } from './inspector.ts';

const service = 'ledger';

/** Callers by the way they take: with the in-Worker runtime, and by the edge's door for those that have none. */
export type Caller = 'caller' | 'plain-caller';

/** Isolates whose heap is watched. */
export const watched = ['ledger-edge', 'caller', 'plain-caller', 'ledger'] as const;
export type Watched = (typeof watched)[number];

/** What the callee has counted. */
export interface LedgerCounts {
  readonly made: number;
  readonly disposed: number;
  readonly begun: number;
  readonly ended: number;
  readonly ticks: number;
}

export interface SoakMesh {
  /** Has a caller do what is written at `path`, and answers what it says; throws where an answer to one of its calls was wrong. */
  ask(caller: Caller, path: string): Promise<string>;
  counts(): Promise<LedgerCounts>;
  /** RPC calls that telemetry has counted, by outcome. */
  outcomes(): Promise<Readonly<Record<string, number>>>;
  heapBytes(worker: Watched): Promise<number>;
  /** Warnings about undisposed stubs and results, from any isolate; workerd gives each once an isolate. */
  readonly warnings: readonly string[];
  stop(): Promise<void>;
}

/** After so long an edge takes a call that never ended for cancelled; the calls of the soak itself never come near theirs. */
export const hangDeadlineMs = 6_000;

const documents: BenchDocuments = {
  mesh: { mesh: 'soak', trustDomain: 'soak.local', telemetry: { sampling: '1%' } },
  service: {
    service,
    versions: { v1: { worker: 'ledger' } },
    routes: [
      {
        name: 'hang',
        matches: [{ rpc: 'hang' }],
        timeouts: { request: `${hangDeadlineMs}ms` },
        backends: [{ version: 'v1' }],
      },
      { name: 'default', timeouts: { request: '60s' }, backends: [{ version: 'v1' }] },
    ],
    access: { mode: 'strict', rules: [{ action: 'allow', from: { principals: ['caller', 'plain-caller'] } }] },
  },
};

export async function startSoakMesh(): Promise<SoakMesh> {
  const platform = edgePlatform(edgeConfigPath);
  const bundles = await bundleProduct();
  const path = (file: string) => fileURLToPath(new URL(`./workers/${file}`, import.meta.url));
  const config = (name: string, bindings: readonly string[]) => ({ service: name, bindings, hosts: [] });
  const bindings = (name: Caller, door: 'mesh' | 'meshRpc'): Partial<WorkerOptions> =>
    ({
      serviceBindings: { LEDGER: meshBinding('ledger-edge', door, name, service), DIRECT: 'ledger' },
    }) as Partial<WorkerOptions>;
  const behind = {
    service,
    workers: { ledger: 'ledger' },
    runtime: true,
    callers: ['caller', 'plain-caller'],
  };
  const caller = { name: 'caller', file: path('caller.js'), config: config('caller', ['LEDGER']) };
  const ledger = { name: 'ledger', file: path('ledger.js'), config: config(service, []) };
  const workers: WorkerOptions[] = [
    await meshedWorker(platform, bundles.runtime, caller, bindings('caller', 'mesh')),
    benchWorker(platform, 'plain-caller', path('caller.js'), bindings('plain-caller', 'meshRpc')),
    await meshedWorker(platform, bundles.runtime, ledger),
    edgeWorker('ledger-edge', bundles, platform, { behind }),
    telemetryWorker(bundles, platform),
  ];
  const warnings: string[] = [];
  const watch = (stream: Readable) => collectWarnings(stream, warnings);
  const options = {
    cf: false,
    inspectorPort: 0,
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => [stdout, stderr].forEach(watch),
    workers,
  };
  const miniflare = new Miniflare(options as unknown as MiniflareOptions);
  await miniflare.ready;
  await writeDocuments(miniflare, 'ledger-edge', documents);
  const fetchOf = async (name: string) => (await miniflare.getWorker(name)) as unknown as { fetch: typeof fetch };
  const inspected = await miniflare.getInspectorURL();
  const inspectors = new Map<Watched, Inspector>();
  for (const name of watched) {
    const touch = async () => (await (await fetchOf(name)).fetch('http://touch/touch')).arrayBuffer();
    inspectors.set(name, await Inspector.connect(inspected, name, touch));
  }
  return {
    warnings,
    async ask(name, page) {
      const response = await (await fetchOf(name)).fetch(`http://${name}${page}`);
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${name} answered ${response.status} to ${page}: ${text}`);
      return text;
    },
    async counts() {
      return (await (await (await fetchOf('ledger')).fetch('http://ledger/')).json()) as LedgerCounts;
    },
    async outcomes() {
      const rows = (await askShards(miniflare, (shard) => shard.metrics(0))).flat();
      const sums: Record<string, number> = {};
      for (const { kind, outcome, count } of rows) if (kind === 'rpc') sums[outcome] = (sums[outcome] ?? 0) + count;
      return sums;
    },
    heapBytes: (name) => (inspectors.get(name) as Inspector).heapBytes(),
    async stop() {
      for (const inspector of inspectors.values()) inspector.close();
      await miniflare.dispose();
    },
  };
}

/** workerd writes warnings of the platform on its standard error, whether an inspector listens or not. */
function collectWarnings(stream: Readable, warnings: string[]): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    warnings.push(...lines.filter((line) => line.includes('was not disposed properly')));
  });
}
