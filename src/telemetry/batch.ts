/**
 * What an edge sends to a telemetry shard: one batch per flush, as one JSON string.
 * A shard ignores a sequence it already has, so a flush may be retried, and counts a gap in the sequences as lost calls.
 */
import type { MeshErrorCode } from '../core/mesh-error.ts';

/** How a call or an attempt ended. A `response` is an answer of the service, whatever its status. */
export type Outcome = 'response' | 'cancelled' | MeshErrorCode;

/** One try of a call against one endpoint; becomes a CLIENT span. */
export interface AttemptRecord {
  spanId: string;
  version: string;
  /** Worker name, or origin of a URL endpoint. */
  endpoint: string;
  startMs: number;
  durationMs: number;
  /** HTTP status; 0 where there was none. For RPC 200 or 500. */
  status: number;
  outcome: Outcome;
}

/** One call through one edge; becomes a SERVER span. Plain data that filters fill in as they learn it. */
export interface CallRecord {
  traceId: string;
  spanId: string;
  /** `''` for a root. */
  parentSpanId: string;
  sampled: boolean;
  service: string;
  /** Service name of the caller, or its principal where it is not of this mesh; `''` for an anonymous caller. */
  caller: string;
  kind: 'fetch' | 'rpc';
  door: 'mesh' | 'public';
  method: string;
  path: string;
  /** `''` until a route is found. */
  route: string;
  /** Version that answered last; `''` until one was picked. */
  version: string;
  status: number;
  outcome: Outcome;
  /** Detail for operators: the access rule that denied, the retry that was out of budget. */
  reason: string;
  startMs: number;
  durationMs: number;
  hops: number;
  revision: string;
  /** Where the snapshot came from, and whether it was too old. */
  source: 'kv' | 'baked' | 'none';
  stale: boolean;
  attempts: AttemptRecord[];
}

/** Request count and latency histogram of one (service, version, route, caller, method kind, status, outcome) since the last flush. */
export interface MetricDelta {
  service: string;
  version: string;
  route: string;
  caller: string;
  kind: 'fetch' | 'rpc';
  status: number;
  outcome: Outcome;
  count: number;
  /** Sum of durations in milliseconds. */
  sumMs: number;
  /** Counts per bucket of `latencyBucketsMs`, one more for +Inf; trailing zeros cut. */
  buckets: number[];
}

/** What an edge says about itself in each flush: its documents as it sees them. */
export interface EdgeReport {
  service: string;
  revision: string;
  source: 'kv' | 'baked' | 'none';
  /** When the key was last read successfully, in milliseconds since the epoch. */
  readAtMs: number;
  stale: boolean;
  /** Why the newest value in KV is not served, in one sentence; `''` where it is. */
  problem: string;
  /** Calls under way in this isolate. */
  inFlight: number;
}

export interface Batch {
  isolate: string;
  /** 1, 2, 3, ... for each (isolate, shard). */
  sequence: number;
  /** Calls counted in this isolate for this shard up to and including this batch. */
  calls: number;
  /** Calls counted in this batch: the sum of `metrics[].count`. */
  batchCalls: number;
  sentAtMs: number;
  records: CallRecord[];
  metrics: MetricDelta[];
  edges: EdgeReport[];
}

/** Upper bounds of the latency buckets in milliseconds. */
export const latencyBucketsMs = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000] as const;

/** Name of the Durable Object instance that stores shard `index`. */
export function shardName(index: number): string {
  return `shard-${index}`;
}
