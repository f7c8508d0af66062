import type { AuditAction, AuditEntry, AuditEvent, AuditQuery } from '../../src/identity/operators/audit-entry.ts';

/** How long entries are kept. */
const keptMs = 90 * 24 * 60 * 60_000;
const isIssue = "action IN ('issue-x509', 'issue-jwt')";
/**
 * And how many of each kind: refusals, which anybody can cause, push out refusals only, and what holders of an identity have issued to
 * themselves pushes out nothing of what operators did.
 */
const kinds: readonly (readonly [which: string, most: number])[] = [
  ["outcome = 'refused'", 50_000],
  [`outcome = 'done' AND ${isIssue}`, 200_000],
  [`outcome = 'done' AND NOT ${isIssue}`, 50_000],
];
/** Old entries are looked for at each so many-th entry, because looking costs reads. */
const trimEvery = 256;
const longestDetail = 500;

type Row = {
  id: number;
  at_ms: number;
  action: string;
  actor: string;
  spiffe_id: string | null;
  subject: string | null;
  expires_at_ms: number | null;
  outcome: string;
  detail: string;
};

/** The audit log of one trust domain, in the object's own database. */
export class AuditLog {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  write(event: AuditEvent, nowMs: number): void {
    const { action, actor, spiffeId, subject, expiresAtMs, outcome, detail } = event;
    const { id } = this.#sql
      .exec<{ id: number }>(
        `INSERT INTO audit (at_ms, action, actor, spiffe_id, subject, expires_at_ms, outcome, detail)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
        nowMs,
        action,
        actor.slice(0, longestDetail),
        spiffeId ?? null,
        subject ?? null,
        expiresAtMs ?? null,
        outcome,
        detail.slice(0, longestDetail),
      )
      .one();
    if (id % trimEvery === 0) this.trim(nowMs);
  }

  /** Deletes what is too old or too much. */
  trim(nowMs: number): void {
    this.#sql.exec('DELETE FROM audit WHERE at_ms < ?', nowMs - keptMs);
    for (const [which, most] of kinds) {
      this.#sql.exec(
        `DELETE FROM audit WHERE ${which}
         AND id <= (SELECT id FROM audit WHERE ${which} ORDER BY id DESC LIMIT 1 OFFSET ?)`,
        most,
      );
    }
  }

  read({ sinceMs = 0, spiffeId, before, limit = 100 }: AuditQuery): AuditEntry[] {
    return this.#sql
      .exec<Row>(
        `SELECT * FROM audit WHERE at_ms >= ? AND (?2 IS NULL OR spiffe_id = ?2) AND id < ? ORDER BY id DESC LIMIT ?`,
        sinceMs,
        spiffeId ?? null,
        before ?? Number.MAX_SAFE_INTEGER,
        Math.min(Math.max(limit, 1), 1000),
      )
      .toArray()
      .map((row) => ({
        id: row.id,
        atMs: row.at_ms,
        action: row.action as AuditAction,
        actor: row.actor,
        ...(row.spiffe_id !== null && { spiffeId: row.spiffe_id }),
        ...(row.subject !== null && { subject: row.subject }),
        ...(row.expires_at_ms !== null && { expiresAtMs: row.expires_at_ms }),
        outcome: row.outcome as AuditEvent['outcome'],
        detail: row.detail,
      }));
  }
}
