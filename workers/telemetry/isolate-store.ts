/** What a shard knows of each isolate: which batches it has, and what its edge last said about its documents. */
import type { Batch, EdgeReport } from '../../src/telemetry/batch.ts';
import { enter, type LedgerEntry } from '../../src/telemetry/ledger.ts';
import type { EdgeStatusRow } from '../../src/telemetry/shard-api.ts';

interface IsolateRow extends Record<string, SqlStorageValue> {
  isolate: string;
  last_sequence: number;
  calls: number;
  received: number;
  missing: string;
  dropped: number;
  edges: string;
}

interface StoredReport extends EdgeReport {
  reportedAtMs: number;
}

const upsert = `INSERT INTO isolates VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  last_sequence = excluded.last_sequence, calls = excluded.calls, received = excluded.received, missing = excluded.missing,
  dropped = excluded.dropped, edges = excluded.edges, heard_ms = excluded.heard_ms`;

export class IsolateStore {
  constructor(private readonly sql: SqlStorage) {}

  /** Enters a batch; false where it was received before, and then nothing of it may be stored. */
  enter(batch: Batch, now: number): boolean {
    const row = this.sql
      .exec<IsolateRow>(
        'SELECT isolate, last_sequence, calls, received, missing, dropped, edges FROM isolates WHERE isolate = ?',
        batch.isolate,
      )
      .toArray()[0];
    const entry = enter(row === undefined ? undefined : entryOf(row), batch);
    if (entry === undefined) return false;
    // A batch that comes late knows nothing newer about the documents.
    const late = row !== undefined && batch.sequence < row.last_sequence;
    const before = row === undefined ? [] : (JSON.parse(row.edges) as StoredReport[]);
    const edges = late ? before : newestReports(before, batch.edges, now);
    this.sql.exec(
      upsert,
      batch.isolate,
      entry.lastSequence,
      entry.calls,
      entry.received,
      JSON.stringify(entry.missing),
      (row?.dropped ?? 0) + batch.dropped,
      JSON.stringify(edges),
      now,
    );
    return true;
  }

  reports(sinceMs: number): EdgeStatusRow[] {
    return this.sql
      .exec<{ isolate: string; edges: string }>('SELECT isolate, edges FROM isolates WHERE heard_ms >= ?', sinceMs)
      .toArray()
      .flatMap(({ isolate, edges }) => (JSON.parse(edges) as StoredReport[]).map((report) => ({ ...report, isolate })))
      .filter((report) => report.reportedAtMs >= sinceMs);
  }

  counts(): { calls: number; lostCalls: number; droppedRecords: number } {
    return this.sql
      .exec<{ calls: number; lostCalls: number; droppedRecords: number }>(
        `SELECT coalesce(sum(calls), 0) AS calls, coalesce(sum(calls - received), 0) AS lostCalls,
          coalesce(sum(dropped), 0) AS droppedRecords FROM isolates`,
      )
      .one();
  }

  isEmpty(): boolean {
    return this.sql.exec('SELECT 1 FROM isolates LIMIT 1').toArray().length === 0;
  }

  removeSilentSince(instantMs: number): void {
    this.sql.exec('DELETE FROM isolates WHERE heard_ms < ?', instantMs);
  }
}

function entryOf(row: IsolateRow): LedgerEntry {
  const missing = JSON.parse(row.missing) as number[];
  return { lastSequence: row.last_sequence, calls: row.calls, received: row.received, missing };
}

function newestReports(before: readonly StoredReport[], reports: readonly EdgeReport[], now: number): StoredReport[] {
  const services = new Set(reports.map((report) => report.service));
  return [
    ...before.filter((report) => !services.has(report.service)),
    ...reports.map((report) => ({ ...report, reportedAtMs: now })),
  ];
}
