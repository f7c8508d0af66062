/**
 * The contract between the identity Worker and its operators: the same operations over the entrypoint `Operator`, whose props
 * name who operates, and over HTTP with the operator's token. Durations are texts such as `10m` (GEP-2257).
 */

import type { CertificateFacts, Refused } from '../authority.ts';
import type { Revocation } from '../ca/revocation.ts';
import type { KeyRing } from '../keys/signing-keys.ts';
import type { AuditEntry, AuditQuery } from './audit-entry.ts';

/** Whom something is about: a service of the trust domain by its name, or any SPIFFE id of it. */
export type Whom = { readonly service: string } | { readonly spiffeId: string };

/** What who shows a proof with a CSR gets; certificates are DER in base64. */
export interface IssuedCertificate {
  readonly spiffeId: string;
  readonly certificate: CertificateFacts;
  /** The leaf and the intermediate above it: what a TLS client or server sends. */
  readonly chain: readonly string[];
  /** The roots, for verifying others. */
  readonly bundle: readonly string[];
}

export type JoinTokenRequest = Whom & {
  /** How long the token may wait for its one use; 10 minutes where nothing is said, a day at most. */
  readonly ttl?: string;
  /** DNS names that the certificate may have beside its SPIFFE id. */
  readonly dnsNames?: readonly string[];
  /** The longest life of what is issued for it. */
  readonly certificateTtl?: string;
};

export interface JoinToken {
  /** Shown here and nowhere else: only its digest is stored. */
  readonly token: string;
  /** By which the audit log names it. */
  readonly id: string;
  readonly spiffeId: string;
  readonly expiresAtMs: number;
}

/** Which tokens of another issuer prove an identity of this trust domain. */
export type AttestationRequest = Whom & {
  readonly issuer: string;
  /** Where the keys of the issuer are; by OpenID Connect Discovery where nothing is said. */
  readonly jwksUri?: string;
  readonly audience: string;
  /** Claims and the values they must have; `*` stands for any text. One at least has a value without `*`. */
  readonly claims: Readonly<Record<string, string>>;
  readonly dnsNames?: readonly string[];
  readonly ttl?: string;
};

/** The one entry of these that is given is revoked. */
export type RevocationRequest = { readonly reason?: string } & (
  | { readonly serial: string }
  | { readonly fingerprint: string }
  | { readonly spiffeId: string }
  /** `kid` of a key of tokens, of a root or of an intermediate: it goes at once, and what it signed is believed no more. */
  | { readonly key: string }
);

export type RotatableKey = 'jwt' | 'intermediate' | 'root';

/** The states of all keys, no key among them. */
export interface KeyStates {
  /** Of tokens. */
  readonly keys: KeyRing;
  readonly roots: readonly AuthorityState[];
  readonly intermediates: readonly AuthorityState[];
}

export interface AuthorityState {
  readonly kid: string;
  readonly state: 'next' | 'active' | 'retiring' | 'retired';
  readonly certificate: CertificateFacts;
}

/** Another trust domain whose certificates and tokens are believed. */
export type FederationRequest = {
  readonly trustDomain: string;
  /** Take a bundle whose sequence is lower than that of the one before. */
  readonly force?: boolean;
} & ({ readonly bundleUrl: string } | { readonly bundle: unknown });

export interface FederationState {
  readonly trustDomain: string;
  readonly bundleUrl?: string;
  readonly sequence?: number;
  readonly roots: number;
  readonly jwtKeys: number;
  readonly refreshedAtMs?: number;
  /** Why the last refresh failed; the bundle before it stays. */
  readonly problem?: string;
}

/** What an operator may do. Every one of these refuses with `bad_request` what it cannot read. */
export interface IdentityOperator {
  createJoinToken(request: JoinTokenRequest): Promise<JoinToken | Refused>;
  addAttestation(request: AttestationRequest): Promise<{ readonly id: string } | Refused>;
  attestations(): Promise<{ readonly rules: readonly unknown[] } | Refused>;
  removeAttestation(id: string): Promise<{ readonly removed: boolean } | Refused>;
  revoke(request: RevocationRequest): Promise<{ readonly revoked: string } | Refused>;
  revocations(): Promise<{ readonly revocations: readonly Revocation[] } | Refused>;
  /** Lets a SPIFFE id get certificates and tokens again; what was issued before stays revoked. */
  lift(spiffeId: string): Promise<{ readonly lifted: boolean } | Refused>;
  rotate(key?: RotatableKey): Promise<KeyStates | Refused>;
  keys(): Promise<KeyStates | Refused>;
  audit(query: AuditQuery): Promise<{ readonly entries: readonly AuditEntry[] } | Refused>;
  federate(request: FederationRequest): Promise<FederationState | Refused>;
  federations(): Promise<{ readonly federations: readonly FederationState[] } | Refused>;
  unfederate(trustDomain: string): Promise<{ readonly removed: boolean } | Refused>;
}
