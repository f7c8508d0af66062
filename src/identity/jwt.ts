/**
 * Reading and verifying one JWT against keys that were chosen beforehand. What a token says about keys beyond its `kid`
 * (`jwk`, `jku`, `x5c`, `x5u`) is never looked at, and a token with `crit` is refused: none of its extensions is known here.
 */
import { decodeProtectedHeader } from 'jose/decode/protected_header';
import { decodeJwt } from 'jose/jwt/decode';
import { jwtVerify } from 'jose/jwt/verify';
import { type Algorithm, allowedAlgorithms, isAllowedAlgorithm, type PublicJwk } from './jwks.ts';

/** Longest token that is read; real ones are below 2 KiB, and every byte costs base64 and JSON. */
const longestTokenBytes = 8192;
/** How far the clocks of issuer and verifier may lie apart. */
export const clockSkewMs = 30_000;
/** A token without `kid` is tried with this many keys at most. */
const mostTries = 4;

export type Claims = Readonly<Record<string, unknown>>;

export interface Invalid {
  readonly kind: 'invalid';
  /** For traces and operators; the caller learns only that the token is invalid. */
  readonly detail: string;
}

export interface UnverifiedToken {
  readonly kind: 'unverified';
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
  try {
    const header = decodeProtectedHeader(token);
    if (!isAllowedAlgorithm(header.alg)) return invalid(`algorithm ${quote(header.alg)} is not allowed`);
    if (header.crit !== undefined) return invalid('the token has critical header parameters (crit)');
    if (header.kid !== undefined && typeof header.kid !== 'string') return invalid('kid is not a string');
    const issuer = decodeJwt(token).iss;
    if (typeof issuer !== 'string' || issuer === '') return invalid('the token names no issuer (iss)');
    const typ = typeof header.typ === 'string' ? header.typ : undefined;
    return { kind: 'unverified', alg: header.alg, kid: header.kid, typ, issuer };
  } catch {
    return invalid('the token is not a JWT');
  }
}

/** The issuer that a token claims, whatever its algorithm; `undefined` where the text is no JWT, or a longer one than we read. */
export function claimedIssuer(token: string): string | undefined {
  if (token.length > longestTokenBytes) return undefined;
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

/** Verifies signature, `iss`, `aud`, `exp` (required), `nbf` and the presence of `sub`, with 30 s of clock skew. */
export async function verifyToken(
  token: string,
  keys: readonly PublicJwk[],
  expected: { readonly issuer: string; readonly audiences: readonly string[]; readonly nowMs: number },
): Promise<VerifiedToken | Invalid> {
  for (const key of keys.slice(0, mostTries)) {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: allowedAlgorithms,
        issuer: expected.issuer,
        audience: [...expected.audiences],
        requiredClaims: ['exp', 'sub', 'aud'],
        clockTolerance: clockSkewMs / 1000,
        currentDate: new Date(expected.nowMs),
      });
      const { sub, exp } = payload;
      if (typeof sub !== 'string' || sub === '') return invalid('sub is not a non-empty string');
      return { kind: 'verified', claims: payload, subject: sub, expiresAtMs: Number(exp) * 1000, key };
    } catch (error) {
      const code = errorCode(error);
      if (code !== 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED') return invalid(describe(code, error));
    }
  }
  return invalid('the signature does not verify');
}

function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function describe(code: string, error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  switch (code) {
    case 'ERR_JWT_EXPIRED':
      return 'the token has expired';
    case 'ERR_JWT_CLAIM_VALIDATION_FAILED':
      return said;
    case 'ERR_JWS_INVALID':
    case 'ERR_JWT_INVALID':
      return `the token is malformed: ${said}`;
    default:
      return `the key cannot verify this token: ${said}`;
  }
}

/** Text from outside, short enough for a log line. */
export function quote(text: unknown): string {
  return JSON.stringify(typeof text === 'string' ? text.slice(0, 120) : (text ?? null));
}
