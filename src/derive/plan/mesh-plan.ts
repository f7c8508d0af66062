/** The plan itself: what each Worker and each edge of the mesh is bound to. */
import type { Topology, UpstreamTable } from '../../core/configs/edge-config.ts';
import type { SourceWorker } from '../configs/source-worker.ts';

/** A service binding of a derived config. */
export interface PlannedBinding {
  readonly binding: string;
  readonly target: string;
  readonly entrypoint?: string;
  readonly props?: Readonly<Record<string, unknown>>;
  /** The rest of an entry that stays as it is. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface PlannedWorker {
  readonly source: SourceWorker;
  /** The service as which it calls others. */
  readonly caller: string;
  readonly runtime: boolean;
  readonly services: readonly PlannedBinding[];
  /** Names of the user's bindings that lead to an edge. */
  readonly meshBindings: readonly string[];
  /** `host pattern -> binding`, for hosts outside of the mesh for which a service of it stands. */
  readonly egress: Readonly<Record<string, string>>;
}

export interface PlannedEdge {
  readonly service: string;
  /** Deployed name of the edge. */
  readonly name: string;
  readonly upstreams: UpstreamTable;
  /** The service bindings that `upstreams` names. */
  readonly bindings: readonly PlannedBinding[];
  /** `service -> binding` for the other services to which its routes send calls. */
  readonly peers: Readonly<Record<string, string>>;
  /** The service bindings that `peers` names. */
  readonly peerBindings: readonly PlannedBinding[];
  /** `mtls_certificates` bindings by name, each with the id of its certificate; undefined without any. */
  readonly certificates?: Readonly<Record<string, string>>;
  /** Services that were given a binding to this one, by their Workers or by their routes. */
  readonly declared: readonly string[];
}

export interface MeshPlan {
  readonly environment?: string;
  readonly registryId: string;
  readonly trustDomain: string;
  readonly workers: readonly PlannedWorker[];
  readonly edges: readonly PlannedEdge[];
  readonly topology: Topology;
  /** The only hosts outside of the mesh that its Workers may call; undefined where they may call any. */
  readonly knownHosts?: readonly string[];
  /** Deployed names that bindings need and no Worker of the mesh has. */
  readonly absent: readonly string[];
  /** What a reader should know, one sentence each. */
  readonly notes: readonly string[];
}
