/** The wrangler config of a derived edge and of control's share of the mesh: what deployment writes, as plain objects. */
import { type EdgeVars, edgeBinding } from '../../core/configs/edge-config.ts';
import type { MeshPlan, PlannedBinding, PlannedEdge } from '../plan/mesh-plan.ts';
import { inEnvironment, meshWorkers } from '../plan/names.ts';
import { edgeVars } from './edge-vars.ts';

/** Class of the telemetry shards, and the entrypoint of identity that serves edges. */
export const telemetryClass = 'TelemetryShard';
export const identityEntrypoint = 'Identity';

/** A `[[services]]` entry. */
export interface ServiceEntry {
  readonly binding: string;
  readonly service: string;
  readonly entrypoint?: string;
  readonly props?: Readonly<Record<string, unknown>>;
}

/** The part of an edge's config that differs from edge to edge; code, date and flags are those of the template. */
export interface EdgeWranglerConfig {
  readonly name: string;
  readonly workers_dev: false;
  readonly preview_urls: false;
  readonly vars: EdgeVars;
  readonly kv_namespaces: readonly { readonly binding: string; readonly id: string }[];
  readonly durable_objects: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string; readonly script_name: string }[];
  };
  readonly services: readonly ServiceEntry[];
  readonly mtls_certificates?: readonly { readonly binding: string; readonly certificate_id: string }[];
}

export function edgeWranglerConfig(plan: MeshPlan, edge: PlannedEdge, refreshSeconds: number): EdgeWranglerConfig {
  return {
    name: edge.name,
    workers_dev: false,
    preview_urls: false,
    vars: edgeVars(edge, refreshSeconds),
    kv_namespaces: [{ binding: edgeBinding.registry, id: plan.registryId }],
    durable_objects: {
      bindings: [
        {
          name: edgeBinding.telemetry,
          class_name: telemetryClass,
          script_name: inEnvironment(meshWorkers.telemetry, plan.environment),
        },
      ],
    },
    services: [...[...edge.bindings, ...edge.peerBindings].map(serviceEntry), serviceEntry(identityOf(plan, edge))],
    ...(edge.certificates === undefined
      ? {}
      : {
          mtls_certificates: Object.entries(edge.certificates).map(([binding, id]) => {
            return { binding, certificate_id: id };
          }),
        }),
  };
}

/** The edge's binding to identity: the props say for whom it may ask. */
export function identityOf(plan: MeshPlan, edge: PlannedEdge): PlannedBinding {
  return {
    binding: edgeBinding.identity,
    target: inEnvironment(meshWorkers.identity, plan.environment),
    entrypoint: identityEntrypoint,
    props: { service: edge.service, trustDomain: plan.trustDomain },
  };
}

export function serviceEntry({ binding, target, entrypoint, props, more }: PlannedBinding): ServiceEntry {
  return {
    ...more,
    binding,
    service: target,
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(props === undefined ? {} : { props }),
  };
}
