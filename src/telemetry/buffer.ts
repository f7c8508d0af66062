/**
 * What an isolate remembers of its calls until a shard has them: plain data, so that it may live in module scope and outlast
 * every invocation. A batch under way stays here until it is acknowledged and is sent again with the same sequence when its owner
 * failed or was cancelled; the shard ignores a sequence that it has, so nothing is counted twice.
 */
import type { Batch, CallRecord, EdgeReport, MetricDelta } from './batch.ts';
import { shardName, textLimits } from './batch.ts';
import { trimBuckets } from './histogram.ts';
import { countCall } from './metric-cells.ts';
import { isFailure } from './sampling.ts';

export interface BufferLimits {
  /** A batch is due when it holds this many records; 256 unless said. */
  readonly flushRecords: number;
  /** A batch is due when its first call ended this many milliseconds ago; 1,000 unless said. */
  readonly flushAgeMs: number;
  /** A batch under way for longer counts as abandoned by its owner and is sent again; 10,000 ms unless said. */
  readonly sendingMs: number;
  /** Records of one shard in memory, those under way included; 4,096 unless said. Beyond it calls are counted, but not stored. */
  readonly maxRecords: number;
  /** Records in one batch; 1,024 unless said. A shard stores a batch as one row, and a row may have 2 MB. */
  readonly batchRecords: number;
}

export const defaultBufferLimits: BufferLimits = {
  flushRecords: 256,
  flushAgeMs: 1000,
  sendingMs: 10_000,
  maxRecords: 4096,
  batchRecords: 1024,
};

/** A batch that was handed out to be sent and is not yet acknowledged. */
interface Sending {
  sequence: number;
  json: string;
  records: number;
  failures: number;
  /** Before this instant nobody sends it again. */
  retryAtMs: number;
}

interface ShardBuffer {
  readonly shard: string;
  /** Of the newest batch. */
  sequence: number;
  /** Calls in all batches made so far. */
  calls: number;
  pendingCalls: number;
  records: CallRecord[];
  cells: MetricDelta[];
  dropped: number;
  /** When the first pending call ended. */
  openedMs: number;
  /** Until then an invocation waits to flush by age. */
  timerUntilMs: number;
  sending: Sending | undefined;
}

export interface TelemetryState {
  readonly isolate: string;
  readonly limits: BufferLimits;
  readonly shards: Map<string, ShardBuffer>;
  /** Calls under way, each with the instant after which it cannot be running any more; see open-calls.ts. */
  readonly open: Map<CallRecord, number>;
  /** No open call expires before this instant: a lower bound, so that a call pays one comparison. */
  nextExpiryMs: number;
  lastSweepMs: number;
  /** No shard is due before this instant: a lower bound. */
  nextDueMs: number;
  /** Flushes that failed and will be repeated, and batches that a shard refused for good, since the isolate began. */
  failedFlushes: number;
  refusedBatches: number;
}

/** What one flush sends. */
export interface Flush {
  readonly sequence: number;
  readonly json: string;
}

/** `isolate` is a random id: sequences are counted for each (isolate, shard). */
export function createTelemetryState(isolate: string, limits: Partial<BufferLimits> = {}): TelemetryState {
  return {
    isolate,
    limits: { ...defaultBufferLimits, ...limits },
    shards: new Map(),
    open: new Map(),
    nextExpiryMs: Infinity,
    lastSweepMs: -Infinity,
    nextDueMs: Infinity,
    failedFlushes: 0,
    refusedBatches: 0,
  };
}

/**
 * Takes up a call that has ended. It is counted always, and stored where the journey is sampled or the call failed: the sampling
 * decision is taken here, at the end of the call. `record` belongs to the buffer from now on. A call that ended before its journey
 * had a shard goes to the first.
 */
export function recordCall(state: TelemetryState, record: CallRecord, now: number): void {
  const shard = shardOf(record.shard);
  const buffer = state.shards.get(shard) ?? addShard(state, shard);
  const stored = record.sampled || isFailure(record);
  if (record.mirror === true && !stored) return;
  const opens = !hasPending(buffer);
  if (record.mirror !== true) {
    countCall(buffer.cells, record);
    buffer.pendingCalls++;
  }
  if (opens) {
    buffer.openedMs = now;
    lowerDue(state, buffer);
  }
  if (!stored) return;
  if (buffer.records.length + (buffer.sending?.records ?? 0) >= state.limits.maxRecords) {
    buffer.dropped++;
    return;
  }
  boundTexts(record);
  buffer.records.push(record);
  if (buffer.records.length === state.limits.flushRecords) lowerDue(state, buffer);
}

/** The shards whose batch should be flushed now. When nothing is due, the answer costs one comparison. */
export function dueShards(state: TelemetryState, now: number): readonly string[] {
  if (now < state.nextDueMs) return [];
  const due: string[] = [];
  let next = Infinity;
  for (const buffer of state.shards.values()) {
    const at = dueAt(state.limits, buffer);
    if (at <= now) due.push(buffer.shard);
    if (at < next) next = at;
  }
  state.nextDueMs = next;
  return due;
}

/**
 * Makes the caller the one who waits until the pending batch is over age, and says for how many milliseconds; `undefined` where
 * nothing waits to be sent or another invocation waits already. A claim expires, since its owner may be cancelled.
 */
export function claimAgeTimer(state: TelemetryState, shard: string, now: number): number | undefined {
  const buffer = state.shards.get(shard);
  if (buffer === undefined || now < buffer.timerUntilMs || !hasPending(buffer)) return undefined;
  const wait = state.limits.flushAgeMs - Math.max(0, now - buffer.openedMs);
  if (wait <= 0) return undefined;
  buffer.timerUntilMs = now + wait;
  return wait;
}

/**
 * Takes the next batch out for sending: the one whose owner failed or is presumed cancelled, else all that is pending.
 * `undefined` where there is nothing to send, or another invocation is sending.
 */
export function beginFlush(
  state: TelemetryState,
  shard: string,
  now: number,
  edges: readonly EdgeReport[],
): Flush | undefined {
  const buffer = state.shards.get(shard);
  if (buffer === undefined) return undefined;
  let sending = buffer.sending;
  if (sending === undefined) {
    if (!hasPending(buffer)) return undefined;
    sending = makeBatch(state, buffer, now, edges);
    buffer.sending = sending;
  } else if (now < sending.retryAtMs) {
    return undefined;
  }
  sending.retryAtMs = now + state.limits.sendingMs;
  return { sequence: sending.sequence, json: sending.json };
}

/**
 * What became of a batch: `stored` and it is forgotten; `failed` and it is sent again after a back-off (1 s doubling to 30 s);
 * `refused`, because no repetition would help, and it is given up: the shard counts its calls as lost by the gap.
 */
export function endFlush(
  state: TelemetryState,
  shard: string,
  sequence: number,
  result: 'stored' | 'failed' | 'refused',
  now: number,
): void {
  const buffer = state.shards.get(shard);
  if (result === 'failed') state.failedFlushes++;
  if (result === 'refused') state.refusedBatches++;
  const sending = buffer?.sending;
  if (buffer === undefined || sending === undefined || sending.sequence !== sequence) return;
  if (result === 'failed') {
    sending.retryAtMs = now + Math.min(30_000, 1000 * 2 ** sending.failures++);
  } else {
    buffer.sending = undefined;
  }
  lowerDue(state, buffer);
}

/** The shard that takes the calls of a journey whose record says `shard`. */
export function shardOf(shard: string): string {
  return shard === '' ? shardName(0) : shard;
}

function addShard(state: TelemetryState, shard: string): ShardBuffer {
  const buffer: ShardBuffer = {
    shard,
    sequence: 0,
    calls: 0,
    pendingCalls: 0,
    records: [],
    cells: [],
    dropped: 0,
    openedMs: 0,
    timerUntilMs: 0,
    sending: undefined,
  };
  state.shards.set(shard, buffer);
  return buffer;
}

function hasPending(buffer: ShardBuffer): boolean {
  return buffer.pendingCalls > 0 || buffer.records.length > 0;
}

/** While an invocation waits to flush by age, calls leave the batch to it for a quarter of a second more. */
const timerGraceMs = 250;

function dueAt(limits: BufferLimits, buffer: ShardBuffer): number {
  if (buffer.sending !== undefined) return buffer.sending.retryAtMs;
  if (!hasPending(buffer)) return Infinity;
  if (buffer.records.length >= limits.flushRecords) return -Infinity;
  const overAge = buffer.openedMs + limits.flushAgeMs;
  return buffer.timerUntilMs < overAge ? overAge : buffer.timerUntilMs + timerGraceMs;
}

function lowerDue(state: TelemetryState, buffer: ShardBuffer): void {
  state.nextDueMs = Math.min(state.nextDueMs, dueAt(state.limits, buffer));
}

function makeBatch(state: TelemetryState, buffer: ShardBuffer, now: number, edges: readonly EdgeReport[]): Sending {
  const { batchRecords } = state.limits;
  const records = buffer.records.length <= batchRecords ? buffer.records : buffer.records.slice(0, batchRecords);
  buffer.sequence++;
  buffer.calls += buffer.pendingCalls;
  const batch: Batch = {
    isolate: state.isolate,
    sequence: buffer.sequence,
    calls: buffer.calls,
    batchCalls: buffer.pendingCalls,
    dropped: buffer.dropped,
    sentAtMs: now,
    records,
    metrics: buffer.cells.map((cell) => ({ ...cell, buckets: trimBuckets(cell.buckets) })),
    edges: [...edges],
  };
  const json = JSON.stringify(batch);
  buffer.records = buffer.records.slice(records.length);
  buffer.cells = [];
  buffer.pendingCalls = 0;
  buffer.dropped = 0;
  return { sequence: buffer.sequence, json, records: records.length, failures: 0, retryAtMs: now };
}

/** Cuts the texts that callers choose; whatever else a record holds comes from documents and is short. */
function boundTexts(record: CallRecord): void {
  if (record.path.length > textLimits.path) record.path = record.path.slice(0, textLimits.path);
  if (record.method.length > textLimits.method) record.method = record.method.slice(0, textLimits.method);
  if (record.caller.length > textLimits.caller) record.caller = record.caller.slice(0, textLimits.caller);
  if (record.reason.length > textLimits.reason) record.reason = record.reason.slice(0, textLimits.reason);
}
