/** The Workers of a mesh in development as miniflare's options. */
import { join } from 'node:path';
import type { ModuleRuleType, WorkerOptions } from 'miniflare';
import { edgeBinding } from '../../../core/configs/edge-config.ts';
import type { Bundle, BundleModule } from '../../../derive/code/bundle.ts';
import { edgeEntryModule, edgeEntrySource } from '../../../derive/code/edge-entry.ts';
import type { ReadWorker } from '../../../derive/configs/source-worker.ts';
import { edgeVars } from '../../../derive/derived/edge-vars.ts';
import { identityOf, telemetryClass } from '../../../derive/derived/edge-wrangler.ts';
import type { MeshPlan, PlannedBinding, PlannedEdge, PlannedWorker } from '../../../derive/plan/mesh-plan.ts';
import { inEnvironment, meshWorkers } from '../../../derive/plan/names.ts';
import { callWrangler } from '../../../derive/wrangler.ts';
import { absentProps } from './absent-workers.ts';
import type { DerivedWorker } from './derive-mesh.ts';
import type { OwnWorker } from './mesh-sources.ts';

type ServiceBindings = NonNullable<WorkerOptions['serviceBindings']>;

/** What an assets-only Worker runs where it has no asset: wrangler's own answer. */
const noCode = 'export default { fetch: () => new Response("Not found", { status: 404 }) };';

/** A user's Worker: bindings, vars, local secrets and assets as wrangler reads them; code and service bindings as derived. */
export async function userWorkerOptions(
  planned: PlannedWorker,
  { read, bundle, modules, compatibility }: DerivedWorker,
  { environment, absent }: MeshPlan,
): Promise<WorkerOptions> {
  const bindings = planned.services.map((binding) =>
    absent.includes(binding.target) ? { ...binding, props: absentProps(planned, binding) } : binding,
  );
  return {
    ...(await wranglerOptions(read, environment)),
    ...codeOptions(bundle, modules),
    name: planned.source.name,
    compatibilityDate: compatibility.date,
    compatibilityFlags: [...compatibility.flags],
    serviceBindings: serviceBindings(bindings),
  } as WorkerOptions;
}

/** An edge: the shared bundle, with an entry of its own that has the documents baked in. */
export function edgeOptions(
  plan: MeshPlan,
  edge: PlannedEdge,
  own: OwnWorker,
  documents: Readonly<Record<string, string>>,
  refreshSeconds: number,
  hosts: Readonly<Record<string, string>>,
): WorkerOptions {
  const root = own.bundle.folder;
  const entry = {
    type: 'ESModule' as ModuleRuleType,
    path: join(root, edgeEntryModule),
    contents: edgeEntrySource(own.bundle.main, documents),
  };
  return {
    name: edge.name,
    compatibilityDate: own.config.compatibility_date,
    compatibilityFlags: [...own.config.compatibility_flags],
    modulesRoot: root,
    modules: [entry, ...own.bundle.modules.map((module) => moduleDefinition(root, module))],
    bindings: { ...edgeVars(edge, refreshSeconds, hosts) },
    kvNamespaces: { [edgeBinding.registry]: plan.registryId },
    durableObjects: { [edgeBinding.telemetry]: telemetryShards(plan.environment) },
    serviceBindings: {
      ...serviceBindings([...edge.bindings, ...edge.peerBindings]),
      ...serviceBindings([identityOf(plan, edge)]),
    },
  } as unknown as WorkerOptions;
}

/** One of the mesh's own Workers beside the edges, with vars that only this mesh knows. */
export async function ownWorkerOptions(
  plan: MeshPlan,
  name: string,
  own: OwnWorker,
  vars: Readonly<Record<string, unknown>>,
): Promise<WorkerOptions> {
  const options = (await wranglerOptions(own, undefined)) as WorkerOptions;
  return {
    ...options,
    ...codeOptions(own.bundle, own.bundle.modules),
    name: inEnvironment(name, plan.environment),
    bindings: { ...options.bindings, ...vars },
  } as WorkerOptions;
}

/** The mesh's telemetry objects as another Worker binds them. */
export function telemetryShards(environment: string | undefined) {
  return {
    className: telemetryClass,
    scriptName: inEnvironment(meshWorkers.telemetry, environment),
    useSQLite: true,
  };
}

function serviceBindings(bindings: readonly PlannedBinding[]): ServiceBindings {
  return Object.fromEntries(
    bindings.map(({ binding, target, entrypoint, props }) => [
      binding,
      {
        name: target,
        ...(entrypoint === undefined || entrypoint === 'default' ? {} : { entrypoint }),
        ...(props === undefined ? {} : { props: { ...props } }),
      },
    ]),
  );
}

function codeOptions(bundle: Bundle, modules: readonly BundleModule[]): Partial<WorkerOptions> {
  if (bundle.format === 'none') return { modules: true, script: noCode } as Partial<WorkerOptions>;
  if (bundle.format === 'service-worker')
    return { scriptPath: join(bundle.folder, bundle.main) } as Partial<WorkerOptions>;
  return {
    modulesRoot: bundle.folder,
    modules: modules.map((module) => moduleDefinition(bundle.folder, module)),
  } as Partial<WorkerOptions>;
}

function moduleDefinition(root: string, module: BundleModule) {
  return { type: module.type as ModuleRuleType, path: join(root, module.name) };
}

/** Everything wrangler knows to emulate of a config, without its code. */
function wranglerOptions(read: ReadWorker, environment: string | undefined): Promise<object> {
  return callWrangler(
    ({ unstable_getMiniflareWorkerOptions }) =>
      unstable_getMiniflareWorkerOptions(read.config as never, environment).workerOptions,
  );
}
