/** The bindings of an edge, as its code reads them; workers/edge/index.ts holds that against what wrangler's config gives. */
import type { EdgeVars } from '../core/configs/edge-config.ts';
import type { IdentityAuthority } from '../identity/authority.ts';
import type { ShardNamespace } from './telemetry/telemetry-flush.ts';

/** The upstream bindings and mTLS certificates have names that only the vars and documents know. */
export interface EdgeEnv extends EdgeVars {
  readonly REGISTRY: KVNamespace;
  readonly TELEMETRY: ShardNamespace;
  readonly IDENTITY: IdentityAuthority;
}
