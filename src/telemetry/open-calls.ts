/**
 * The calls under way in an isolate. An invocation can end at any await without another line of its code being run, so an end that
 * nobody reported is found here: an entry whose call can no longer be running is settled as `cancelled` by a later call or flush.
 */
import type { CallRecord } from './batch.ts';
import { underWay } from './batch.ts';
import { recordCall, type TelemetryState } from './buffer.ts';

/** Sweeps on the data path are at least this far apart, so that many calls that expire one by one do not cost a sweep each. */
const sweepIntervalMs = 100;

/** A timer rings late on a busy isolate: an owner that is alive gets this long after its deadline to say itself how the call ended. */
const lateTimerMs = 250;

/** Enters a call that begins. `expiresAtMs` is the instant after which it cannot be running: its deadline, or start plus `openCallBoundMs`. */
export function openCall(state: TelemetryState, record: CallRecord, expiresAtMs: number): void {
  state.open.set(record, expiresAtMs);
  if (expiresAtMs < state.nextExpiryMs) state.nextExpiryMs = expiresAtMs;
}

/** The call turns out to have less (or more) time than was known when it began. A call that was settled stays settled. */
export function expireCall(state: TelemetryState, record: CallRecord, expiresAtMs: number): void {
  if (state.open.has(record)) openCall(state, record, expiresAtMs);
}

/**
 * Ends a call and takes its record up; the caller has filled in outcome and status. False, and nothing happens, where the call was
 * settled already, by its owner or by a sweep: a call is counted once.
 */
export function closeCall(state: TelemetryState, record: CallRecord, now: number): boolean {
  if (!state.open.delete(record)) return false;
  settleDurations(record, now);
  recordCall(state, record, now);
  return true;
}

/** Settles the expired entries if any may have expired; on the data path this is one or two comparisons. */
export function sweepIfDue(state: TelemetryState, now: number): void {
  if (now >= state.nextExpiryMs + lateTimerMs && now >= state.lastSweepMs + sweepIntervalMs) sweep(state, now);
}

/** Settles every entry that expired `lateTimerMs` ago as `cancelled`, lasting until its expiry. Returns how many there were. */
export function sweep(state: TelemetryState, now: number): number {
  state.lastSweepMs = now;
  let settled = 0;
  let next = Infinity;
  for (const [record, expiresAtMs] of state.open) {
    if (expiresAtMs + lateTimerMs > now) {
      if (expiresAtMs < next) next = expiresAtMs;
      continue;
    }
    state.open.delete(record);
    recordCall(state, cancelled(record, expiresAtMs), now);
    settled++;
  }
  state.nextExpiryMs = next;
  return settled;
}

/** Calls of a service under way in this isolate: leases, so an abandoned call counts until it expires and no longer. */
export function inFlight(state: TelemetryState, service: string, now: number): number {
  let count = 0;
  for (const [record, expiresAtMs] of state.open) {
    if (record.service === service && record.mirror !== true && expiresAtMs > now) count++;
  }
  return count;
}

/** A copy: should the invocation be alive after all, it may go on writing into its own record. */
function cancelled(record: CallRecord, endMs: number): CallRecord {
  const copy: CallRecord = {
    ...record,
    outcome: 'cancelled',
    durationMs: underWay,
    attempts: record.attempts.map((attempt) =>
      attempt.durationMs < 0 ? { ...attempt, outcome: 'cancelled' } : { ...attempt },
    ),
  };
  settleDurations(copy, endMs);
  return copy;
}

/** Attempts that were given up while the call went on end with it. */
function settleDurations(record: CallRecord, endMs: number): void {
  if (record.durationMs < 0) record.durationMs = Math.max(0, endMs - record.startMs);
  for (const attempt of record.attempts) {
    if (attempt.durationMs < 0) attempt.durationMs = Math.max(0, endMs - attempt.startMs);
  }
}
