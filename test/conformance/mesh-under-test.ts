import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Miniflare, type MiniflareOptions } from 'miniflare';
import { edgeEntrypoint, type MeshProps, meshKey, serviceKey } from '../../src/core/edge-config.ts';
import { bundleWorker } from '../../src/derive/bundle.ts';
import { type EchoServer, startEchoServer } from './echo-server.ts';
import type { Journal } from './journal.ts';
import { type App, type PlannedEdge, planEdges } from './plan-edges.ts';
import { type Pod, podId } from './pod.ts';
import type { World } from './world.ts';

/** How a probe enters the mesh. */
export type Entry =
  | { readonly kind: 'public'; readonly gateway: string }
  | { readonly kind: 'mesh'; readonly caller: string; readonly service: string }
  | { readonly kind: 'pod'; readonly pod: Pod };

/** One case's world, the entries that its probes need, and its pods that are apps instead of echoes. */
export interface WorldToRun {
  readonly world: World;
  readonly entries: readonly Entry[];
  /** Calls that pods make before they answer, by Worker name. */
  readonly apps?: ReadonlyMap<string, App>;
}

export interface MeshUnderTest {
  /** The Worker that stands before the edges. */
  readonly url: URL;
  stop(): Promise<void>;
}

const configPath = fileURLToPath(new URL('../../wrangler.toml', import.meta.url));
const edgeMain = fileURLToPath(new URL('../../workers/edge/index.ts', import.meta.url));
const platform = { compatibilityDate: '2026-04-21' };

/** Names the binding by which the Worker before the edges calls an entry of a case. */
export function entryName(world: World, entry: Entry): string {
  if (entry.kind === 'public') return `${world.name} gateway ${entry.gateway}`;
  return entry.kind === 'mesh'
    ? `${world.name} ${entry.caller} ${entry.service}`
    : `${world.name} pod ${podId(entry.pod)}`;
}

/**
 * Boots the edges of all given cases in one workerd, as wrangler bundles them, each with a registry that holds its documents.
 * Each gateway has an edge of its own; the services of a case share one.
 */
export async function startMeshUnderTest(
  cases: readonly WorldToRun[],
  journal: Journal,
  internet: ReadonlyMap<string, Pod>,
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

  const workers: object[] = [];
  const registries = new Map<string, { readonly edge: PlannedEdge; readonly world: World }>();
  const entryBindings: Record<string, unknown> = {};
  const planned = cases.map((one) => ({ ...one, edges: planEdges(one.world, one.apps) }));
  for (const { world, entries, apps = new Map<string, App>(), edges } of planned) {
    for (const edge of edges) {
      if (!registries.has(edge.name)) workers.push(await edgeWorker(edge));
      registries.set(edge.name, { edge, world });
    }
    for (const [worker, app] of apps) workers.push(await appWorker(world, edges, worker, app));
    for (const entry of entries) entryBindings[entryName(world, entry)] = await entryBinding(edges, entry);
  }
  async function edgeWorker(edge: PlannedEdge): Promise<object> {
    const serviceBindings: Record<string, unknown> = {};
    for (const [binding, pod] of edge.pods) serviceBindings[binding] = await echo(pod);
    for (const [binding, app] of edge.apps) serviceBindings[binding] = { name: app };
    for (const [binding, peer] of edge.peers) serviceBindings[binding] = meshDoor(peer.edge, peer.props);
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
  async function appWorker(world: World, edges: readonly PlannedEdge[], worker: string, app: App): Promise<object> {
    const serviceBindings: Record<string, unknown> = { ECHO: await echo(world.pods.get(worker) as Pod) };
    for (const service of app.calls) {
      serviceBindings[service] = await entryBinding(edges, { kind: 'mesh', caller: app.service, service });
    }
    const { name, version, service } = app;
    return {
      name,
      ...platform,
      modules: [workerModule('bookinfo.js')],
      bindings: { SERVICE: service, VERSION: version },
      serviceBindings,
    };
  }
  async function entryBinding(edges: readonly PlannedEdge[], entry: Entry): Promise<object> {
    if (entry.kind === 'pod') return echo(entry.pod);
    const service = entry.kind === 'public' ? entry.gateway : entry.service;
    const edge = edges.find(({ vars }) => vars.SERVICES.includes(service));
    if (edge === undefined) throw new Error(`no edge stands before ${service}`);
    if (entry.kind === 'public') return { name: edge.name };
    return meshDoor(edge.name, { caller: entry.caller, service, upstream: 'default' });
  }
  const beyond: Record<string, unknown> = {};
  for (const [host, pod] of internet) beyond[host] = await echo(pod);

  const miniflare = new Miniflare({
    cf: false,
    modulesRoot: '/',
    workers: [
      {
        name: 'before-edge',
        ...platform,
        modules: [workerModule('before-edge.js')],
        serviceBindings: entryBindings,
        unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
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
    for (const { edge, world } of registries.values()) {
      const registry = (await miniflare.getKVNamespace('REGISTRY', edge.name)) as unknown as Writable;
      await registry.put(meshKey, JSON.stringify(world.mesh));
      for (const service of edge.vars.SERVICES) {
        const document = world.documents.get(service);
        if (document !== undefined) await registry.put(serviceKey(service), JSON.stringify(document));
      }
    }
    return { url: await miniflare.unsafeGetDirectURL('before-edge'), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What is needed of a KV namespace; miniflare's own type of it needs the Workers' types. */
interface Writable {
  put(key: string, value: string): Promise<void>;
}

function meshDoor(name: string, props: MeshProps): object {
  return { name, entrypoint: edgeEntrypoint.mesh, props };
}

function workerModule(file: string): object {
  return {
    type: 'ESModule',
    path: file,
    contents: readFileSync(new URL(`./workers/${file}`, import.meta.url), 'utf8'),
  };
}
