/** From users' configs to everything that a mesh in development is made of, but for the process that runs it. */

import { serviceKey } from '../../core/edge-config.ts';
import type { Bundle, BundleModule } from '../../derive/bundle.ts';
import { type Compatibility, localCompatibility, withAsyncLocalStorage } from '../../derive/compatibility.ts';
import { findUnknownFlags } from '../../derive/known-flags.ts';
import type { MeshPlan } from '../../derive/plan.ts';
import type { ReadWorker } from '../../derive/source-worker.ts';
import {
  bundleMesh,
  type MeshCode,
  type MeshRequest,
  meshedModules,
  planBundled,
  readMesh,
} from '../derive/mesh-code.ts';
import { publicHostsOf, type StoredDocuments, soundDocuments } from './documents.ts';
import { type RegistryStore, relevantDocuments, storeDocuments } from './registry-store.ts';

export interface DeriveOptions extends MeshRequest {
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
  readonly own: MeshCode['own'];
  readonly documents: StoredDocuments;
  /** `host -> service`, as the documents say at start. */
  readonly publicHosts: Readonly<Record<string, string>>;
}

export async function deriveMesh(
  options: DeriveOptions,
  openStore: () => Promise<RegistryStore>,
): Promise<DerivedMesh> {
  const { environment, onLine } = options;
  const { reads, documents: files } = await readMesh(options);
  const sources = reads.map((read) => read.source);

  const opening = openStore();
  try {
    const [code, store, unknownFlags] = await Promise.all([
      bundleMesh(options, reads),
      opening,
      findUnknownFlags(sources.flatMap((source) => source.compatibilityFlags)),
    ]);
    const stored = await store.readAll();
    const wanted = { ...relevantDocuments(stored, sources, environment), ...files };
    const plan = planBundled(environment, reads, code.bundles, wanted);
    for (const note of plan.notes) onLine(note);
    const complete = await storeDocuments(store, plan, stored, wanted);
    for (const { service } of plan.edges) {
      if (wanted[serviceKey(service)] !== undefined) continue;
      onLine(`${service}: there was no document for it, so an open one was written: every caller may call it`);
    }
    const { sound: documents, lines } = soundDocuments(complete);
    for (const line of lines) onLine(line);
    const publicHosts = publicHostsOf(documents);
    const modules = await meshedModules(plan, code, Object.keys(publicHosts));
    const workers = reads.map((read, index): DerivedWorker => {
      const { compatibilityDate, compatibilityFlags, name } = read.source;
      const local = localCompatibility(compatibilityDate, compatibilityFlags, (flag) => !unknownFlags.has(flag));
      for (const warning of local.warnings) onLine(`${name}: ${warning}`);
      const { runtime } = plan.workers[index] as MeshPlan['workers'][number];
      return {
        read,
        bundle: code.bundles[index] as Bundle,
        modules: modules[index] as readonly BundleModule[],
        compatibility: runtime ? { ...local, flags: withAsyncLocalStorage(local.flags) } : local,
      };
    });
    return { plan, workers, own: code.own, documents, publicHosts };
  } finally {
    // A store that is still opening when something else has failed would keep the process alive.
    await opening.then(
      (store) => store.close(),
      () => {},
    );
  }
}
