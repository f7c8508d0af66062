/** What the identity Worker remembers of what it did and refused: never a key, a token or a proof. */

export type AuditAction =
  | 'issue-x509'
  | 'issue-jwt'
  | 'join-token'
  | 'attestation'
  | 'rotate'
  | 'key'
  | 'revoke'
  | 'lift'
  | 'federation';

export interface AuditEvent {
  readonly action: AuditAction;
  /** Who, and how that was proven: `edge`, `operator control`, `join token 3f2a91c0`, `spiffe://mesh/svc/a (X509-SVID)`. */
  readonly actor: string;
  readonly spiffeId?: string;
  /** What it is about: a serial, a `kid`, the id of a rule or a token, a trust domain. */
  readonly subject?: string;
  /** When what was issued ends. */
  readonly expiresAtMs?: number;
  readonly outcome: 'done' | 'refused';
  /** Why, in words for operators. */
  readonly detail: string;
}

export interface AuditEntry extends AuditEvent {
  readonly id: number;
  readonly atMs: number;
}

/** Entries are read in pages, the youngest first. */
export interface AuditQuery {
  /** Only what happened at this instant (ms) or later. */
  readonly sinceMs?: number;
  readonly spiffeId?: string;
  /** Only entries with a smaller `id`: the last one of the page before. */
  readonly before?: number;
  /** 1 to 1000; 100 where nothing is said. */
  readonly limit?: number;
}
