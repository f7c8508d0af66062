/**
 * What the derivation writes into an edge's wrangler config, and what the edge reads back: bindings, vars and props.
 * Derivation (Node) and edge (workerd) share this file, so neither can drift from the other.
 */

/** Props of every binding that points at the `Mesh` door. They are set by config and cannot be forged by the caller's code. */
export interface MeshProps {
  /** Service name of the Worker that holds the binding. */
  readonly caller: string;
  /** Service that the binding names. */
  readonly service: string;
  /** Key into the edge's upstream table: which (entrypoint, props) of the service's Workers the user's binding asked for. */
  readonly upstream: string;
}

/**
 * The key that an edge's binding adds to the props of a Worker that has the in-Worker runtime: its value is the service whose edge
 * it is. The runtime takes it away before user code sees the props, and knows by it that a call came through the edge.
 */
export const edgeProp = 'selvedge:edge';

/** The upstream of a binding that asks for the default entrypoint and has no props of its own. */
export const defaultUpstream = 'default';

export interface UpstreamBinding {
  /** Name of the service binding in the edge's env. */
  readonly binding: string;
  /** Whether the Worker behind it has the in-Worker runtime, so that an RPC call can hand it the context. */
  readonly runtime: boolean;
}

/** `upstream key -> worker (as documents name it) -> binding`. */
export type UpstreamTable = Readonly<Record<string, Readonly<Record<string, UpstreamBinding>>>>;

/**
 * `service of this edge -> another service of the mesh -> name of the binding to that service's edge`: what its routes send calls to
 * beside its own versions. Such a binding leads to the `Mesh` door, with the props of any meshed caller.
 */
export type PeerTable = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The JSON vars of an edge. Each stays below the platform's 5 kB for an edge before one service. */
export interface EdgeVars {
  /** Services that this edge stands before; the public door chooses among them by host. */
  readonly SERVICES: readonly string[];
  readonly UPSTREAMS: UpstreamTable;
  /** Absent where no document of this edge names another service. */
  readonly PEERS?: PeerTable;
  /** `service -> services that were given a binding to it`, by their Workers or by their routes: what `from: { principals: [declared] }` means. */
  readonly DECLARED: Readonly<Record<string, readonly string[]>>;
  /** `host without port -> service`, beside the hosts of the documents. Only `dev` writes entries here. */
  readonly HOSTS: Readonly<Record<string, string>>;
  /** Seconds after which a snapshot is refreshed in the background; 30 as shipped. */
  readonly REFRESH_SECONDS: number;
}

/** Names of the edge's fixed bindings. */
export const edgeBinding = {
  registry: 'REGISTRY',
  telemetry: 'TELEMETRY',
  identity: 'IDENTITY',
} as const;

/** Named entrypoints of an edge. `Mesh` serves fetch and meshed RPC; `MeshRpc` also RPC of callers that have no runtime. */
export const edgeEntrypoint = { mesh: 'Mesh', meshRpc: 'MeshRpc' } as const;

/** KV key of the mesh document. */
export const meshKey = 'mesh';

/** KV key of one service's document; of `''`, what all of them begin with. */
export function serviceKey(service: string): string {
  return `service/${service}`;
}

/** What the derivation tells the control Worker about the mesh it found: the declared graph. A JSON var. */
export interface Topology {
  readonly services: Readonly<
    Record<
      string,
      {
        /** Workers that the edge of this service can reach, as documents name them. */
        readonly workers: readonly string[];
        /** Services whose Workers bind this one, or whose routes send calls to it. */
        readonly callers: readonly string[];
        /** Other services that the edge of this one can reach. */
        readonly peers?: readonly string[];
      }
    >
  >;
}
