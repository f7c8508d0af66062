/** Records and batches for tests, each with only what the test is about. */
import type { AttemptRecord, Batch, CallRecord } from '../../src/telemetry/batch.ts';

let spans = 0;

/** A span id that no other span of this process has. */
export function nextSpanId(): string {
  return (++spans).toString(16).padStart(16, '0');
}

export function traceIdOf(number: number): string {
  return (number * 2_654_435_761 + 1).toString(16).padStart(32, '0').split('').reverse().join('');
}

export function callOf(more: Partial<CallRecord> = {}): CallRecord {
  return {
    traceId: traceIdOf(1),
    spanId: nextSpanId(),
    parentSpanId: '',
    sampled: true,
    shard: 'shard-0',
    service: 'payment',
    caller: 'orders',
    kind: 'fetch',
    door: 'mesh',
    method: 'POST',
    path: '/charge',
    route: 'default',
    version: 'v1',
    status: 200,
    outcome: 'response',
    reason: '',
    startMs: 1_000_000,
    durationMs: 12,
    hops: 1,
    revision: 'aaaaaaaaaaaa',
    source: 'kv',
    stale: false,
    attempts: [],
    ...more,
  };
}

export function attemptOf(more: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    spanId: nextSpanId(),
    version: 'v1',
    endpoint: 'payment',
    startMs: 1_000_001,
    durationMs: 10,
    status: 200,
    outcome: 'response',
    ...more,
  };
}

/** A batch that counts its records and nothing else. */
export function batchOf(sequence: number, records: CallRecord[], more: Partial<Batch> = {}): Batch {
  return {
    isolate: 'isolate-1',
    sequence,
    calls: records.length,
    batchCalls: records.length,
    dropped: 0,
    sentAtMs: 1_000_000,
    records,
    metrics: [],
    edges: [],
    ...more,
  };
}
