/**
 * A block is how a shard stores calls: the JSON of one or more batches, one a line, with a summary that says what is in it.
 * A search reads summaries and opens only the blocks that may hold what it looks for.
 */
import type { Batch, CallRecord } from './batch.ts';

export interface BlockSummary {
  readonly calls: number;
  readonly spans: number;
  readonly firstStartMs: number;
  readonly lastStartMs: number;
  readonly longestMs: number;
  /** Lists of distinct values between commas, `,a,b,`, so that `,a,` finds a value and `,5` the statuses that begin so. */
  readonly services: string;
  readonly statuses: string;
  readonly outcomes: string;
  /** The keys of the traces, each `traceKeyLength` characters, without separators: a hit may be false, a miss is sure. */
  readonly traceKeys: string;
}

export interface Piece {
  readonly summary: BlockSummary;
  readonly body: string;
}

/** Characters of one row's body. A row may have 2 MB, and a UTF-16 unit takes at most 3 bytes. */
export const maxBodyLength = 600_000;

/** The first digits of a trace id stand for it in a summary, so that people may ask by prefix. */
export const traceKeyLength = 8;

export function traceKey(traceId: string): string {
  return traceId.slice(0, traceKeyLength);
}

/** What a batch adds to the blocks: nothing, one piece with the batch's JSON as it came, or several where one row could not hold it. */
export function piecesOf(json: string, batch: Batch): Piece[] {
  if (batch.records.length === 0) return [];
  if (json.length <= maxBodyLength && !json.includes('\n')) return [{ summary: summarise(batch.records), body: json }];
  const pieces: Piece[] = [];
  let texts: string[] = [];
  let records: CallRecord[] = [];
  let length = 0;
  const finish = () => {
    if (records.length > 0) pieces.push({ summary: summarise(records), body: `{"records":[${texts.join(',')}]}` });
    texts = [];
    records = [];
    length = 0;
  };
  for (const record of batch.records) {
    const text = JSON.stringify(record);
    if (length + text.length > maxBodyLength - 100) finish();
    texts.push(text);
    records.push(record);
    length += text.length + 1;
  }
  finish();
  return pieces;
}

/** The calls in a block's body. */
export function readBody(body: string): CallRecord[] {
  return body.split('\n').flatMap((line) => (JSON.parse(line) as Pick<Batch, 'records'>).records);
}

/** The summary of a block that has taken up another piece. */
export function joinBlocks(a: BlockSummary, b: BlockSummary): BlockSummary {
  return {
    calls: a.calls + b.calls,
    spans: a.spans + b.spans,
    firstStartMs: Math.min(a.firstStartMs, b.firstStartMs),
    lastStartMs: Math.max(a.lastStartMs, b.lastStartMs),
    longestMs: Math.max(a.longestMs, b.longestMs),
    services: joinLists(a.services, b.services),
    statuses: joinLists(a.statuses, b.statuses),
    outcomes: joinLists(a.outcomes, b.outcomes),
    traceKeys: a.traceKeys + b.traceKeys,
  };
}

function summarise(records: readonly CallRecord[]): BlockSummary {
  const services = new Set<string>();
  const statuses = new Set<number>();
  const outcomes = new Set<string>();
  const keys = new Set<string>();
  let calls = 0;
  let spans = 0;
  let firstStartMs = Infinity;
  let lastStartMs = -Infinity;
  let longestMs = 0;
  for (const record of records) {
    keys.add(traceKey(record.traceId));
    spans += record.attempts.length;
    if (record.startMs < firstStartMs) firstStartMs = record.startMs;
    if (record.startMs > lastStartMs) lastStartMs = record.startMs;
    if (record.mirror === true) continue;
    calls++;
    spans++;
    services.add(record.service);
    statuses.add(record.status);
    outcomes.add(record.outcome);
    if (record.durationMs > longestMs) longestMs = record.durationMs;
  }
  return {
    calls,
    spans,
    firstStartMs,
    lastStartMs,
    longestMs,
    services: list(services),
    statuses: list(statuses),
    outcomes: list(outcomes),
    traceKeys: [...keys].join(''),
  };
}

function list(values: Iterable<string | number>): string {
  return `,${[...values].join(',')},`;
}

function joinLists(a: string, b: string): string {
  return list(new Set([...a.slice(1, -1).split(','), ...b.slice(1, -1).split(',')]));
}
