/** From users' configs to everything that a mesh in development is made of, but for the process that runs it. */
import { join } from 'node:path';
import { type Bundle, type BundleModule, bundleWorker } from '../../derive/bundle.ts';
import { type Compatibility, localCompatibility, withAsyncLocalStorage } from '../../derive/compatibility.ts';
import { mapLimited } from '../../derive/concurrency.ts';
import { findUnknownFlags } from '../../derive/known-flags.ts';
import { type MeshPlan, planMesh, type WorkerFacts } from '../../derive/plan.ts';
import { type ReadWorker, readWorker } from '../../derive/source-worker.ts';
import { addRuntime, buildRuntime } from '../../derive/user-entry.ts';
import { documentedServices, publicHostsOf, readFolder, type StoredDocuments, trustDomainOf } from './documents.ts';
import { bundleOwnWorker, type MeshSources, type OwnWorker } from './mesh-sources.ts';
import { type RegistryStore, relevantDocuments, storeDocuments } from './registry-store.ts';

export interface DeriveOptions {
  readonly configs: readonly string[];
  /** Folder of documents. */
  readonly documents?: string;
  readonly environment?: string;
  readonly sources: MeshSources;
  /** Where bundles go. */
  readonly buildFolder: string;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** A user's Worker as it runs in the mesh; `plan.workers` has its bindings at the same index. */
export interface DerivedWorker {
  readonly read: ReadWorker;
  readonly bundle: Bundle;
  /** The bundle's modules, with those of the runtime before them where it can be there. */
  readonly modules: readonly BundleModule[];
  readonly compatibility: Compatibility;
}

export interface DerivedMesh {
  readonly plan: MeshPlan;
  readonly workers: readonly DerivedWorker[];
  readonly own: Readonly<Record<keyof MeshSources, OwnWorker>>;
  readonly documents: StoredDocuments;
  /** `host -> service`, as the documents say at start. */
  readonly publicHosts: Readonly<Record<string, string>>;
}

/** Width of work that runs a whole wrangler each: two fill a small machine. */
const bundlesAtOnce = 2;

export async function deriveMesh(
  options: DeriveOptions,
  openStore: () => Promise<RegistryStore>,
): Promise<DerivedMesh> {
  const { environment, onLine } = options;
  const reads = await Promise.all(options.configs.map((path) => readWorker(path, environment)));
  const sources = reads.map((read) => read.source);
  // Mistakes in names and documents are told before anything is bundled.
  const files = options.documents === undefined ? {} : await readFolder(options.documents);
  planMesh({ environment, workers: sources, documents: documentedServices(files), facts: {} });

  const opening = openStore();
  try {
    const [bundles, own, runtime, store, unknownFlags] = await Promise.all([
      mapLimited(reads, bundlesAtOnce, (read) => bundleUserWorker(read, options)),
      bundleOwnWorkers(options),
      buildRuntime(),
      opening,
      findUnknownFlags(sources.flatMap((source) => source.compatibilityFlags)),
    ]);
    const stored = await store.readAll();
    const wanted = { ...relevantDocuments(stored, sources, environment), ...files };
    const plan = planMesh({
      environment,
      workers: sources,
      documents: documentedServices(wanted),
      facts: Object.fromEntries(
        reads.map(({ source }, index) => [source.worker, factsOf(source.compatibilityFlags, bundles[index] as Bundle)]),
      ),
      trustDomain: trustDomainOf(wanted),
    });
    for (const note of plan.notes) onLine(note);
    const documents = await storeDocuments(store, plan, stored, wanted);
    const publicHosts = publicHostsOf(documents);
    const workers = await Promise.all(
      reads.map(async (read, index): Promise<DerivedWorker> => {
        const bundle = bundles[index] as Bundle;
        const { caller, meshBindings, runtime: hasRuntime } = plan.workers[index] as MeshPlan['workers'][number];
        const { compatibilityDate, compatibilityFlags, name } = read.source;
        const compatibility = localCompatibility(
          compatibilityDate,
          compatibilityFlags,
          (flag) => !unknownFlags.has(flag),
        );
        for (const warning of compatibility.warnings) onLine(`${name}: ${warning}`);
        if (!hasRuntime) return { read, bundle, modules: bundle.modules, compatibility };
        const config = { service: caller, bindings: meshBindings, hosts: Object.keys(publicHosts) };
        const modules = await addRuntime(bundle, config, runtime);
        return {
          read,
          bundle,
          modules,
          compatibility: { ...compatibility, flags: withAsyncLocalStorage(compatibility.flags) },
        };
      }),
    );
    return { plan, workers, own, documents, publicHosts };
  } finally {
    // A store that is still opening when something else has failed would keep the process alive.
    await opening.then(
      (store) => store.close(),
      () => {},
    );
  }
}

function bundleUserWorker(read: ReadWorker, { environment, buildFolder, signal }: DeriveOptions): Promise<Bundle> {
  const folder = join(buildFolder, 'workers', read.source.name);
  return bundleWorker({ ...read.source, rules: read.config.rules, environment, folder, signal });
}

async function bundleOwnWorkers({ sources, buildFolder, signal }: DeriveOptions): Promise<DerivedMesh['own']> {
  const names = ['edge', 'control', 'identity', 'telemetry'] as const;
  const bundles = await mapLimited(names, bundlesAtOnce, (name) => bundleOwnWorker(sources[name], buildFolder, signal));
  return Object.fromEntries(names.map((name, index) => [name, bundles[index]])) as DerivedMesh['own'];
}

/** The runtime needs an ES module to stand before, and `env` to be importable. */
function factsOf(flags: readonly string[], bundle: Bundle): WorkerFacts {
  const isModule = bundle.format === 'modules';
  return {
    runtime: isModule && !flags.includes('disallow_importable_env'),
    ...(isModule ? { exports: bundle.exports } : {}),
  };
}
