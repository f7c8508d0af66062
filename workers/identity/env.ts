import type { AuthorityEnv } from './authority-env.ts';
import type { KeyAuthority } from './key-authority.ts';

/** Bindings, vars and secrets of the identity Worker. */
export interface IdentityEnv extends AuthorityEnv {
  /** One object for each trust domain, by its name. */
  readonly KEY_AUTHORITY: DurableObjectNamespace<KeyAuthority>;
  /** The operator's secret. Where it is not set, every HTTP call for operators is refused. */
  readonly TOKEN?: string;
  /** The trust domain that the public paths of the HTTP door are about, and that of an operator who names no other. */
  readonly TRUST_DOMAIN?: string;
}
