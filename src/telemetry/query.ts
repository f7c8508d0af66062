/** Questions about traces, and the fan-in of what many shards answer. */
import type { CallRecord } from './batch.ts';
import { addBuckets } from './histogram.ts';
import { isFailure } from './sampling.ts';
import type { EdgeStatusRow, MetricRow, ShadowRow, ShardCounts, TraceQuery, TraceSummary } from './shard-api.ts';

export const defaultTraceLimit = 20;
export const maxTraceLimit = 500;

/** The limit of a query, within its bounds. */
export function traceLimit(query: TraceQuery): number {
  const asked = Math.floor(query.limit ?? defaultTraceLimit);
  return Math.min(Math.max(Number.isNaN(asked) ? defaultTraceLimit : asked, 1), maxTraceLimit);
}

/** Whether a status is `500`, or of the class `5xx`. */
export function statusMatches(wanted: string, status: number): boolean {
  return /^\dxx$/i.test(wanted) ? Math.floor(status / 100) === Number(wanted[0]) : status === Number(wanted);
}

/** The conditions of a query that one call can meet. A trace matches if each of them is met by some call of it; copies of mirrors meet none. */
export function callConditions(query: TraceQuery): readonly ((call: CallRecord) => boolean)[] {
  const { service, status, outcome, minDurationMs } = query;
  const conditions: ((call: CallRecord) => boolean)[] = [];
  if (outcome !== undefined) conditions.push((call) => call.outcome === outcome);
  if (status !== undefined) conditions.push((call) => statusMatches(status, call.status));
  if (minDurationMs !== undefined) conditions.push((call) => call.durationMs >= minDurationMs);
  if (service !== undefined) conditions.push((call) => call.service === service);
  return conditions.map((holds) => (call: CallRecord) => call.mirror !== true && holds(call));
}

/** The summary of a trace's records, of which there is at least one. Copies of mirrors are spans of it, and nothing else is told by them. */
export function summariseTrace(records: readonly CallRecord[]): TraceSummary {
  const own = records.filter((record) => record.mirror !== true);
  const calls = own.length > 0 ? own : records;
  const root = calls.reduce((best, call) =>
    call.hops < best.hops || (call.hops === best.hops && call.startMs < best.startMs) ? call : best,
  );
  const startMs = Math.min(...calls.map((call) => call.startMs));
  return {
    traceId: root.traceId,
    startMs,
    durationMs: Math.max(...calls.map((call) => call.startMs + call.durationMs)) - startMs,
    service: root.service,
    method: root.method,
    path: root.path,
    status: root.status,
    outcome: root.outcome,
    spans: own.length + records.reduce((spans, record) => spans + record.attempts.length, 0),
    services: [...new Set(calls.map((call) => call.service))].sort(),
    errors: calls.filter(isFailure).length,
  };
}

/** Newest first; a trace that several shards know in part (its edges disagreed about the shard) appears once. */
export function mergeTraces(lists: readonly (readonly TraceSummary[])[], query: TraceQuery = {}): TraceSummary[] {
  const merged = new Map<string, TraceSummary>();
  for (const summary of lists.flat()) {
    const other = merged.get(summary.traceId);
    merged.set(summary.traceId, other === undefined ? summary : joinSummaries(other, summary));
  }
  return [...merged.values()].sort((a, b) => b.startMs - a.startMs).slice(0, traceLimit(query));
}

function joinSummaries(a: TraceSummary, b: TraceSummary): TraceSummary {
  const [first, second] = a.startMs <= b.startMs ? [a, b] : [b, a];
  return {
    ...first,
    durationMs: Math.max(first.startMs + first.durationMs, second.startMs + second.durationMs) - first.startMs,
    spans: a.spans + b.spans,
    services: [...new Set([...a.services, ...b.services])].sort(),
    errors: a.errors + b.errors,
  };
}

/** All calls of a trace, by start time. */
export function mergeCalls(lists: readonly (readonly CallRecord[])[]): CallRecord[] {
  return lists.flat().sort((a, b) => a.startMs - b.startMs);
}

/** The newest report per (isolate, service): an isolate flushes to every shard whose journeys pass through it. */
export function mergeEdges(lists: readonly (readonly EdgeStatusRow[])[]): EdgeStatusRow[] {
  const newest = new Map<string, EdgeStatusRow>();
  for (const row of lists.flat()) {
    const key = `${row.isolate} ${row.service}`;
    const other = newest.get(key);
    if (other === undefined || other.reportedAtMs < row.reportedAtMs) newest.set(key, row);
  }
  return [...newest.values()];
}

export function mergeCounts(counts: readonly ShardCounts[]): ShardCounts {
  const sum = (pick: (one: ShardCounts) => number) => counts.reduce((total, one) => total + pick(one), 0);
  return {
    calls: sum((one) => one.calls),
    storedCalls: sum((one) => one.storedCalls),
    storedSpans: sum((one) => one.storedSpans),
    lostCalls: sum((one) => one.lostCalls),
    droppedRecords: sum((one) => one.droppedRecords),
  };
}

/** One row per minute and combination of labels, by minute. */
export function mergeMetrics(lists: readonly (readonly MetricRow[])[]): MetricRow[] {
  const merged = new Map<string, MetricRow>();
  for (const row of lists.flat()) {
    const { minuteMs, service, version, route, caller, kind, status, outcome, shadow, shadowRule } = row;
    const key = JSON.stringify([minuteMs, service, version, route, caller, kind, status, outcome, shadow, shadowRule]);
    const other = merged.get(key);
    const buckets = [...(other?.buckets ?? [])];
    addBuckets(buckets, row.buckets);
    merged.set(key, {
      ...row,
      count: row.count + (other?.count ?? 0),
      sumMs: row.sumMs + (other?.sumMs ?? 0),
      buckets,
    });
  }
  return [...merged.values()].sort((a, b) => a.minuteMs - b.minuteMs);
}

/** One row per combination of labels, the most calls first. */
export function mergeShadows(lists: readonly (readonly ShadowRow[])[]): ShadowRow[] {
  const merged = new Map<string, ShadowRow>();
  for (const row of lists.flat()) {
    const { service, route, caller, kind, refused, shadow, shadowRule } = row;
    const key = JSON.stringify([service, route, caller, kind, refused, shadow, shadowRule]);
    const other = merged.get(key);
    merged.set(key, {
      ...row,
      count: row.count + (other?.count ?? 0),
      firstMs: Math.min(row.firstMs, other?.firstMs ?? Number.POSITIVE_INFINITY),
    });
  }
  return [...merged.values()].sort((a, b) => b.count - a.count);
}
