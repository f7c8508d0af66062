/** A mesh as it is deployed: every Worker with its config and code in the order of deployment, and the documents. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { meshKey, serviceKey } from '../../core/configs/edge-config.ts';
import { ownEntry } from '../../core/own-entry.ts';
import type { Bundle, BundleModule } from '../../derive/code/bundle.ts';
import { edgeEntryModule, edgeEntrySource } from '../../derive/code/edge-entry.ts';
import { withSourceMaps } from '../../derive/code/source-maps.ts';
import { configModule, entryModule, runtimeConfigSource } from '../../derive/code/user-entry.ts';
import { type RuntimeChoices, runtimeConfigOf } from '../../derive/code/worker-runtime.ts';
import { withAsyncLocalStorage } from '../../derive/configs/compatibility.ts';
import type { ReadWorker } from '../../derive/configs/source-worker.ts';
import { DerivationError } from '../../derive/derivation-error.ts';
import type { DerivedCode } from '../../derive/derived/code-config.ts';
import {
  controlConfig,
  type DeploymentFacts,
  deployedEdgeConfig,
  identityConfig,
  meshWorkerConfig,
} from '../../derive/derived/own-wrangler.ts';
import { userWranglerConfig } from '../../derive/derived/user-wrangler.ts';
import { deployOrder } from '../../derive/plan/deploy-order.ts';
import type { MeshPlan, PlannedWorker } from '../../derive/plan/mesh-plan.ts';
import { type PublicPlan, type PublicWorker, planPublic, strictServices } from '../deploy/plan/plan-public.ts';
import { keptAddresses, publicAddresses } from '../deploy/plan/public-route.ts';
import type { OwnWorker } from '../dev/mesh/mesh-sources.ts';
import { completeDocuments, publicHostsOf, type StoredDocuments } from '../dev/registry/documents.ts';
import { relevantDocuments } from '../dev/registry/registry-store.ts';
import { calleesOf, neededBy, peersOf } from './callees.ts';
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
  /** Of a Worker that refuses calls past its edge: the modules of its form that still admits them. */
  readonly admitting?: ReadonlyMap<string, string | Uint8Array>;
}

export interface DeploymentRequest extends MeshRequest {
  /** What is in KV: it wins over the documents of the folder. */
  readonly stored?: StoredDocuments;
}

export interface Deployment {
  readonly plan: MeshPlan;
  /** In order: what a Worker binds comes before it, but for the users' Workers, which edges bind as they are now. */
  readonly workers: readonly DeployableWorker[];
  /** In the order of `plan.workers`. */
  readonly reads: readonly ReadWorker[];
  readonly documents: StoredDocuments;
  readonly public: PublicPlan;
  /** What a reader should know, one sentence each. */
  readonly notes: readonly string[];
}

export async function deriveDeployment(request: DeploymentRequest, facts: DeploymentFacts): Promise<Deployment> {
  const { environment, stored = {} } = request;
  const { reads, documents: files } = await readMesh(request, { projectWrangler: true });
  refuseFaults(reads);
  const sources = reads.map(({ source }) => source);
  const written = { ...files, ...relevantDocuments(stored, sources, environment) };
  const code = await bundleMesh(request, reads);
  refuseUnknownFields(reads, code.bundles);
  const plan = planBundled(environment, reads, code.bundles, written);
  const publicPlan = planPublic(plan.workers.map(publicWorkerOf(reads)), written);
  const documents = completeDocuments(plan, written, publicPlan.hosts);
  const hosts = Object.keys(publicHostsOf(documents));
  const strict = strictServices(documents);
  const choicesFor = ({ caller, source }: PlannedWorker): RuntimeChoices => ({
    hosts,
    known: plan.knownHosts,
    strict: strict.has(caller),
    ownRoute: publicPlan.keeps.has(source.name),
  });
  const modules = await meshedModules(plan, code, choicesFor);

  const users = await Promise.all(
    plan.workers.map(async (worker, index) => {
      const [read, bundle] = [reads[index] as ReadWorker, code.bundles[index] as Bundle];
      const user = await userWorker(worker, read, bundle, modules[index] as BundleModule[], publicPlan);
      return withAdmittingForm(user, worker, bundle, choicesFor(worker));
    }),
  );
  const { order, cycles } = deployOrder(calleesOf(plan), neededBy(plan));
  const edgeOrder = deployOrder(peersOf(plan));
  const ordered = edgeOrder.order.map(
    (name) => plan.edges.find((edge) => edge.name === name) as MeshPlan['edges'][number],
  );
  const edges = await Promise.all(ordered.map((edge) => edgeWorker(plan, edge, code.own.edge, documents, facts)));
  const { own } = code;
  const [telemetry, identity, control] = await Promise.all([
    ownWorker('telemetry', own.telemetry, (derived) => meshWorkerConfig(plan, 'telemetry', own.telemetry, derived)),
    ownWorker('identity', own.identity, (derived) => identityConfig(plan, own.identity, derived, facts)),
    ownWorker('control', own.control, (derived) => controlConfig(plan, own.control, derived, facts)),
  ]);
  return {
    plan,
    workers: [
      telemetry,
      identity,
      ...edges,
      ...order.map((name) => users.find((user) => user.name === name) as DeployableWorker),
      control,
    ],
    reads,
    documents,
    public: publicPlan,
    notes: [
      ...reads.flatMap((read) => read.notes),
      ...plan.notes,
      ...undocumentedNotes(plan, written),
      ...edgeOrder.cycles.map(edgeCycleNote),
      ...cycles.map(cycleNote),
    ],
  };
}

/** What merely runs otherwise in development would be lost, or done to another environment, by a deployment. */
function refuseFaults(reads: readonly ReadWorker[]): void {
  const faults = reads.flatMap((read) => read.faults);
  if (faults.length > 0) throw new DerivationError(faults.join('\n'));
}

/** A deployment without them would be another than the one that the config asks for. */
function refuseUnknownFields(reads: readonly ReadWorker[], bundles: readonly Bundle[]): void {
  const faults = reads.flatMap(({ source: { configPath } }, index) =>
    (bundles[index]?.unknownFields ?? []).map(
      (fields) =>
        `${configPath}: this wrangler does not know these keys of ${fields}; take them out, or use a wrangler in the project that knows them`,
    ),
  );
  if (faults.length > 0) throw new DerivationError(faults.join('\n'));
}

function publicWorkerOf(reads: readonly ReadWorker[]) {
  return ({ source: { worker, name, hasAssets }, caller }: PlannedWorker, index: number): PublicWorker => {
    const { config } = reads[index] as ReadWorker;
    return { worker, name, service: caller, hasAssets, ...publicAddresses(config) };
  };
}

/** A strict Worker has a second form, which differs in what its runtime is told. */
async function withAdmittingForm(
  user: DeployableWorker,
  planned: PlannedWorker,
  bundle: Bundle,
  choices: RuntimeChoices,
): Promise<DeployableWorker> {
  if (!planned.runtime || !choices.strict) return user;
  const config = runtimeConfigSource(await runtimeConfigOf(planned, bundle, { ...choices, strict: false }));
  const strict = Buffer.from(user.modules.get(configModule) ?? '').toString();
  return config === strict ? user : { ...user, admitting: new Map([...user.modules, [configModule, config]]) };
}

async function userWorker(
  planned: PlannedWorker,
  read: ReadWorker,
  bundle: Bundle,
  modules: readonly BundleModule[],
  { keeps, moves, gateways }: PublicPlan,
): Promise<DeployableWorker> {
  const { compatibilityDate, compatibilityFlags } = read.source;
  const { name } = planned.source;
  const moved = [
    ...(ownEntry(moves, name) ?? []),
    ...gateways.flatMap(({ route, from }) => (from === name ? [route] : [])),
  ];
  const entry = planned.runtime ? entryModule : bundle.main;
  const code: DerivedCode = {
    ...(bundle.format === 'none' ? {} : { main: entry }),
    modules,
    flags: planned.runtime ? withAsyncLocalStorage(compatibilityFlags, compatibilityDate) : compatibilityFlags,
  };
  return {
    name,
    role: 'user',
    service: planned.caller,
    config: userWranglerConfig(planned, read, code, keeps.has(name) ? keptAddresses(read.config, moved) : undefined),
    modules: read.config.upload_source_maps
      ? await withSourceMaps(bundle, read.source.directory, await contents(bundle.folder, modules))
      : await contents(bundle.folder, modules),
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

function undocumentedNotes(plan: MeshPlan, written: StoredDocuments): string[] {
  return plan.edges
    .filter(({ service }) => written[serviceKey(service)] === undefined)
    .map(
      ({ service }) =>
        `${service}: nobody wrote a document; documents.json has one that admits every Worker that binds its edge`,
    );
}

function edgeCycleNote(members: readonly string[]): string {
  return `the edges ${members.join(', ')} bind each other: by hand, the first of them is deployed once without its PEER bindings to those that are not there yet`;
}

function cycleNote(members: readonly string[]): string {
  return `${members.join(', ')} call each other: among them any order will do, since each binds edges only`;
}
