/** The wrangler configs of the mesh's own Workers as one mesh deploys them: names, bindings and vars of that mesh. */

import type { ReadWorker } from '../configs/source-worker.ts';
import type { MeshPlan, PlannedEdge } from '../plan/mesh-plan.ts';
import { inEnvironment, meshWorkers } from '../plan/names.ts';
import { codeConfig, type DerivedCode } from './code-config.ts';
import { type EdgeWranglerConfig, edgeWranglerConfig } from './edge-wrangler.ts';
import { keptConfig } from './kept-config.ts';
import { shippedRefreshSeconds } from './wrangler-toml.ts';

type Plain = Record<string, unknown>;

/** What of a deployment is not in the plan. */
export interface DeploymentFacts {
  /** Id of the KV namespace, as the account knows it. */
  readonly registryId: string;
  /** The public host of control; without one it can be reached by no address. */
  readonly controlHost?: string;
  /** The public host of identity; without one only Workers of the account reach it. */
  readonly identityHost?: string;
}

/** An edge: what the template says for all edges, and what the plan says for this one. */
export function deployedEdgeConfig(
  plan: MeshPlan,
  edge: PlannedEdge,
  template: ReadWorker,
  code: DerivedCode,
  { registryId }: DeploymentFacts,
): EdgeWranglerConfig & Plain {
  return {
    ...ownConfig(template, code),
    ...edgeWranglerConfig({ ...plan, registryId }, edge, shippedRefreshSeconds),
  };
}

/** Telemetry differs from what its wrangler.toml says by its name only. */
export function meshWorkerConfig(
  plan: MeshPlan,
  worker: keyof typeof meshWorkers,
  read: ReadWorker,
  code: DerivedCode,
): Plain {
  return { ...ownConfig(read, code), name: inEnvironment(meshWorkers[worker], plan.environment) };
}

/** Identity knows the mesh's trust domain. */
export function identityConfig(plan: MeshPlan, read: ReadWorker, code: DerivedCode, facts: DeploymentFacts): Plain {
  const config = meshWorkerConfig(plan, 'identity', read, code);
  return {
    ...config,
    vars: { ...(config.vars as Plain), TRUST_DOMAIN: plan.trustDomain },
    ...customDomain(facts.identityHost),
  };
}

/** Control knows the mesh's topology, its KV namespace, and the telemetry of its environment. */
export function controlConfig(plan: MeshPlan, read: ReadWorker, code: DerivedCode, facts: DeploymentFacts): Plain {
  const config = meshWorkerConfig(plan, 'control', read, code);
  const { bindings } = config.durable_objects as { readonly bindings: readonly { readonly script_name?: string }[] };
  const host = facts.controlHost;
  return {
    ...config,
    vars: { ...(config.vars as Plain), TOPOLOGY: plan.topology, ...(host === undefined ? {} : { HOSTS: [host] }) },
    kv_namespaces: (config.kv_namespaces as readonly Plain[]).map((one) => ({ ...one, id: facts.registryId })),
    durable_objects: {
      bindings: bindings.map(({ script_name, ...binding }) => ({
        ...binding,
        ...(script_name === undefined ? {} : { script_name: inEnvironment(script_name, plan.environment) }),
      })),
    },
    ...customDomain(host),
  };
}

function customDomain(host: string | undefined): Plain {
  return host === undefined ? {} : { routes: [{ pattern: host, custom_domain: true }] };
}

function ownConfig(read: ReadWorker, code: DerivedCode): Plain {
  return { name: read.source.name, ...keptConfig(read), ...codeConfig(code), workers_dev: false, preview_urls: false };
}
