/** What somebody with a proof asks the identity Worker for. */
import { parseDuration } from '../../core/duration.ts';
import type { Refused } from '../authority.ts';
import { fields, isPlainText, refused } from '../requests.ts';
import { type Proof, readProof } from './proof.ts';

/** A certificate that ends sooner would end on the way. */
export const leastTtlMs = 60_000;

export interface CertificateRequest {
  /** PKCS #10 in PEM or base64 DER. */
  readonly csr: unknown;
  readonly proof: Proof;
  /** Where a proof allows several ids, the one that is wanted. */
  readonly spiffeId: string | undefined;
  readonly ttlMs: number | undefined;
}

export interface TokenRequest {
  readonly audience: string;
  readonly proof: Proof;
  readonly spiffeId: string | undefined;
}

export function certificateRequest(body: unknown): CertificateRequest | Refused {
  const { csr, ttl } = fields(body);
  const common = commonOf(body);
  if ('error' in common) return common;
  const ttlMs = typeof ttl === 'string' ? parseDuration(ttl) : undefined;
  if (ttl !== undefined && (ttlMs === undefined || ttlMs < leastTtlMs)) {
    return refused('bad_request', 'ttl must be a duration of a minute or more, such as 24h.');
  }
  return { ...common, csr, ttlMs };
}

export function tokenRequest(body: unknown): TokenRequest | Refused {
  const { audience } = fields(body);
  const common = commonOf(body);
  if ('error' in common) return common;
  if (!isPlainText(audience)) return refused('bad_audience', 'audience must be a text without control characters.');
  return { ...common, audience };
}

function commonOf(body: unknown): { readonly proof: Proof; readonly spiffeId: string | undefined } | Refused {
  const { proof: given, spiffeId } = fields(body);
  if (spiffeId !== undefined && typeof spiffeId !== 'string') return refused('bad_request', 'spiffeId must be a text.');
  const proof = readProof(given);
  return 'error' in proof ? proof : { proof, spiffeId };
}
