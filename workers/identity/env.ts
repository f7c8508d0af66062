import type { KeySchedule } from '../../src/identity/keys.ts';
import type { KeyAuthority } from './key-authority.ts';

/** Bindings, vars and secrets of the identity Worker. */
export interface IdentityEnv {
  /** One object for each trust domain, by its name. */
  readonly KEY_AUTHORITY: DurableObjectNamespace<KeyAuthority>;
  /** The operator's secret. Where it is not set, every HTTP call is refused. */
  readonly TOKEN?: string;
  /** Members that are absent have the defaults of `defaultKeySchedule`. */
  readonly SCHEDULE?: Partial<KeySchedule>;
}
