/** A mesh as it is deployed: every Worker with its config and code in the order of deployment, and the documents. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { meshKey, serviceKey } from '../../core/edge-config.ts';
import type { Bundle, BundleModule } from '../../derive/bundle.ts';
import type { DerivedCode } from '../../derive/code-config.ts';
import { withAsyncLocalStorage } from '../../derive/compatibility.ts';
import { deployOrder } from '../../derive/deploy-order.ts';
import { edgeEntryModule, edgeEntrySource } from '../../derive/edge-entry.ts';
import {
  controlConfig,
  type DeploymentFacts,
  deployedEdgeConfig,
  meshWorkerConfig,
} from '../../derive/own-wrangler.ts';
import type { MeshPlan, PlannedWorker } from '../../derive/plan.ts';
import type { ReadWorker } from '../../derive/source-worker.ts';
import { entryModule } from '../../derive/user-entry.ts';
import { userWranglerConfig } from '../../derive/user-wrangler.ts';
import { completeDocuments, publicHostsOf, type StoredDocuments } from '../dev/documents.ts';
import type { OwnWorker } from '../dev/mesh-sources.ts';
import { bundleMesh, type MeshRequest, meshedModules, planBundled, readMesh } from './mesh-code.ts';

export type WorkerRole = 'telemetry' | 'identity' | 'edge' | 'user' | 'control';

export interface DeployableWorker {
  /** Deployed name. */
  readonly name: string;
  readonly role: WorkerRole;
  /** The service before which an edge stands, or as which a user's Worker calls. */
  readonly service?: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Contents by module name. */
  readonly modules: ReadonlyMap<string, string | Uint8Array>;
}

export interface Deployment {
  readonly plan: MeshPlan;
  /** In order: what a Worker binds comes before it, but for the users' Workers, which edges bind as they are now. */
  readonly workers: readonly DeployableWorker[];
  readonly documents: StoredDocuments;
  /** What a reader should know, one sentence each. */
  readonly notes: readonly string[];
}

export async function deriveDeployment(request: MeshRequest, facts: DeploymentFacts): Promise<Deployment> {
  const { environment } = request;
  const { reads, documents: written } = await readMesh(request);
  const code = await bundleMesh(request, reads);
  const plan = planBundled(environment, reads, code.bundles, written);
  const documents = completeDocuments(plan, written);
  const modules = await meshedModules(plan, code, Object.keys(publicHostsOf(documents)));

  const users = await Promise.all(
    plan.workers.map((worker, index) =>
      userWorker(worker, reads[index] as ReadWorker, code.bundles[index] as Bundle, modules[index] as BundleModule[]),
    ),
  );
  const { order, cycles } = deployOrder(calleesOf(plan));
  const edges = await Promise.all(plan.edges.map((edge) => edgeWorker(plan, edge, code.own.edge, documents, facts)));
  const [telemetry, identity] = await Promise.all(
    (['telemetry', 'identity'] as const).map((role) =>
      ownWorker(role, code.own[role], (derived) => meshWorkerConfig(plan, role, code.own[role], derived)),
    ),
  );
  const control = await ownWorker('control', code.own.control, (derived) =>
    controlConfig(plan, code.own.control, derived, facts),
  );
  return {
    plan,
    workers: [
      telemetry as DeployableWorker,
      identity as DeployableWorker,
      ...edges,
      ...order.map((name) => users.find((user) => user.name === name) as DeployableWorker),
      control,
    ],
    documents,
    notes: [...plan.notes, ...reads.flatMap(routeNotes), ...undocumentedNotes(plan, written), ...cycles.map(cycleNote)],
  };
}

/** The users' Workers that each of them calls, by way of the edges that it binds. */
function calleesOf({ workers, edges }: MeshPlan): Record<string, string[]> {
  const behind = (target: string) => edges.find(({ name }) => name === target)?.bindings.map((one) => one.target) ?? [];
  return Object.fromEntries(
    workers.map(({ source: { name, durableObjectScripts }, services }) => [
      name,
      [...services.flatMap(({ target }) => behind(target)), ...durableObjectScripts],
    ]),
  );
}

async function userWorker(
  planned: PlannedWorker,
  read: ReadWorker,
  bundle: Bundle,
  modules: readonly BundleModule[],
): Promise<DeployableWorker> {
  const { compatibilityFlags } = read.source;
  const entry = planned.runtime ? entryModule : bundle.main;
  const code: DerivedCode = {
    ...(bundle.format === 'none' ? {} : { main: entry }),
    modules,
    flags: planned.runtime ? withAsyncLocalStorage(compatibilityFlags) : compatibilityFlags,
  };
  return {
    name: planned.source.name,
    role: 'user',
    service: planned.caller,
    config: userWranglerConfig(planned, read, code),
    modules: await contents(bundle.folder, modules),
  };
}

/** The shared bundle with an entry of its own, which has the documents of this edge baked in. */
async function edgeWorker(
  plan: MeshPlan,
  edge: MeshPlan['edges'][number],
  own: OwnWorker,
  documents: StoredDocuments,
  facts: DeploymentFacts,
): Promise<DeployableWorker> {
  const keys = [meshKey, serviceKey(edge.service)];
  const baked = Object.fromEntries(keys.map((key) => [key, documents[key] as string]));
  const entry: BundleModule = { name: edgeEntryModule, type: 'ESModule' };
  const code = { main: edgeEntryModule, modules: [entry, ...own.bundle.modules], flags: own.source.compatibilityFlags };
  const modules = await contents(own.bundle.folder, own.bundle.modules);
  return {
    name: edge.name,
    role: 'edge',
    service: edge.service,
    config: { ...deployedEdgeConfig(plan, edge, own, code, facts) },
    modules: new Map<string, string | Uint8Array>([
      [edgeEntryModule, edgeEntrySource(own.bundle.main, baked)],
      ...modules,
    ]),
  };
}

async function ownWorker(
  role: WorkerRole,
  { bundle, source }: OwnWorker,
  configOf: (code: DerivedCode) => Record<string, unknown>,
): Promise<DeployableWorker> {
  const config = configOf({ main: bundle.main, modules: bundle.modules, flags: source.compatibilityFlags });
  return { name: String(config.name), role, config, modules: await contents(bundle.folder, bundle.modules) };
}

async function contents(folder: string, modules: readonly BundleModule[]): Promise<Map<string, Uint8Array>> {
  const files = modules.map(async ({ name }) => [name, await readFile(join(folder, name))] as const);
  return new Map(await Promise.all(files));
}

/** Wrangler takes away no route that a config does not name, so what is public now stays so. */
function routeNotes({ source: { name }, config }: ReadWorker): string[] {
  const routes = [config.route ?? [], config.routes ?? []].flat();
  if (routes.length === 0) return [];
  const patterns = routes.map((one) => (typeof one === 'string' ? one : one.pattern)).join(', ');
  return [`${name}: its public routes (${patterns}) stay with it, and calls that come by them pass no edge`];
}

function undocumentedNotes(plan: MeshPlan, written: StoredDocuments): string[] {
  return plan.edges
    .filter(({ service }) => written[serviceKey(service)] === undefined)
    .map(
      ({ service }) =>
        `${service}: nobody wrote a document; documents.json has one that admits every Worker that binds its edge`,
    );
}

function cycleNote(members: readonly string[]): string {
  return `${members.join(', ')} call each other: among them any order will do, since each binds edges only`;
}
