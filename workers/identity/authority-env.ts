import type { CertificateSchedule } from '../../src/identity/ca/schedule.ts';
import type { KeySchedule } from '../../src/identity/keys/signing-keys.ts';
import type { VaultSecrets } from '../../src/identity/keys/vault.ts';

/** What an authority itself needs of the identity Worker's vars and secrets. */
export interface AuthorityEnv extends VaultSecrets {
  /** Members that are absent have the defaults of `defaultKeySchedule` and `defaultCertificateSchedule`. */
  readonly SCHEDULE?: Partial<KeySchedule & CertificateSchedule>;
  /** `'true'` in development only: key sets and bundles may be fetched from this machine. */
  readonly ALLOW_LOOPBACK?: string;
}
