import {
  type Revocable,
  type Revocation,
  type RevocationKind,
  revocationOf,
} from '../../src/identity/ca/revocation.ts';

type Row = {
  kind: string;
  value: string;
  reason: string;
  since_ms: number;
  until_ms: number | null;
  lifted: number;
};

/** The revocations of one trust domain, in the object's own database. */
export class Revocations {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Adds one; one of the same certificate or id that is there gives way. */
  add({ kind, value, reason, sinceMs, untilMs, lifted }: Revocation): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO revocations (kind, value, reason, since_ms, until_ms, lifted) VALUES (?, ?, ?, ?, ?, ?)',
      kind,
      value,
      reason,
      sinceMs,
      untilMs,
      lifted ? 1 : 0,
    );
  }

  list(): Revocation[] {
    return this.#sql.exec<Row>('SELECT * FROM revocations ORDER BY since_ms DESC LIMIT 10000').toArray().map(fromRow);
  }

  get(kind: RevocationKind, value: string): Revocation | undefined {
    return this.#sql
      .exec<Row>('SELECT * FROM revocations WHERE kind = ? AND value = ?', kind, value)
      .toArray()
      .map(fromRow)[0];
  }

  /** The revocation that hits a certificate. */
  hitting(certificate: Revocable): Revocation | undefined {
    const { fingerprints, serial, spiffeId } = certificate;
    const places = fingerprints.map(() => '?').join(', ');
    const found = this.#sql
      .exec<Row>(
        `SELECT * FROM revocations WHERE (kind = 'fingerprint' AND value IN (${places})) OR (kind = 'serial' AND value = ?)
         OR (kind = 'spiffe-id' AND value = ?)`,
        ...fingerprints,
        serial ?? '',
        spiffeId ?? '',
      )
      .toArray();
    return revocationOf(certificate, found.map(fromRow));
  }

  /** Deletes those whose last certificate has expired. */
  trim(nowMs: number): void {
    this.#sql.exec('DELETE FROM revocations WHERE until_ms < ?', nowMs);
  }
}

function fromRow(row: Row): Revocation {
  return {
    kind: row.kind as RevocationKind,
    value: row.value,
    reason: row.reason,
    sinceMs: row.since_ms,
    untilMs: row.until_ms,
    lifted: row.lifted !== 0,
  };
}
