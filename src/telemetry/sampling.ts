/** Head sampling: which journeys are stored though nothing went wrong. Calls that fail are stored in any case, see `isFailure`. */
import type { CallRecord } from './batch.ts';

const wholeRange = 2 ** 56;

/**
 * Whether a journey without a parent's decision is sampled: the right-most 56 bits of its trace id, which W3C Trace Context level 2
 * (section 3.2.2.3) wants random, as a fraction below `ratio`. So every edge that is asked gives the same answer.
 */
export function sampledByTraceId(traceId: string, ratio: number): boolean {
  if (ratio >= 1) return true;
  if (!(ratio > 0)) return false;
  return Number.parseInt(traceId.slice(18), 16) / wholeRange < ratio;
}

/** A call that ended without a response of the service, or with a status of 500 or more. A mirror's copy is no call. */
export function isFailure(call: Pick<CallRecord, 'outcome' | 'status' | 'mirror'>): boolean {
  if (call.mirror === true) return false;
  return call.outcome !== 'response' || call.status >= 500;
}
