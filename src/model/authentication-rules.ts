/** How callers prove who they are, as the data path asks: end users by tokens, clients of the public door by certificates. */
import type { OutputRule } from '../core/tokens/claim-output.ts';
import type { TokenPlace } from '../core/tokens/token-place.ts';

/** Whose tokens say who the end user is, and what becomes of them. With neither `jwksUri` nor `jwks` the issuer's metadata lead to its keys. */
export interface JwtRule extends OutputRule {
  /** Absent in a rule about every issuer that no other rule names. */
  readonly issuer?: string;
  /** One of them must be in `aud`; with none of them any audience will do. */
  readonly audiences: readonly string[];
  readonly jwksUri?: string;
  readonly jwks?: { readonly keys: readonly Record<string, unknown>[] };
  /** A call without a token of the issuer is refused. */
  readonly required?: boolean;
  /** The callee sees the token too. */
  readonly forward?: boolean;
  /** Claims of which the text is a list of words, beside `scope` and `permission`. */
  readonly wordClaims?: readonly (readonly string[])[];
  /** 60 s where it is absent. */
  readonly clockSkewMs?: number;
  /** Longest wait for keys; 5 s where it is absent. */
  readonly timeoutMs?: number;
}

/** A place where tokens of end users are looked for. */
export type UserTokenPlace = TokenPlace & {
  /** The rules that look there, in their order; one object for all places with the same rules. */
  readonly rules: readonly JwtRule[];
};

/** How end users prove who they are: Istio's RequestAuthentication. */
export interface UserTokens {
  /** In their order, the service's own before those of the mesh: of several tokens that of the earliest rule is the end user's. */
  readonly rules: readonly JwtRule[];
  /** In the order in which they are looked at. */
  readonly places: readonly UserTokenPlace[];
  /** Headers that only the edge writes, lower case: what clients send under these names is removed. */
  readonly outputHeaders: readonly string[];
}

export interface MtlsRule {
  /** Who vouches for certificates: the platform's own verification, or our trust bundles. */
  readonly trust: 'platform' | 'mesh';
  /** The principal by the first rule that fits a SHA-256 fingerprint (lower-case hex) or an RFC 2253 subject. */
  readonly principalOf: (fingerprint: string, subject: string) => string | undefined;
}

/** A rule with the places where it looks for its tokens. */
export interface PlacedJwtRule {
  readonly rule: JwtRule;
  readonly places: readonly TokenPlace[];
}
