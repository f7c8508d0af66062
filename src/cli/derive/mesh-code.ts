/** From users' configs to a plan and the code of every Worker: what development and deployment have in common. */
import { join } from 'node:path';
import { type Bundle, type BundleModule, bundleInputs, bundleWorker } from '../../derive/code/bundle.ts';
import { addRuntime, buildRuntime } from '../../derive/code/user-entry.ts';
import { type RuntimeChoices, runtimeConfigOf } from '../../derive/code/worker-runtime.ts';
import { mapLimited } from '../../derive/concurrency.ts';
import { type ReadOptions, type ReadWorker, readWorker } from '../../derive/configs/source-worker.ts';
import type { MeshPlan, PlannedWorker } from '../../derive/plan/mesh-plan.ts';
import { planMesh } from '../../derive/plan/plan.ts';
import { workerFacts } from '../../derive/plan/worker-facts.ts';
import { bundleOwnWorker, type MeshSources, type OwnWorker } from '../dev/mesh/mesh-sources.ts';
import {
  documentedServices,
  egressOf,
  meshAuthorisers,
  readFolder,
  type StoredDocuments,
  trustDomainOf,
} from '../dev/registry/documents.ts';

export interface MeshRequest {
  readonly configs: readonly string[];
  /** Folder of documents. */
  readonly documents?: string;
  readonly environment?: string;
  readonly sources: MeshSources;
  /** Where bundles go. */
  readonly buildFolder: string;
  readonly signal: AbortSignal;
}

export interface MeshFiles {
  readonly reads: readonly ReadWorker[];
  /** The documents of the folder; none without one. */
  readonly documents: StoredDocuments;
}

export interface MeshCode {
  /** In the order of the configs. */
  readonly bundles: readonly Bundle[];
  readonly own: Readonly<Record<keyof MeshSources, OwnWorker>>;
  /** The in-Worker runtime, one module. */
  readonly runtime: string;
}

/** Width of work that runs a whole wrangler each: two fill a small machine. */
const bundlesAtOnce = 2;

/** Reads configs and documents. Mistakes in names and documents are told here, before anything is bundled. */
export async function readMesh(
  { configs, documents: folder, environment }: MeshRequest,
  options: ReadOptions = {},
): Promise<MeshFiles> {
  const reads = await Promise.all(configs.map((path) => readWorker(path, environment, options)));
  const documents = folder === undefined ? {} : await readFolder(folder);
  const workers = reads.map(({ source }) => source);
  planMesh({
    environment,
    workers,
    documents: documentedServices(documents),
    facts: {},
    authorisers: meshAuthorisers(documents),
  });
  return { reads, documents };
}

/** Bundles every Worker, the users' and the mesh's own. Development bundles the users' in a way of its own, to learn their inputs. */
export async function bundleMesh(
  request: MeshRequest,
  reads: readonly ReadWorker[],
  bundleUser = (read: ReadWorker): Promise<Bundle> => bundleUserWorker(request, read),
): Promise<MeshCode> {
  const { sources, buildFolder, signal } = request;
  const names = ['edge', 'control', 'identity', 'telemetry'] as const;
  const [bundles, own, runtime] = await Promise.all([
    mapLimited(reads, bundlesAtOnce, bundleUser),
    mapLimited(names, bundlesAtOnce, (name) => bundleOwnWorker(sources[name], buildFolder, signal)),
    buildRuntime(),
  ]);
  const ownByName = Object.fromEntries(names.map((name, index) => [name, own[index]])) as MeshCode['own'];
  return { bundles, own: ownByName, runtime };
}

function bundleUserWorker({ buildFolder, signal }: MeshRequest, read: ReadWorker): Promise<Bundle> {
  const folder = join(buildFolder, 'workers', read.source.name);
  return bundleWorker({ ...bundleInputs(read), folder, signal });
}

/** The plan that the bundles and the documents give. */
export function planBundled(
  environment: string | undefined,
  reads: readonly ReadWorker[],
  bundles: readonly Bundle[],
  documents: StoredDocuments,
): MeshPlan {
  return planMesh({
    environment,
    workers: reads.map(({ source }) => source),
    documents: documentedServices(documents),
    facts: Object.fromEntries(
      reads.map(({ source }, index) => [source.worker, workerFacts(source, bundles[index] as Bundle)]),
    ),
    trustDomain: trustDomainOf(documents),
    egress: egressOf(documents),
    authorisers: meshAuthorisers(documents),
  });
}

/** The modules of each user's Worker, those of the runtime first where it can be there. */
export function meshedModules(
  plan: MeshPlan,
  { bundles, runtime }: MeshCode,
  choicesFor: (worker: PlannedWorker) => RuntimeChoices,
): Promise<(readonly BundleModule[])[]> {
  return Promise.all(
    plan.workers.map(async (worker, index) => {
      const bundle = bundles[index] as Bundle;
      if (!worker.runtime) return bundle.modules;
      return addRuntime(bundle, await runtimeConfigOf(worker, bundle, choicesFor(worker)), runtime);
    }),
  );
}
