/**
 * The contract between the identity Worker and those who ask it over a service binding: edges. What operators ask stands in
 * `operator.ts`. Refusals are values, so that they cross RPC whole.
 */
import type { PublicJwk } from './tokens/jwks.ts';

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

/** Named entrypoints of the identity Worker; its default export answers HTTP. */
export const identityEntrypoint = { edge: 'Identity', operator: 'Operator' } as const;

/** Every way in which the identity Worker refuses. */
export type IdentityErrorCode =
  | 'no_identity'
  | 'no_operator'
  | 'bad_audience'
  | 'bad_actor'
  | 'bad_trust_domain'
  | 'unknown_trust_domain'
  | 'bad_certificate'
  | 'bad_request'
  | 'bad_csr'
  | 'proof_failed'
  | 'too_many_failures'
  | 'identity_revoked'
  | 'encryption_key_not_set'
  | 'encryption_key_weak'
  | 'encryption_key_wrong'
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

/** The keys of JWT-SVIDs: of every key that may have signed a token still valid, and the one that signs next. */
export interface TrustBundle {
  readonly keys: readonly PublicJwk[];
  /** A copy this old (ms) still verifies every valid token; an older one may miss a key. */
  readonly maxAgeMs: number;
}

export interface CertificateQuestion {
  /** DER in base64, leaf first; at most `mostChainCertificates` of at most `longestCertificateBytes` each. */
  readonly chain: readonly string[];
}

/** What a certificate says of itself. Nothing of it is to be believed for being here. */
export interface CertificateFacts {
  /** SHA-256 of the DER, in 64 lower-case hex digits. */
  readonly fingerprint: string;
  /** In lower-case hex digits, without leading zero bytes. */
  readonly serial: string;
  /** RFC 2253, the most specific part first: `CN=orders,O=mesh.test`. */
  readonly subject: string;
  readonly issuer: string;
  /** URIs and DNS names of the subject alternative name, as written. */
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Why our own bundle does not vouch for a chain. */
export type UntrustedReason =
  /** A certificate of the chain is no strict DER of X.509 version 3, or has an extension twice. */
  | 'malformed'
  /** Not exactly one URI that is a SPIFFE id with a path. */
  | 'no_spiffe_id'
  /** Basic constraints, key usage or extended key usage do not fit the place in the chain, or the path is too long. */
  | 'bad_usage'
  /** A key or signature algorithm outside the list, or an RSA key below 2048 bits. */
  | 'bad_algorithm'
  /** Name constraints forbid a name, or are of a form that is not understood. */
  | 'bad_name'
  /** A critical extension that is not understood (RFC 5280 section 4.2). */
  | 'unknown_extension'
  /** No root of the bundle of the leaf's trust domain is reached. */
  | 'unknown_authority'
  | 'bad_signature'
  | 'expired'
  | 'not_yet_valid'
  | 'revoked';

export type CertificateVerdict =
  /** `validUntilMs` is the earliest end of any certificate of the path, with the 60 s by which clocks may lie apart. */
  | { readonly kind: 'trusted'; readonly principal: string; readonly validUntilMs: number }
  /** `detail` is for traces and operators; a caller learns only that the certificate is not accepted. */
  | { readonly kind: 'untrusted'; readonly reason: UntrustedReason; readonly detail: string };

export interface CertificateAnswer {
  /** Of the leaf; given for certificates of foreign authorities too. */
  readonly certificate: CertificateFacts;
  readonly verdict: CertificateVerdict;
  /** From this instant on the question is to be asked anew: a revocation or a new bundle may change the verdict. */
  readonly recheckAtMs: number;
}

export const mostChainCertificates = 8;
export const longestCertificateBytes = 16_384;

/** What an edge sees of the identity Worker. */
export interface IdentityAuthority {
  issue(request: IssueRequest): Promise<Issued | Refused>;
  /**
   * The keys of the own trust domain's tokens, or those of a federated one; `unknown_trust_domain` where there is no bundle of
   * that trust domain.
   */
  jwks(trustDomain?: string): Promise<TrustBundle | Refused>;
  /**
   * Whether our bundle, or that of a federated trust domain, vouches for a client certificate: signatures, validity, usage and
   * revocation of the whole path. `bad_certificate` where the question is malformed or the leaf is no certificate at all.
   */
  verifyCertificate(question: CertificateQuestion): Promise<CertificateAnswer | Refused>;
}
