/** `selvedge dev` as a function: derives a mesh from users' configs and runs all of it in one miniflare instance. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Miniflare, type WorkerOptions } from 'miniflare';
import { meshKey, serviceKey } from '../../core/edge-config.ts';
import { type Bundle, type BundleModule, bundleWorker } from '../../derive/bundle.ts';
import { localCompatibility, withAsyncLocalStorage } from '../../derive/compatibility.ts';
import { mapLimited } from '../../derive/concurrency.ts';
import { findUnknownFlags } from '../../derive/known-flags.ts';
import { inEnvironment, meshWorkers, registryId } from '../../derive/names.ts';
import { type MeshPlan, planMesh } from '../../derive/plan.ts';
import { type ReadWorker, readWorker, type SourceWorker } from '../../derive/source-worker.ts';
import { addRuntime, buildRuntime } from '../../derive/user-entry.ts';
import {
  applyFolder,
  documentedServices,
  meshDocument,
  openDocument,
  openRegistry,
  publicHostsOf,
  type RegistryStore,
  type StoredDocuments,
  trustDomainOf,
} from './documents.ts';
import { frontBinding, frontEntrypoint, gatewayModules } from './gateway.ts';
import { LineLog } from './line-log.ts';
import { bundleOwnWorker, type MeshSources, shippedSources } from './mesh-sources.ts';
import { findPort, isFree } from './ports.ts';
import { absentWorkerOptions, edgeOptions, ownWorkerOptions, telemetryShards, userWorkerOptions } from './workers.ts';

export interface DevOptions {
  /** The users' wrangler configs, any file name. */
  readonly configs: readonly string[];
  /** Folder of documents. They are the truth at start: what differs in KV is overwritten. */
  readonly documents?: string;
  /** Port of the gateway; the first free one from 8787 unless said, 0 for any. */
  readonly port?: number;
  readonly environment?: string;
  /** Seconds after which an edge refreshes its snapshot; 1 unless said. */
  readonly refreshSeconds?: number;
  /** Where state is kept; `.wrangler/state` beside the first config unless said, as wrangler does it. */
  readonly persist?: string;
  /** The mesh's own Workers; those of this package unless said. */
  readonly sources?: Partial<MeshSources>;
  /** Ends a start that is under way; a mesh that runs is ended by `stop`. */
  readonly signal?: AbortSignal;
  /** Receives warnings and what Workers log, one line each. */
  readonly onLine?: (line: string) => void;
}

/** What the ready line says. */
export interface ReadyInfo {
  readonly ready: true;
  readonly gateway: string;
  readonly control: string;
  readonly token: string;
  readonly services: Readonly<Record<string, { readonly url: string; readonly host: string }>>;
}

export interface RunningMesh {
  readonly info: ReadyInfo;
  readonly mf: Miniflare;
  readonly plan: MeshPlan;
  /** Folder for `wrangler kv ... --local --persist-to`. */
  readonly stateFolder: string;
  readonly registryId: string;
  /** Ends every process that the mesh started. */
  stop(): Promise<void>;
}

interface DerivedWorker {
  readonly read: ReadWorker;
  readonly bundle: Bundle;
}

/** Starts the mesh; resolves when every Worker answers. */
export async function startDev(options: DevOptions): Promise<RunningMesh> {
  if (options.configs.length === 0) throw new Error('a mesh needs at least one wrangler config');
  const say = options.onLine ?? (() => {});
  const environment = options.environment || undefined;
  const sources = { ...shippedSources, ...options.sources };
  const stateFolder = resolve(
    options.persist ?? join(dirname(resolve(options.configs[0] as string)), '.wrangler/state'),
  );
  const persistRoot = join(stateFolder, 'v3');
  const port = await choosePort(options.port);
  const buildFolder = await mkdtemp(join(tmpdir(), 'selvedge-dev-'));
  try {
    const reads = await Promise.all(options.configs.map((path) => readWorker(path, environment)));
    const registry = openRegistry(persistRoot, registryId(environment));
    const bundles = mapLimited(reads, 2, async (read): Promise<DerivedWorker> => {
      const folder = join(buildFolder, 'workers', read.source.name);
      return {
        read,
        bundle: await bundleWorker({
          ...read.source,
          rules: read.config.rules,
          environment,
          folder,
          signal: options.signal,
        }),
      };
    });
    const [derived, own, runtime, store, unknownFlags] = await Promise.all([
      bundles,
      bundleOwnWorkers(sources, buildFolder),
      buildRuntime(),
      registry,
      findUnknownFlags(reads.flatMap((read) => read.source.compatibilityFlags)),
    ]);

    const compatibilities = new Map(
      reads.map(({ source }) => {
        const compatibility = localCompatibility(
          source.compatibilityDate,
          source.compatibilityFlags,
          (flag) => !unknownFlags.has(flag),
        );
        for (const warning of compatibility.warnings) say(`${source.name}: ${warning}`);
        return [source.name, compatibility];
      }),
    );
    const sourcesOfMesh = reads.map((read) => read.source);
    const stored = await store.readAll();
    const before = relevantDocuments(stored, sourcesOfMesh, environment);
    const wanted = options.documents === undefined ? before : await applyFolder(options.documents, before);
    const plan = planMesh({
      environment,
      workers: sourcesOfMesh,
      documents: documentedServices(wanted),
      facts: Object.fromEntries(
        derived.map(({ read, bundle }) => [
          read.source.worker,
          {
            runtime: bundle.format === 'modules' && !read.source.compatibilityFlags.includes('disallow_importable_env'),
            ...(bundle.format === 'modules' ? { exports: bundle.exports } : {}),
          },
        ]),
      ),
      trustDomain: trustDomainOf(wanted),
    });
    for (const note of plan.notes) say(note);
    const documents = await storeDocuments(store, plan, stored, wanted);

    const token = randomBytes(24).toString('base64url');
    const refreshSeconds = options.refreshSeconds ?? 1;
    const publicHosts = publicHostsOf(documents);
    const users = await Promise.all(
      derived.map(async ({ read, bundle }, index) => {
        const worker = plan.workers[index] as MeshPlan['workers'][number];
        const compatibility = compatibilities.get(read.source.name) as ReturnType<typeof localCompatibility>;
        let modules: readonly BundleModule[] = bundle.modules;
        let flags = compatibility.flags;
        if (worker.runtime) {
          const config = { service: worker.caller, bindings: worker.meshBindings, hosts: Object.keys(publicHosts) };
          modules = await addRuntime(bundle, config, runtime);
          flags = withAsyncLocalStorage(flags);
        }
        return userWorkerOptions(worker, read, environment, { ...compatibility, flags }, bundle, modules);
      }),
    );
    const edges = plan.edges.map((edge) => {
      const hosts = Object.fromEntries(
        [`${edge.service}.localhost`, 'localhost', '127.0.0.1'].map((host) => [host, edge.service]),
      );
      return edgeOptions(plan, edge, own.edge, documents, refreshSeconds, hosts);
    });
    const control = await ownWorkerOptions(plan, meshWorkers.control, own.control, {
      TOKEN: token,
      TOPOLOGY: plan.topology,
      REFRESH_SECONDS: refreshSeconds,
      HOSTS: ['localhost', '127.0.0.1'],
    });
    const workers: WorkerOptions[] = [
      await gatewayOptions(plan, publicHosts, port),
      ...users,
      ...edges,
      {
        ...control,
        kvNamespaces: { ...(control.kvNamespaces as Record<string, string>), REGISTRY: plan.registryId },
        durableObjects: { ...control.durableObjects, TELEMETRY: telemetryShards(environment) },
        unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
      } as WorkerOptions,
      await ownWorkerOptions(plan, meshWorkers.identity, own.identity, {}),
      await ownWorkerOptions(plan, meshWorkers.telemetry, own.telemetry, {}),
      ...absentWorkers(plan, reads),
    ];
    const mf = new Miniflare({
      cf: false,
      host: '127.0.0.1',
      port: 0,
      log: new LineLog(say),
      handleStructuredLogs: ({ message }) => say(message),
      logRequests: false,
      defaultPersistRoot: persistRoot,
      workers,
    });
    const info = await readyInfo(mf, plan, token);
    return {
      info,
      mf,
      plan,
      stateFolder,
      registryId: plan.registryId,
      async stop() {
        await mf.dispose();
        await rm(buildFolder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(buildFolder, { recursive: true, force: true });
    throw error;
  }
}

async function choosePort(wanted: number | undefined): Promise<number> {
  if (wanted === undefined) return findPort(8787);
  if (wanted !== 0 && !(await isFree(wanted))) throw new Error(`port ${wanted} is taken`);
  return wanted;
}

async function bundleOwnWorkers(sources: MeshSources, buildFolder: string) {
  const [edge, control, identity, telemetry] = await mapLimited(
    [sources.edge, sources.control, sources.identity, sources.telemetry],
    2,
    (path) => bundleOwnWorker(path, buildFolder),
  );
  return { edge: edge!, control: control!, identity: identity!, telemetry: telemetry! };
}

/** State may hold documents of services that another start of `dev` ran; only those that concern these Workers make an edge. */
function relevantDocuments(
  stored: StoredDocuments,
  workers: readonly SourceWorker[],
  environment: string | undefined,
): StoredDocuments {
  const names = new Set(workers.map(({ worker }) => worker));
  const targets = new Set(workers.flatMap(({ services }) => services.map(({ target }) => target)));
  const foreign = documentedServices(stored).filter(
    ({ service, workers: listed }) =>
      !names.has(service) &&
      !listed.some((worker) => names.has(worker)) &&
      !targets.has(inEnvironment(service, environment)),
  );
  const left = new Set(foreign.map(({ service }) => serviceKey(service)));
  return Object.fromEntries(Object.entries(stored).filter(([key]) => !left.has(key)));
}

/**
 * Stores what differs. Files are the truth at start; a service without a document gets an open one, and a mesh of an
 * environment without a `mesh` document its trust domain, but only where the key is absent.
 */
async function storeDocuments(
  store: RegistryStore,
  plan: MeshPlan,
  stored: StoredDocuments,
  wanted: StoredDocuments,
): Promise<StoredDocuments> {
  const documents: Record<string, string> = { ...wanted };
  for (const edge of plan.edges) documents[serviceKey(edge.service)] ??= openDocument(edge.service, edge.service);
  documents[meshKey] ??= meshDocument(plan.trustDomain);
  for (const [key, text] of Object.entries(documents)) if (stored[key] !== text) await store.put(key, text);
  await store.close();
  return documents;
}

async function gatewayOptions(
  plan: MeshPlan,
  hosts: Readonly<Record<string, string>>,
  port: number,
): Promise<WorkerOptions> {
  const modules = await gatewayModules({
    edges: Object.fromEntries(plan.edges.map((edge) => [edge.service, edge.name])),
    hosts,
  });
  return {
    name: inEnvironment('selvedge-gateway', plan.environment),
    compatibilityDate: '2026-04-21',
    modules: Object.entries(modules).map(([path, contents]) => ({ type: 'ESModule', path, contents })),
    serviceBindings: Object.fromEntries(plan.edges.map((edge, index) => [frontBinding(index), edge.name])),
    unsafeDirectSockets: [
      { host: '127.0.0.1', port },
      ...plan.edges.map((_edge, index) => ({ host: '127.0.0.1', port: 0, entrypoint: frontEntrypoint(index) })),
    ],
  } as WorkerOptions;
}

/** Stand-ins for Workers that bindings name and the mesh has not; without them workerd would not start. */
function absentWorkers(plan: MeshPlan, reads: readonly ReadWorker[]): WorkerOptions[] {
  return plan.absent.map((name) => {
    const entrypoints = new Set<string>();
    const classes = new Set<string>();
    for (const { source, config } of reads) {
      for (const binding of source.services) {
        if (binding.target === name && binding.entrypoint !== undefined && binding.entrypoint !== 'default')
          entrypoints.add(binding.entrypoint);
      }
      for (const binding of config.durable_objects.bindings)
        if (binding.script_name === name) classes.add(binding.class_name);
    }
    return absentWorkerOptions(name, entrypoints, classes);
  });
}

async function readyInfo(mf: Miniflare, plan: MeshPlan, token: string): Promise<ReadyInfo> {
  const origin = (url: URL) => url.origin;
  const gatewayName = inEnvironment('selvedge-gateway', plan.environment);
  const gateway = await mf.unsafeGetDirectURL(gatewayName);
  const services: Record<string, { url: string; host: string }> = {};
  for (const [index, edge] of plan.edges.entries()) {
    const url = await mf.unsafeGetDirectURL(gatewayName, frontEntrypoint(index));
    services[edge.service] = { url: origin(url), host: `${edge.service}.localhost:${gateway.port}` };
  }
  const control = await mf.unsafeGetDirectURL(inEnvironment(meshWorkers.control, plan.environment));
  return { ready: true, gateway: origin(gateway), control: origin(control), token, services };
}
