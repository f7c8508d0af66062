/** From users' configs to everything that a mesh in development is made of, but for the process that runs it. */
import { join } from 'node:path';
import { serviceKey } from '../../../core/configs/edge-config.ts';
import type { Bundle, BundleModule } from '../../../derive/code/bundle.ts';
import {
  type Compatibility,
  localCompatibility,
  withAsyncLocalStorage,
} from '../../../derive/configs/compatibility.ts';
import { findUnknownFlags } from '../../../derive/configs/known-flags.ts';
import { missingLocally } from '../../../derive/configs/missing-locally.ts';
import type { ReadWorker } from '../../../derive/configs/source-worker.ts';
import type { MeshPlan } from '../../../derive/plan/mesh-plan.ts';
import {
  bundleMesh,
  type MeshCode,
  type MeshRequest,
  meshedModules,
  planBundled,
  readMesh,
} from '../../derive/mesh-code.ts';
import { addPlainConsole } from '../code/plain-console.ts';
import { bundleUser, type UserCode } from '../code/user-code.ts';
import { openServices, publicHostsOf, type StoredDocuments, soundDocuments } from '../registry/documents.ts';
import { type DocumentStore, relevantDocuments, storeDocuments } from '../registry/registry-store.ts';

/** A user's Worker as its config and its code were last found to be good. */
export interface UserWorker {
  /** The config as the command line names it. */
  readonly path: string;
  readonly read: ReadWorker;
  readonly code: UserCode;
}

/** All that a mesh is derived from. A reload replaces some of it and derives anew. */
export interface MeshParts {
  readonly environment: string | undefined;
  readonly users: readonly UserWorker[];
  readonly own: MeshCode['own'];
  readonly runtime: string;
  /** The documents of the folder. */
  readonly files: StoredDocuments;
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
  /** The documents that an edge would serve. */
  readonly documents: StoredDocuments;
  /** Services for which nobody wrote a document, so that an open one stands in its place: every caller may call them. */
  readonly open: readonly string[];
  /** `host -> service`, as the documents say. */
  readonly publicHosts: Readonly<Record<string, string>>;
}

/** Reads and bundles everything for the first time. */
export async function gatherParts(request: MeshRequest): Promise<MeshParts> {
  const { environment, configs, buildFolder, signal } = request;
  const { reads, documents: files } = await readMesh(request);
  const codes = new Map<ReadWorker, UserCode>();
  const { own, runtime } = await bundleMesh(request, reads, async (read) => {
    const code = await bundleUser(read, { environment, folder: codeFolder(buildFolder, read, 0), signal });
    codes.set(read, code);
    return code.bundle;
  });
  const users = reads.map(
    (read, index): UserWorker => ({ path: configs[index] as string, read, code: codes.get(read) as UserCode }),
  );
  return { environment, users, own, runtime, files };
}

/** Where the bundle number `generation` of a Worker goes. */
export function codeFolder(buildFolder: string, { source }: ReadWorker, generation: number): string {
  return join(buildFolder, 'workers', `${source.name}.${generation}`);
}

/** Plans the mesh, writes its documents into the store, and puts the runtime before the users' code. */
export async function deriveMesh(
  parts: MeshParts,
  store: DocumentStore,
  onLine: (line: string) => void,
): Promise<DerivedMesh> {
  const { environment, users, own, runtime, files } = parts;
  const reads = users.map(({ read }) => read);
  const bundles = users.map(({ code }) => code.bundle);
  const sources = reads.map((read) => read.source);
  const [stored, unknownFlags] = await Promise.all([
    store.readAll(),
    findUnknownFlags(sources.flatMap((source) => source.compatibilityFlags)),
  ]);
  const wanted = { ...relevantDocuments(stored, sources, environment), ...files };
  const plan = planBundled(environment, reads, bundles, wanted);
  for (const note of [...reads.flatMap((read) => [...read.notes, ...read.faults]), ...plan.notes]) onLine(note);
  const complete = await storeDocuments(store, plan, stored, wanted);
  const { sound: documents, lines } = soundDocuments(complete);
  for (const line of lines) onLine(line);
  const publicHosts = publicHostsOf(documents);
  const choices = { hosts: Object.keys(publicHosts), known: plan.knownHosts, dev: true };
  const modules = await meshedModules(plan, { bundles, own, runtime }, () => choices);
  const derived = reads.map(async (read, index): Promise<DerivedWorker> => {
    const { compatibilityDate, compatibilityFlags, name } = read.source;
    const local = localCompatibility(compatibilityDate, compatibilityFlags, (flag) => !unknownFlags.has(flag));
    for (const warning of [...local.warnings, ...missingLocally(read.config)]) onLine(`${name}: ${warning}`);
    const { runtime: hasRuntime, caller } = plan.workers[index] as MeshPlan['workers'][number];
    const bundle = bundles[index] as Bundle;
    if (bundle.format === 'service-worker')
      onLine(
        `${name}: workerd prints no logs of a Worker in service-worker syntax; write it as an ES module to see them`,
      );
    return {
      read,
      bundle,
      modules: hasRuntime ? (modules[index] as readonly BundleModule[]) : await addPlainConsole(bundle, caller),
      compatibility: hasRuntime ? { ...local, flags: withAsyncLocalStorage(local.flags) } : local,
    };
  });
  return {
    plan,
    workers: await Promise.all(derived),
    own,
    documents,
    open: openServices(documents).filter((service) => files[serviceKey(service)] === undefined),
    publicHosts,
  };
}
