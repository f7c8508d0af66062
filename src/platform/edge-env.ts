/** The bindings of an edge, as wrangler's config of it declares them. */
import type { EdgeVars } from '../core/edge-config.ts';
import type { IdentityAuthority } from '../identity/authority.ts';
import type { TelemetryShardApi } from '../telemetry/shard-api.ts';

/** The upstream bindings and mTLS certificates have names that only the vars and documents know. */
export interface EdgeEnv extends EdgeVars {
  readonly REGISTRY: KVNamespace;
  readonly TELEMETRY: DurableObjectNamespace<TelemetryShardApi & Rpc.DurableObjectBranded>;
  readonly IDENTITY: IdentityAuthority;
}
