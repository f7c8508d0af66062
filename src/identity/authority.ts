/**
 * The contract between the identity Worker and those who ask it: edges over a service binding, operators with a token.
 * Refusals are values, so that they cross RPC whole.
 */
import type { PublicJwk } from './jwks.ts';

/** Props of an edge's `IDENTITY` binding: the only source of the `sub` of a token. Set by config, not by code. */
export interface IdentityProps {
  /** The service in whose name tokens are issued. */
  readonly service: string;
  readonly trustDomain: string;
}

/** Props of an operator's binding (the control Worker's). */
export interface OperatorProps {
  readonly operator: string;
  readonly trustDomain: string;
}

/** Named entrypoints of the identity Worker; its default export answers HTTP and wants the operator's token. */
export const identityEntrypoint = { edge: 'Identity', operator: 'Operator' } as const;

/** Every way in which the identity Worker refuses. */
export type IdentityErrorCode =
  | 'no_identity'
  | 'no_operator'
  | 'bad_audience'
  | 'bad_actor'
  | 'bad_trust_domain'
  | 'unknown_trust_domain'
  | 'token_not_set'
  | 'unauthorized'
  | 'not_found'
  | 'method_not_allowed';

export interface IdentityError {
  readonly code: IdentityErrorCode;
  readonly message: string;
}

export interface Refused {
  readonly error: IdentityError;
}

export interface IssueRequest {
  /** `aud` of the token: the principal of a service, or the origin of a URL. */
  readonly audience: string;
  /** The original caller's principal; goes into `act.sub` and proves nothing. */
  readonly actor?: string;
}

export interface Issued {
  readonly token: string;
  /** In milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/** The trust bundle: the public keys of every key that may have signed a token still valid, and the one that signs next. */
export interface TrustBundle {
  readonly keys: readonly PublicJwk[];
  /** A copy this old (ms) still verifies every valid token; an older one may miss a key. */
  readonly maxAgeMs: number;
}

/** What an edge sees of the identity Worker. */
export interface IdentityAuthority {
  issue(request: IssueRequest): Promise<Issued | Refused>;
  /** The keys of this mesh, or of a trust domain that it federates with; `unknown_trust_domain` for any other. */
  jwks(trustDomain?: string): Promise<TrustBundle | Refused>;
}
