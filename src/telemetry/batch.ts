/**
 * What an edge sends to a telemetry shard: one batch per flush, as one JSON string.
 * A shard ignores a sequence it already has, so a flush may be retried, and counts a gap in the sequences as lost calls.
 */
import type { MeshErrorCode } from '../core/errors/mesh-error.ts';

/** How a call or an attempt ended. A `response` is an answer of the service, whatever its status; `not_sent` is a mirror's copy that was not made. */
export type Outcome = 'response' | 'cancelled' | 'not_sent' | MeshErrorCode;

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
  /** Where this journey's records are stored; `''` until the first edge has chosen. */
  shard: string;
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
  /** The audit rules that matched; absent where none did. */
  audit?: readonly string[];
  /** What would have been decided if dry-run rules counted; absent where the document has none. */
  shadow?: 'allow' | 'deny';
  /** The rule by which that would have been; absent where it was none. */
  shadowRule?: string;
  /**
   * The record is of a copy that a mirror sent: its one attempt is a span beside those of the call that `parentSpanId` names. It is stored
   * where its journey is sampled, and is no call: it counts nowhere, and a trace is not found by it.
   */
  mirror?: boolean;
}

/**
 * Duration of a call or an attempt that is under way. A record is born with it and with the outcome `cancelled`, so that it is right
 * even if the invocation ends in the middle of an await; whoever settles it later only has to fill in the duration.
 */
export const underWay = -1;

/** Request count and latency histogram of one (service, version, route, caller, method kind, status, outcome) since the last flush. */
export interface MetricDelta {
  service: string;
  version: string;
  route: string;
  /** A service of the mesh, `''` for an anonymous caller, `external` for any other principal: callers from outside are without number. */
  caller: string;
  kind: 'fetch' | 'rpc';
  status: number;
  outcome: Outcome;
  /** As of the records; absent where they have none. */
  shadow?: 'allow' | 'deny';
  shadowRule?: string;
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
  /** Records that were to be stored but fell to the memory bound of the isolate since the last batch; their calls are counted. */
  dropped: number;
  sentAtMs: number;
  records: CallRecord[];
  metrics: MetricDelta[];
  edges: EdgeReport[];
}

/** Upper bounds of the latency buckets in milliseconds. */
export const latencyBucketsMs = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000] as const;

/** Longest strings that a record may hold, in UTF-16 units; the buffer cuts what callers choose, the shard refuses what is longer. */
export const textLimits = { path: 2048, method: 256, caller: 512, reason: 1024, endpoint: 512, other: 256 } as const;

/** Begins the message with which a shard refuses a batch that it could never store; sending it again would be in vain. */
export const malformedBatch = 'malformed batch: ';

/** Name of the Durable Object instance that stores shard `index`. */
export function shardName(index: number): string {
  return `shard-${index}`;
}

/** The index in a shard's name, or `undefined` where it is no such name: what comes with a call must not make Durable Objects at will. */
export function shardIndex(name: string): number | undefined {
  return /^shard-(0|[1-9]\d{0,3})$/.test(name) ? Number(name.slice(6)) : undefined;
}

/** The record of a call that has just begun: every member is there, and tells the truth of a call that goes no further. */
export function newRecord(
  service: string,
  caller: string,
  kind: 'fetch' | 'rpc',
  door: 'mesh' | 'public',
  method: string,
  startMs: number,
  hops: number,
): CallRecord {
  return {
    traceId: '',
    spanId: '',
    parentSpanId: '',
    sampled: false,
    shard: '',
    service,
    caller,
    kind,
    door,
    method,
    path: '',
    route: '',
    version: '',
    status: 0,
    outcome: 'cancelled',
    reason: '',
    startMs,
    durationMs: underWay,
    hops,
    revision: '',
    source: 'none',
    stale: false,
    attempts: [],
  };
}
