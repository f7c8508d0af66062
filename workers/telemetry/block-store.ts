/** The table of blocks: taking up pieces, opening blocks, and letting the oldest go. */
import type { CallRecord } from '../../src/telemetry/batch.ts';
import {
  type BlockSummary,
  joinBlocks,
  maxBodyLength,
  type Piece,
  readBody,
  traceKey,
  traceKeyLength,
} from '../../src/telemetry/block.ts';
import type { TraceQuery } from '../../src/telemetry/shard-api.ts';

/** Small batches share a block of at most this many calls; a row is rewritten whole, so no more. */
const fillCalls = 64;
/** And until it is this old, so that retention can let whole blocks go. */
const fillMs = 600_000;

interface BlockRow extends Record<string, SqlStorageValue> {
  id: number;
  opened_ms: number;
  calls: number;
  spans: number;
  first_start_ms: number;
  last_start_ms: number;
  longest_ms: number;
  services: string;
  statuses: string;
  outcomes: string;
  length: number;
  trace_keys: string;
}

const summaryColumns =
  'id, opened_ms, calls, spans, first_start_ms, last_start_ms, longest_ms, services, statuses, outcomes, length, trace_keys';

export class BlockStore {
  constructor(private readonly sql: SqlStorage) {}

  /** Adds a piece to the newest block, or opens a new one. Answers whether it opened one. */
  add(piece: Piece, now: number): boolean {
    const newest = this.sql
      .exec<BlockRow>(`SELECT ${summaryColumns} FROM blocks ORDER BY id DESC LIMIT 1`)
      .toArray()[0];
    if (newest !== undefined && hasRoom(newest, piece, now)) {
      this.sql.exec(
        `UPDATE blocks SET calls = ?, spans = ?, first_start_ms = ?, last_start_ms = ?, longest_ms = ?, services = ?, statuses = ?,
          outcomes = ?, trace_keys = ?, length = ?, body = body || char(10) || ? WHERE id = ?`,
        ...summaryValues(joinBlocks(summaryOf(newest), piece.summary)),
        newest.length + 1 + piece.body.length,
        piece.body,
        newest.id,
      );
      return false;
    }
    this.sql.exec(
      `INSERT INTO blocks (calls, spans, first_start_ms, last_start_ms, longest_ms, services, statuses, outcomes, trace_keys,
        length, body, opened_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...summaryValues(piece.summary),
      piece.body.length,
      piece.body,
      now,
    );
    return true;
  }

  open(id: number): CallRecord[] {
    return readBody(this.sql.exec<{ body: string }>('SELECT body FROM blocks WHERE id = ?', id).one().body);
  }

  /** Blocks that may hold calls which meet the first condition of a query, the newest calls first. */
  candidates(query: TraceQuery): { id: number; last_start_ms: number }[] {
    const { condition, value } = firstCondition(query);
    return this.sql
      .exec<{ id: number; last_start_ms: number }>(
        `SELECT id, last_start_ms FROM blocks WHERE last_start_ms >= ? AND ${condition} ORDER BY last_start_ms DESC`,
        query.sinceMs ?? 0,
        value,
      )
      .toArray();
  }

  /** Blocks that may hold calls of these traces. */
  withTraces(traceIds: Iterable<string>): number[] {
    const wanted = new Set<string>();
    for (const traceId of traceIds) wanted.add(traceKey(traceId));
    const ids: number[] = [];
    for (const row of this.sql.exec<{ id: number; trace_keys: string }>('SELECT id, trace_keys FROM blocks')) {
      for (let at = 0; at < row.trace_keys.length; at += traceKeyLength) {
        if (wanted.has(row.trace_keys.slice(at, at + traceKeyLength))) {
          ids.push(row.id);
          break;
        }
      }
    }
    return ids;
  }

  totals(): { calls: number; spans: number } {
    return this.sql
      .exec<{ calls: number; spans: number }>(
        'SELECT coalesce(sum(calls), 0) AS calls, coalesce(sum(spans), 0) AS spans FROM blocks',
      )
      .one();
  }

  /** Lets the oldest blocks go until at most `maxCalls` calls are left; the newest block stays. */
  keepAtMost(maxCalls: number): void {
    const sizes = this.sql
      .exec<{ id: number; calls: number }>('SELECT id, calls FROM blocks ORDER BY id DESC')
      .toArray();
    let calls = 0;
    for (const [index, block] of sizes.entries()) {
      calls += block.calls;
      if (index > 0 && calls > maxCalls) {
        this.sql.exec('DELETE FROM blocks WHERE id <= ?', block.id);
        return;
      }
    }
  }

  removeOpenedBefore(instantMs: number): void {
    this.sql.exec('DELETE FROM blocks WHERE opened_ms < ?', instantMs);
  }
}

function hasRoom(block: BlockRow, piece: Piece, now: number): boolean {
  return (
    block.calls + piece.summary.calls <= fillCalls &&
    now - block.opened_ms < fillMs &&
    block.length + 1 + piece.body.length <= maxBodyLength
  );
}

/** In the order of `callConditions`: the rarest first. */
function firstCondition(query: TraceQuery): { condition: string; value: SqlStorageValue } {
  const { outcome, status, minDurationMs, service } = query;
  if (outcome !== undefined) return { condition: 'instr(outcomes, ?) > 0', value: `,${outcome},` };
  if (status !== undefined) {
    const value = /^\dxx$/i.test(status) ? `,${status[0]}` : `,${Number(status)},`;
    return { condition: 'instr(statuses, ?) > 0', value };
  }
  if (minDurationMs !== undefined) return { condition: 'longest_ms >= ?', value: minDurationMs };
  if (service !== undefined) return { condition: 'instr(services, ?) > 0', value: `,${service},` };
  return { condition: '? IS NULL', value: null };
}

function summaryOf(row: BlockRow): BlockSummary {
  return {
    calls: row.calls,
    spans: row.spans,
    firstStartMs: row.first_start_ms,
    lastStartMs: row.last_start_ms,
    longestMs: row.longest_ms,
    services: row.services,
    statuses: row.statuses,
    outcomes: row.outcomes,
    traceKeys: row.trace_keys,
  };
}

function summaryValues(summary: BlockSummary): SqlStorageValue[] {
  return [
    summary.calls,
    summary.spans,
    summary.firstStartMs,
    summary.lastStartMs,
    summary.longestMs,
    summary.services,
    summary.statuses,
    summary.outcomes,
    summary.traceKeys,
  ];
}
