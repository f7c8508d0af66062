import type { CertificateSchedule } from '../../src/identity/ca/schedule.ts';
import type { KeySchedule } from '../../src/identity/keys/signing-keys.ts';
import type { VaultSecrets } from '../../src/identity/keys/vault.ts';
import type { KeyAuthority } from './key-authority.ts';

/** Bindings, vars and secrets of the identity Worker. */
export interface IdentityEnv extends VaultSecrets {
  /** One object for each trust domain, by its name. */
  readonly KEY_AUTHORITY: DurableObjectNamespace<KeyAuthority>;
  /** The operator's secret. Where it is not set, every HTTP call for operators is refused. */
  readonly TOKEN?: string;
  /** The trust domain that the public paths of the HTTP door are about, and that of an operator who names no other. */
  readonly TRUST_DOMAIN?: string;
  /** Members that are absent have the defaults of `defaultKeySchedule` and `defaultCertificateSchedule`. */
  readonly SCHEDULE?: Partial<KeySchedule & CertificateSchedule>;
  /** `'true'` in development only: key sets and bundles may be fetched from this machine. */
  readonly ALLOW_LOOPBACK?: string;
}
