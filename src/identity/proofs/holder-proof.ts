/**
 * Proof that somebody holds the key of a certificate: a compact JWS over what he asks for, for whom and when. Made by the one who
 * asks, verified by the identity Worker.
 */
import { decodeJws } from '../tokens/jws.ts';
import { type Invalid, invalid } from '../tokens/jwt.ts';

/** Claims of the JWS. Instants are in seconds. */
export interface HolderClaims {
  /** `proofAudience` of the trust domain. */
  readonly aud: string;
  readonly iat: number;
  /** Not seen before. */
  readonly jti: string;
  /** SHA-256 in base64url of what is asked for: the DER of the CSR, or the audience of the token. */
  readonly digest: string;
}

/** How old a proof may be, and how far in the future. */
const oldestMs = 5 * 60_000;
const skewMs = 60_000;
const leastJti = 16;
const longestJti = 128;

/** The algorithm that fits a key, as JOSE and as the platform call it. */
const algorithms = {
  'P-256': { alg: 'ES256', parameters: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } },
  'P-384': { alg: 'ES384', parameters: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' } },
  Ed25519: { alg: 'EdDSA', parameters: { name: 'Ed25519' } },
  RSA: { alg: 'RS256', parameters: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } },
} as const;

export type HolderKeyKind = keyof typeof algorithms;

/** JOSE's name of the one algorithm by which a key of this kind signs proofs. */
export function holderAlgorithm(kind: HolderKeyKind): (typeof algorithms)[HolderKeyKind]['alg'] {
  return algorithms[kind].alg;
}

export interface ExpectedProof {
  readonly kind: HolderKeyKind;
  /** SubjectPublicKeyInfo of the certificate. */
  readonly spki: ArrayBuffer;
  readonly audience: string;
  readonly digest: string;
  readonly nowMs: number;
}

export interface HolderProof {
  readonly kind: 'holds';
  readonly jti: string;
  /** Until then the `jti` has to be remembered. */
  readonly endsAtMs: number;
}

export async function verifyHolder(jws: string, expected: ExpectedProof): Promise<HolderProof | Invalid> {
  const read = decodeJws(jws);
  if (read === undefined) return invalid('the proof is no JWS');
  const { alg, parameters } = algorithms[expected.kind];
  const { header, claims, signature, signed } = read;
  if (header.alg !== alg) return invalid(`the proof is not signed by ${alg}, which the key of the certificate needs`);
  if (header.crit !== undefined) return invalid('the proof has critical header parameters (crit)');
  const key = await crypto.subtle.importKey('spki', expected.spki, parameters, false, ['verify']);
  const holds = await crypto.subtle.verify(parameters, key, signature, new TextEncoder().encode(signed));
  if (!holds) return invalid('the proof is not signed by the key of the certificate');
  const { aud, iat, jti, digest } = claims;
  if (aud !== expected.audience) return invalid('the proof is meant for somebody else (aud)');
  if (digest !== expected.digest) return invalid('the proof is about another request (digest)');
  if (typeof jti !== 'string' || jti.length < leastJti || jti.length > longestJti) {
    return invalid(`jti is not a text of ${leastJti} to ${longestJti} characters`);
  }
  if (typeof iat !== 'number' || !(iat * 1000 > expected.nowMs - oldestMs) || !(iat * 1000 < expected.nowMs + skewMs)) {
    return invalid('the proof is too old, or from the future (iat)');
  }
  return { kind: 'holds', jti, endsAtMs: iat * 1000 + oldestMs + skewMs };
}
