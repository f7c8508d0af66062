/** What the plan of an ejection is made from. The Workers are derived only where one of them must be told to admit calls again. */

import { dirname, resolve } from 'node:path';
import { ownEntry } from '../../core/own-entry.ts';
import type { ReadWorker } from '../../derive/configs/source-worker.ts';
import { deployOrder } from '../../derive/plan/deploy-order.ts';
import { inEnvironment, meshWorkers, registryId as registryTitle } from '../../derive/plan/names.ts';
import { planMesh } from '../../derive/plan/plan.ts';
import { findWranglerProgram } from '../../derive/wrangler.ts';
import { calleesOf, neededBy } from '../derive/callees.ts';
import { documentedServices, meshAuthorisers, readFolder, soundDocuments } from '../dev/registry/documents.ts';
import { relevantDocuments } from '../dev/registry/registry-store.ts';
import { readAccount, readRegistry } from './account/account-state.ts';
import type { DeployPlan } from './plan/deploy-plan.ts';
import { isOurs } from './plan/ours.ts';
import { type EjectInput, planEject } from './plan/plan-eject.ts';
import { publicAddresses } from './plan/public-route.ts';
import { connectAccount, type DeployRequest, prepare, readConfigs } from './prepare.ts';
import type { StepContext } from './run/run-step.ts';
import { isStrictMark } from './version-mark.ts';

export interface EjectRequest extends Pick<DeployRequest, 'configs' | 'documents' | 'environment'> {
  readonly deleteData: boolean;
  /** Build output. */
  readonly folder: string;
}

export async function prepareEject(
  request: EjectRequest,
): Promise<{ readonly plan: DeployPlan; readonly context: StepContext }> {
  const { environment, folder } = request;
  const reads = await readConfigs(request);
  const { api, env } = await connectAccount(reads);
  const title = registryTitle(environment);
  const registry = await readRegistry(api, title);
  const files = request.documents === undefined ? {} : await readFolder(request.documents);
  const sources = reads.map(({ source }) => source);
  const { sound } = soundDocuments(registry.documents);
  const stored = { ...files, ...relevantDocuments(sound, sources, environment) };
  const documents = documentedServices(stored);
  const authorisers = meshAuthorisers(stored);
  const mesh = planMesh({ environment, workers: sources, documents, facts: {}, authorisers });
  const { order } = deployOrder(calleesOf(mesh), neededBy(mesh));

  const own = (['control', 'identity', 'telemetry'] as const).map((role) => ({
    name: inEnvironment(meshWorkers[role], environment),
    role,
  }));
  const edges = mesh.edges.map(({ name, service }) => ({ name, service }));
  const account = await readAccount(api, {
    workers: [...order, ...edges.map(({ name }) => name), ...own.map(({ name }) => name)],
    routes: reads.flatMap(({ config }) => publicAddresses(config).routes),
  });
  const strict = order.some((name) => isStrictMark(ownEntry(account.workers, name)?.tag));
  const derived = strict ? await prepare({ ...request, overwriteDocuments: false }) : undefined;
  const home = dirname(resolve(request.configs[0] as string));
  const directories = new Map(reads.map(({ source }) => [source.name, source.directory]));

  const users: EjectInput['users'] = order.map((name) => {
    const index = sources.findIndex((source) => source.name === name);
    const { source, config } = reads[index] as ReadWorker;
    const planned = mesh.workers[index] as (typeof mesh.workers)[number];
    return {
      name,
      worker: source.worker,
      service: planned.caller,
      configPath: source.configPath,
      ...(source.environment === undefined ? {} : { environment: source.environment }),
      routes: publicAddresses(config).routes,
    };
  });
  const candidates = [...account.names].filter((name) => isEdgeName(name, environment));
  const others = await readAccount(api, { workers: candidates, routes: [] });
  const allEdges = candidates.filter((name) => {
    const worker = ownEntry(others.workers, name);
    return worker !== undefined && isOurs('edge', worker) && ofRegistry(worker.bindings, registry.id);
  });
  const plan = planEject({
    users,
    edges,
    own,
    allEdges,
    registry: { title, ...(registry.id === undefined ? {} : { id: registry.id }) },
    deleteData: request.deleteData,
    account,
  });
  return {
    plan,
    context: {
      api,
      env,
      workers: derived?.workers ?? new Map(),
      directories,
      programOf: (worker) => findWranglerProgram(directories.get(worker) ?? home),
      documents: {},
      folder,
      registryId: registry.id,
      tokens: new Map(),
    },
  };
}

function isEdgeName(name: string, environment: string | undefined): boolean {
  return name.endsWith(inEnvironment('-edge', environment));
}

/** Two meshes of one account differ in their KV namespace. */
function ofRegistry(
  bindings: readonly { readonly type: string; readonly [key: string]: unknown }[],
  id?: string,
): boolean {
  return id === undefined || bindings.some(({ type, namespace_id }) => type === 'kv_namespace' && namespace_id === id);
}
