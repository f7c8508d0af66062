/** What is revoked, and what that means for a certificate and for whoever asks for a new one. */

export type RevocationKind = 'serial' | 'fingerprint' | 'spiffe-id';

export interface Revocation {
  readonly kind: RevocationKind;
  /** Hex digits in lower case, or the SPIFFE id. A serial is one of the own trust domain. */
  readonly value: string;
  readonly reason: string;
  /** Of a SPIFFE id that was lifted: what was issued until then stays revoked, and in the same second, because certificates count in seconds. */
  readonly sinceMs: number;
  /** When the last certificate that it is about has expired, and it can be forgotten; `null` for a SPIFFE id that is blocked. */
  readonly untilMs: number | null;
  /** A SPIFFE id that may get new certificates again; the old ones stay revoked. */
  readonly lifted: boolean;
}

/** What of a certificate counts. */
export interface Revocable {
  /** Of every form in which it can be shown. */
  readonly fingerprints: readonly string[];
  /** Serials are unique within the own trust domain only, so a foreign certificate has none here. */
  readonly serial: string | undefined;
  readonly spiffeId: string | undefined;
  readonly issuedAtMs: number;
}

/** The first revocation that hits a certificate. */
export function revocationOf(certificate: Revocable, revocations: readonly Revocation[]): Revocation | undefined {
  const { serial, fingerprints, spiffeId, issuedAtMs } = certificate;
  return revocations.find(({ kind, value, sinceMs, lifted }) => {
    if (kind === 'fingerprint') return fingerprints.includes(value);
    if (kind === 'serial') return value === serial;
    // While it is blocked, whatever date a certificate bears: those of other trust domains are made and dated elsewhere.
    return value === spiffeId && (!lifted || issuedAtMs <= sinceMs);
  });
}

/** The revocation for which a SPIFFE id gets neither certificates nor tokens. */
export function blockOf(spiffeId: string, revocations: readonly Revocation[]): Revocation | undefined {
  return revocations.find(({ kind, value, lifted }) => kind === 'spiffe-id' && value === spiffeId && !lifted);
}
