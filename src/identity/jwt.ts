/**
 * Reading and verifying one JWT against keys that were chosen beforehand. What a token says about keys beyond its `kid`
 * (`jwk`, `jku`, `x5c`, `x5u`) is never looked at, and a token with `crit` is refused: none of its extensions is known here.
 */
import { type Algorithm, isAllowedAlgorithm, type PublicJwk } from './jwks.ts';
import { decodeJws, type Jws, type Members, signatureHolds } from './jws.ts';

/** Longest token that is read; real ones are below 2 KiB, and every byte costs base64 and JSON. */
const longestTokenBytes = 8192;
/** How far the clocks of issuer and verifier may lie apart. */
export const clockSkewMs = 30_000;
/** A token without `kid` is tried with this many keys at most. */
const mostTries = 4;

export type Claims = Members;

export interface Invalid {
  readonly kind: 'invalid';
  /** For traces and operators; the caller learns only that the token is invalid. */
  readonly detail: string;
}

export interface UnverifiedToken {
  readonly kind: 'unverified';
  readonly jws: Jws;
  readonly alg: Algorithm;
  readonly kid: string | undefined;
  readonly typ: string | undefined;
  /** Not to be believed: read only to find the keys that may verify it. */
  readonly issuer: string;
}

export interface VerifiedToken {
  readonly kind: 'verified';
  readonly claims: Claims;
  readonly subject: string;
  readonly expiresAtMs: number;
  readonly key: PublicJwk;
}

export function invalid(detail: string): Invalid {
  return { kind: 'invalid', detail };
}

/** Looks at header and issuer of a token, without belief. */
export function readToken(token: string): UnverifiedToken | Invalid {
  if (token.length > longestTokenBytes) return invalid(`the token is longer than ${longestTokenBytes} bytes`);
  const jws = decodeJws(token);
  if (jws === undefined) return invalid('the token is not a JWT');
  const { alg, crit, kid, typ } = jws.header;
  if (!isAllowedAlgorithm(alg)) return invalid(`algorithm ${quote(alg)} is not allowed`);
  if (crit !== undefined) return invalid('the token has critical header parameters (crit)');
  if (kid !== undefined && typeof kid !== 'string') return invalid('kid is not a string');
  const issuer = jws.claims.iss;
  if (typeof issuer !== 'string' || issuer === '') return invalid('the token names no issuer (iss)');
  return { kind: 'unverified', jws, alg, kid, typ: typeof typ === 'string' ? typ : undefined, issuer };
}

/** The issuer that a token claims, whatever its algorithm; `undefined` where the text is no JWT, or a longer one than we read. */
export function claimedIssuer(token: string): string | undefined {
  const issuer = token.length > longestTokenBytes ? undefined : decodeJws(token)?.claims.iss;
  return typeof issuer === 'string' ? issuer : undefined;
}

/** What a verifier demands of claims. */
export interface Expected {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly nowMs: number;
}

/** Verifies signature, `iss`, `aud`, `exp` (required), `nbf` and the presence of `sub`, with 30 s of clock skew. */
export async function verifyToken(
  { jws, alg }: UnverifiedToken,
  keys: readonly PublicJwk[],
  expected: Expected,
): Promise<VerifiedToken | Invalid> {
  let last = invalid('the signature does not verify');
  for (const key of keys.slice(0, mostTries)) {
    try {
      if (await signatureHolds(jws, alg, key)) return judgeClaims(jws.claims, key, expected);
    } catch (error) {
      last = invalid(`the key cannot verify this token: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return last;
}

/** RFC 7519 section 4.1, on claims that are signed. */
function judgeClaims(claims: Claims, key: PublicJwk, { issuer, audiences, nowMs }: Expected): VerifiedToken | Invalid {
  const { iss, aud, sub, exp, nbf = 0, iat = 0 } = claims;
  for (const name of ['iss', 'aud', 'sub', 'exp'])
    if (!Object.hasOwn(claims, name)) return invalid(`missing required "${name}" claim`);
  if (iss !== issuer) return invalid('unexpected "iss" claim value');
  const meantFor: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!meantFor.every((audience) => typeof audience === 'string')) return invalid('"aud" claim must be of texts');
  if (!audiences.some((audience) => meantFor.includes(audience))) return invalid('unexpected "aud" claim value');
  // Also finite: 1e400 in JSON is infinity, and such a token would never end.
  if (!Number.isFinite(iat)) return invalid('"iat" claim must be a number');
  if (typeof nbf !== 'number' || !Number.isFinite(nbf)) return invalid('"nbf" claim must be a number');
  if (typeof exp !== 'number' || !Number.isFinite(exp)) return invalid('"exp" claim must be a number');
  if (nbf * 1000 > nowMs + clockSkewMs) return invalid('"nbf" claim timestamp check failed');
  if (exp * 1000 <= nowMs - clockSkewMs) return invalid('the token has expired');
  if (typeof sub !== 'string' || sub === '') return invalid('sub is not a non-empty string');
  return { kind: 'verified', claims, subject: sub, expiresAtMs: exp * 1000, key };
}

/** Text from outside, short enough for a log line. */
export function quote(text: unknown): string {
  return JSON.stringify(typeof text === 'string' ? text.slice(0, 120) : (text ?? null));
}
