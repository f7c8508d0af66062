/** `selvedge dev` as a function: derives a mesh from users' configs and runs all of it in one miniflare instance. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Miniflare, type WorkerOptions } from 'miniflare';
import { DerivationError } from '../../derive/derivation-error.ts';
import { inEnvironment, meshWorkers, registryId } from '../../derive/names.ts';
import type { MeshPlan } from '../../derive/plan.ts';
import { withAssetDisks } from './asset-disks.ts';
import { type DerivedMesh, deriveMesh } from './derive-mesh.ts';
import { frontEntrypoint, gatewayName, gatewayOptions } from './gateway.ts';
import { LineLog } from './line-log.ts';
import { type MeshSources, shippedSources } from './mesh-sources.ts';
import { findPort, isFree } from './ports.ts';
import { openRegistry } from './registry-store.ts';
import { absentWorkers, edgeOptions, ownWorkerOptions, telemetryShards, userWorkerOptions } from './workers.ts';

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

/** Starts the mesh; resolves when every Worker answers. */
export async function startDev(options: DevOptions): Promise<RunningMesh> {
  if (options.configs.length === 0) throw new DerivationError('a mesh needs at least one wrangler config');
  const onLine = options.onLine ?? (() => {});
  const environment = options.environment || undefined;
  const besideFirst = join(dirname(resolve(options.configs[0] as string)), '.wrangler/state');
  const stateFolder = resolve(options.persist ?? besideFirst);
  const persistRoot = join(stateFolder, 'v3');
  const port = await choosePort(options.port);
  const buildFolder = await mkdtemp(join(tmpdir(), 'selvedge-dev-'));
  // One failure ends all that is still under way, so that nothing outlives a start that has failed.
  const failed = new AbortController();
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal]);
  let mf: Miniflare | undefined;
  try {
    const sources = { ...shippedSources, ...options.sources };
    const { configs, documents } = options;
    const mesh = await deriveMesh({ configs, documents, environment, sources, buildFolder, signal, onLine }, () =>
      openRegistry(persistRoot, registryId(environment)),
    );
    signal.throwIfAborted();
    const token = randomBytes(24).toString('base64url');
    mf = new Miniflare({
      cf: false,
      host: '127.0.0.1',
      port: 0,
      log: new LineLog(onLine),
      handleStructuredLogs: ({ message }) => onLine(message),
      logRequests: false,
      defaultPersistRoot: persistRoot,
      workers: withAssetDisks(await allWorkers(mesh, port, token, options.refreshSeconds ?? 1)),
    });
    const running = mf;
    const { plan } = mesh;
    return {
      info: await readyInfo(running, plan, token),
      mf: running,
      plan,
      stateFolder,
      registryId: plan.registryId,
      async stop() {
        await running.dispose();
        await rm(buildFolder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    failed.abort();
    await mf?.dispose().catch(() => {});
    await rm(buildFolder, { recursive: true, force: true });
    throw error;
  }
}

async function allWorkers(
  mesh: DerivedMesh,
  port: number,
  token: string,
  refreshSeconds: number,
): Promise<WorkerOptions[]> {
  const { plan, own, documents, publicHosts } = mesh;
  const control = await ownWorkerOptions(plan, meshWorkers.control, own.control, {
    TOKEN: token,
    TOPOLOGY: plan.topology,
    REFRESH_SECONDS: refreshSeconds,
    HOSTS: ['localhost', '127.0.0.1'],
  });
  return [
    await gatewayOptions(plan, publicHosts, port),
    ...(await Promise.all(
      mesh.workers.map((worker, index) =>
        userWorkerOptions(plan.workers[index] as MeshPlan['workers'][number], worker, plan.environment),
      ),
    )),
    ...plan.edges.map((edge) => {
      const hosts = [`${edge.service}.localhost`, 'localhost', '127.0.0.1'].map(
        (host) => [host, edge.service] as const,
      );
      return edgeOptions(plan, edge, own.edge, documents, refreshSeconds, Object.fromEntries(hosts));
    }),
    {
      ...control,
      kvNamespaces: { ...(control.kvNamespaces as Record<string, string>), REGISTRY: plan.registryId },
      durableObjects: { ...control.durableObjects, TELEMETRY: telemetryShards(plan.environment) },
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
    } as WorkerOptions,
    await ownWorkerOptions(plan, meshWorkers.identity, own.identity, {}),
    await ownWorkerOptions(plan, meshWorkers.telemetry, own.telemetry, {}),
    ...absentWorkers(
      plan,
      mesh.workers.map(({ read }) => read),
    ),
  ];
}

async function choosePort(wanted: number | undefined): Promise<number> {
  if (wanted === undefined) return findPort(8787);
  if (wanted !== 0 && !(await isFree(wanted))) throw new DerivationError(`port ${wanted} is taken`);
  return wanted;
}

async function readyInfo(mf: Miniflare, plan: MeshPlan, token: string): Promise<ReadyInfo> {
  const origin = (url: URL) => url.origin;
  const gateway = await mf.unsafeGetDirectURL(gatewayName(plan));
  const services: Record<string, { url: string; host: string }> = {};
  for (const [index, edge] of plan.edges.entries()) {
    const url = await mf.unsafeGetDirectURL(gatewayName(plan), frontEntrypoint(index));
    services[edge.service] = { url: origin(url), host: `${edge.service}.localhost:${gateway.port}` };
  }
  const control = await mf.unsafeGetDirectURL(inEnvironment(meshWorkers.control, plan.environment));
  return { ready: true, gateway: origin(gateway), control: origin(control), token, services };
}
