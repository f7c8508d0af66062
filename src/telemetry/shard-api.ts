/** The RPC surface of a telemetry shard (a Durable Object): what edges write and what control reads. */
import type { CallRecord, EdgeReport, MetricDelta } from './batch.ts';

export interface TraceQuery {
  /** Only traces in which this service took part. */
  readonly service?: string;
  /** Only traces with a call of this status: `500`, or a class as `5xx`. */
  readonly status?: string;
  /** Only traces with a call that ended so, e.g. `cancelled`. */
  readonly outcome?: string;
  /** Only traces whose longest call took at least this long. */
  readonly minDurationMs?: number;
  /** Only traces that began at or after this instant (ms since the epoch). */
  readonly sinceMs?: number;
  /** Newest first; 20 unless said, 500 at most. */
  readonly limit?: number;
}

export interface TraceSummary {
  readonly traceId: string;
  readonly startMs: number;
  readonly durationMs: number;
  /** Service, method and path of the root call, or of the earliest one where no root is stored. */
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly outcome: string;
  /** Stored spans: one per call and one per attempt. */
  readonly spans: number;
  readonly services: readonly string[];
  /** Calls that ended with a status of 500 or more, or without a response. */
  readonly errors: number;
}

export interface EdgeStatusRow extends EdgeReport {
  readonly isolate: string;
  /** When the report was received, in ms since the epoch. */
  readonly reportedAtMs: number;
}

export interface ShardCounts {
  /** Calls that edges counted, spans stored or not. */
  readonly calls: number;
  readonly storedCalls: number;
  readonly storedSpans: number;
  /** Calls in batches that never arrived, known by gaps in the sequences. */
  readonly lostCalls: number;
  /** Records that edges dropped because a shard could not be reached for long. */
  readonly droppedRecords: number;
}

export interface MetricRow extends MetricDelta {
  /** Start of the minute, in ms since the epoch. */
  readonly minuteMs: number;
}

/** Calls about which dry-run access rules had something to say, counted. */
export interface ShadowRow extends Pick<MetricDelta, 'service' | 'route' | 'caller' | 'kind' | 'count'> {
  /** Whether access refused the calls as the rules are now. */
  readonly refused: boolean;
  /** What would have been decided if dry-run rules counted. */
  readonly shadow: 'allow' | 'deny';
  /** The rule by which that would have been; `''` where it was none. */
  readonly shadowRule: string;
  /** Start of the first minute that has such calls, in ms since the epoch. */
  readonly firstMs: number;
}

/** The most rows that a shard answers about dry runs, those with the most calls. */
export const mostShadowRows = 1_000;

export interface TelemetryShardApi {
  /** Stores a batch (the JSON of a `Batch`); idempotent by (isolate, sequence). */
  ingest(batch: string): Promise<void>;
  findTraces(query: TraceQuery): Promise<TraceSummary[]>;
  /** All stored calls of a trace, by start time; empty if the shard has none. A prefix of 8 digits or more stands for every trace that it fits. */
  getTrace(traceId: string): Promise<CallRecord[]>;
  /** The newest report per (isolate, service). */
  edges(): Promise<EdgeStatusRow[]>;
  /** Per minute, at or after `sinceMs`. */
  metrics(sinceMs: number): Promise<MetricRow[]>;
  /** What dry-run rules would have decided at or after `sinceMs`, of one service or of all; `mostShadowRows` at most. */
  shadows(sinceMs: number, service: string | undefined): Promise<ShadowRow[]>;
  counts(): Promise<ShardCounts>;
}
