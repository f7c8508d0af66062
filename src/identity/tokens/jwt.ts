/**
 * Reading and verifying one JWT against keys that were chosen beforehand. What a token says about keys beyond its `kid`
 * (`jwk`, `jku`, `x5c`, `x5u`) is never looked at, and a token with `crit` is refused: none of its extensions is known here.
 */
import { type Algorithm, isAllowedAlgorithm, type PublicJwk } from './jwks.ts';
import { decodeJws, type Jws, type Members, signatureHolds } from './jws.ts';
import type { KeyLookup } from './key-cache.ts';

/** Longest token that is read; real ones are below 2 KiB, and every byte costs base64 and JSON. */
const longestTokenBytes = 8192;
/** A token without `kid` is tried with this many keys at most. */
const mostTries = 4;

export type Claims = Members;

export interface Invalid {
  readonly kind: 'invalid';
  /** For traces and operators; the caller learns only that the token is invalid. */
  readonly detail: string;
  /** The token holds, and is meant for others. */
  readonly elsewhere?: true;
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
  /** Undefined in a token without `sub`. */
  readonly subject: string | undefined;
  /** When it ends to be taken, clock skew included. */
  readonly endsAtMs: number;
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

/** How far the clocks of issuer and verifier may lie apart, where no rule of a document says so. */
export const closeClocksMs = 30_000;

/** What a verifier demands of claims. */
export interface Expected {
  readonly issuer: string;
  /** Of which one must be in `aud`; undefined where any will do. */
  readonly audiences: readonly string[] | undefined;
  readonly nowMs: number;
  /** How far the clocks of issuer and verifier may lie apart. */
  readonly clockSkewMs: number;
  /** Where an issuer also vouches for callers that are nobody, the subject may be empty. */
  readonly anonymous?: boolean;
}

/** Verifies signature, `iss`, `exp` (required), `nbf`, the form of `sub`, and at last `aud`. */
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
function judgeClaims(claims: Claims, key: PublicJwk, expected: Expected): VerifiedToken | Invalid {
  const { issuer, audiences, nowMs, clockSkewMs, anonymous = false } = expected;
  // What stands in the prototype of every object is no claim.
  const claim = (name: string): unknown => (Object.hasOwn(claims, name) ? claims[name] : undefined);
  const sub = claim('sub');
  const exp = claim('exp');
  if (claim('iss') !== issuer) return invalid('unexpected "iss" claim value');
  if (exp === undefined) return invalid('missing required "exp" claim');
  // Also finite: 1e400 in JSON is infinity, and such a token would never end.
  for (const name of ['exp', 'nbf', 'iat'])
    if (claim(name) !== undefined && !Number.isFinite(claim(name))) return invalid(`"${name}" claim must be a number`);
  if (Number(claim('nbf') ?? 0) * 1000 > nowMs + clockSkewMs) return invalid('"nbf" claim timestamp check failed');
  const endsAtMs = Number(exp) * 1000 + clockSkewMs;
  if (!(endsAtMs > nowMs)) return invalid('the token has expired');
  if (sub !== undefined && (typeof sub !== 'string' || (sub === '' && !anonymous)))
    return invalid('sub is not a non-empty string');
  if (audiences !== undefined) {
    const aud = claim('aud');
    const meantFor: readonly unknown[] = aud === undefined ? [] : [aud].flat();
    if (!meantFor.every((audience) => typeof audience === 'string')) return invalid('"aud" claim must be of texts');
    const here = audiences.some((audience) => meantFor.includes(audience));
    if (!here) return { ...invalid('unexpected "aud" claim value'), elsewhere: true };
  }
  return { kind: 'verified', claims, subject: sub, endsAtMs, key };
}

/** Why there is no key for a token. */
export function noKey(read: UnverifiedToken, found: Exclude<KeyLookup, { readonly kind: 'keys' }>): Invalid {
  return found.kind === 'unavailable'
    ? invalid(`the keys of ${quote(read.issuer)} are not available: ${found.detail}`)
    : invalid(`${quote(read.issuer)} has no ${read.alg} key ${quote(read.kid)}`);
}

/** Text from outside, short enough for a log line. */
export function quote(text: unknown): string {
  return JSON.stringify(typeof text === 'string' ? text.slice(0, 120) : (text ?? null));
}
