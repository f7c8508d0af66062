import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Miniflare, type MiniflareOptions } from 'miniflare';
import { edgeEntrypoint, meshKey, serviceKey } from '../../../src/core/configs/edge-config.ts';
import { bundleWorker } from '../../../src/derive/code/bundle.ts';
import { mapLimited } from '../../../src/derive/concurrency.ts';
import { type EchoServer, startEchoServer } from './echo-server.ts';
import type { Journal } from './journal.ts';
import {
  type App,
  bindingOf,
  type Entry,
  type MeshBinding,
  type PlannedEdge,
  planEdges,
  type WorldToRun,
} from './plan-edges.ts';
import { type Pod, podId } from './pod.ts';
import type { World } from './world.ts';

/** Public keys of issuers, as the hosts that publish them answer. */
export interface IssuerKeys {
  /** Of Istio's own tests. */
  readonly tests: object;
  /** Of the samples of its documentation. */
  readonly samples: object;
}

const keyHosts = ['jwt-server.example.com', 'raw.githubusercontent.com'];

export interface MeshUnderTest {
  /** The Worker that stands before the edges. */
  readonly url: URL;
  stop(): Promise<void>;
}

const configPath = fileURLToPath(new URL('../../../wrangler.toml', import.meta.url));
const edgeMain = fileURLToPath(new URL('../../../workers/edge/index.ts', import.meta.url));
const registriesAtOnce = 8;
const platform = { compatibilityDate: '2026-04-21' };

/** Names the binding by which the Worker before the edges calls an entry of a case. */
export function entryName(world: World, entry: Entry): string {
  if (entry.kind === 'public') return `${world.name} gateway ${entry.gateway}`;
  return entry.kind === 'mesh'
    ? `${world.name} ${entry.caller} ${entry.service}`
    : `${world.name} pod ${podId(entry.pod)}`;
}

/** Boots the edges of all given cases in one workerd, as wrangler bundles them, each with a registry that holds its documents. */
export async function startMeshUnderTest(
  cases: readonly WorldToRun[],
  journal: Journal,
  internet: ReadonlyMap<string, Pod>,
  keys?: IssuerKeys,
): Promise<MeshUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-conformance-'));
  const bundle = await bundleWorker({ configPath, main: edgeMain, folder: join(folder, 'edge') });
  const modules = bundle.modules.map(({ name, type }) => ({
    type,
    path: name,
    contents: readFileSync(join(bundle.folder, name)),
  }));
  const echoes = new Map<string, EchoServer>();
  const echo = async (pod: Pod): Promise<object> => {
    const server = echoes.get(podId(pod)) ?? (await startEchoServer(pod, journal));
    echoes.set(podId(pod), server);
    return { external: { address: server.address, http: {} } };
  };
  const plan = planEdges(cases);
  const workers: object[] = [];
  for (const edge of plan.edges) workers.push(await edgeWorker(edge));
  const entryBindings: Record<string, unknown> = {};
  for (const { world, entries, apps = new Map<string, App>() } of cases) {
    for (const [worker, app] of apps) workers.push(await appWorker(world, worker, app));
    for (const entry of entries) entryBindings[entryName(world, entry)] = await entryBinding(world, entry);
  }
  async function edgeWorker(edge: PlannedEdge): Promise<object> {
    const serviceBindings: Record<string, unknown> = {};
    for (const [worker, answers] of edge.workers) {
      serviceBindings[bindingOf(worker)] = 'calls' in answers ? { name: answers.name } : await echo(answers);
    }
    for (const [binding, peer] of edge.peers) serviceBindings[binding] = meshDoor(peer);
    return {
      name: edge.name,
      ...platform,
      modules,
      bindings: edge.vars,
      kvNamespaces: { REGISTRY: edge.name },
      serviceBindings,
      outboundService: 'internet',
    };
  }
  async function appWorker(world: World, worker: string, app: App): Promise<object> {
    const serviceBindings: Record<string, unknown> = { ECHO: await echo(world.pods.get(worker) as Pod) };
    for (const service of app.calls) {
      serviceBindings[service] = await entryBinding(world, { kind: 'mesh', caller: app.service, service });
    }
    const { name, version, service, module = 'bookinfo.js' } = app;
    return {
      name,
      ...platform,
      modules: [workerModule(module)],
      bindings: { SERVICE: service, VERSION: version },
      serviceBindings,
    };
  }
  async function entryBinding(world: World, entry: Entry): Promise<object> {
    if (entry.kind === 'pod') return echo(entry.pod);
    const { edge, props } = plan.doorOf(world, entry);
    return props === undefined ? { name: edge } : meshDoor({ edge, props });
  }
  const beyond: Record<string, unknown> = {};
  for (const [host, pod] of internet) beyond[host] = await echo(pod);
  for (const host of keyHosts) beyond[host] = { name: 'key-server' };

  const miniflare = new Miniflare({
    cf: false,
    modulesRoot: '/',
    handleRuntimeStdio: (_: Readable, errors: Readable) => showUnexpected(errors),
    workers: [
      {
        name: 'before-edge',
        ...platform,
        modules: [workerModule('before-edge.js')],
        serviceBindings: entryBindings,
        unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      },
      {
        name: 'key-server',
        ...platform,
        modules: [workerModule('key-server.js')],
        bindings: { TESTS: keys?.tests ?? {}, SAMPLES: keys?.samples ?? {} },
      },
      { name: 'internet', ...platform, modules: [workerModule('internet.js')], serviceBindings: beyond },
      ...workers,
    ],
  } as unknown as MiniflareOptions);
  const stop = async (): Promise<void> => {
    await miniflare.dispose();
    for (const server of echoes.values()) server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await miniflare.ready;
    await mapLimited(plan.edges, registriesAtOnce, async ({ name, mesh, documents }) => {
      const registry = (await miniflare.getKVNamespace('REGISTRY', name)) as unknown as Writable;
      await registry.put(meshKey, JSON.stringify(mesh));
      for (const [service, document] of documents) {
        await registry.put(serviceKey(service), JSON.stringify(document));
      }
    });
    return { url: await miniflare.unsafeGetDirectURL('before-edge'), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What workerd says, but for the hosts that are there not to answer. */
function showUnexpected(errors: Readable): void {
  let isExpected = false;
  createInterface(errors).on('line', (line) => {
    if (!line.startsWith('stack:')) isExpected = line.includes(nobodyAnswers);
    if (!isExpected) console.error(line);
  });
}

/** What workers/internet.js throws. */
const nobodyAnswers = 'nobody answers at';

/** What is needed of a KV namespace; miniflare's own type of it needs the Workers' types. */
interface Writable {
  put(key: string, value: string): Promise<void>;
}

function meshDoor({ edge, props }: MeshBinding): object {
  return { name: edge, entrypoint: edgeEntrypoint.mesh, props };
}

function workerModule(file: string): object {
  return {
    type: 'ESModule',
    path: file,
    contents: readFileSync(new URL(`./workers/${file}`, import.meta.url), 'utf8'),
  };
}
