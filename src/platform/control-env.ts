/** Bindings and vars of the control Worker, as its code reads them; workers/control/index.ts holds that against what wrangler's config gives. */
import type { Topology } from '../core/configs/edge-config.ts';
import type { ShardNamespace } from './telemetry/telemetry-flush.ts';

export interface ControlEnv {
  /** The mesh's KV namespace: `mesh` and `service/<name>`. */
  readonly REGISTRY: KVNamespace;
  /** The telemetry shards, bound straight to their namespace so that reading them costs no Worker invocation. */
  readonly TELEMETRY: ShardNamespace;
  /** The token of the admin. A secret in production; `selvedge dev` makes one per start. Empty means that nobody has it. */
  readonly TOKEN?: string;
  /** Issuers of JWTs that are let in, and Cloudflare Access: JSON or its text (src/control/lock/operator-config.ts). Without them only TOKEN opens. */
  readonly OPERATORS?: unknown;
  readonly ACCESS?: unknown;
  /** What the derivation found; absent where nobody derived, and then nothing is said about callers and reachability. */
  readonly TOPOLOGY?: Topology;
  /** Seconds after which edges refresh their snapshots; 30 as shipped. */
  readonly REFRESH_SECONDS?: number;
  /** Host names under which control answers; an entry without port stands for every port. */
  readonly HOSTS?: readonly string[];
}
