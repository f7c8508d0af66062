/** Who calls where a client certificate and a token may both say it. */
import type { Identification } from '../../proxy/deps.ts';
import type { CertificateHolder } from './client-certificates.ts';

/** What a JWT-SVID, or none, proves beside the certificate: both are proofs of one fact, so they have to agree. */
export function besideCertificate(found: Identification, holder: CertificateHolder | undefined): Identification {
  if (holder === undefined || found.kind === 'invalid') return found;
  const { principal, certificate } = holder;
  if (found.kind === 'anonymous')
    return principal === null ? { kind: 'anonymous', certificate } : { kind: 'principal', principal, certificate };
  if (principal === null || principal === found.principal) return { ...found, certificate };
  return { kind: 'invalid', detail: `a token of ${found.principal}, a certificate of ${principal}` };
}
