/** Who calls where a client certificate and a token may both say it. */
import { looksLikeSpiffe } from '../identity/spiffe-id.ts';
import type { Identification } from '../proxy/deps.ts';
import type { CertificateHolder } from './client-certificates.ts';

/**
 * What a token, or none, proves beside the certificate. A certificate and a JWT-SVID are two proofs of one fact, so they have to agree;
 * an end user's token says something else, and the certificate says who calls.
 */
export function besideCertificate(found: Identification, holder: CertificateHolder | undefined): Identification {
  if (holder === undefined || found.kind === 'invalid') return found;
  const { principal, certificate } = holder;
  if (found.kind === 'anonymous')
    return principal === null ? { kind: 'anonymous', certificate } : { kind: 'principal', principal, certificate };
  if (principal === null || principal === found.principal) return { ...found, certificate };
  if (looksLikeSpiffe(found.principal))
    return { kind: 'invalid', detail: `a token of ${found.principal}, a certificate of ${principal}` };
  return { ...found, principal, certificate };
}
