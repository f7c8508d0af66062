/**
 * Fixes the instant after which nobody waits for the answer: the route's `request` timeout or the deadline that came with the
 * call, whichever ends first. It sets no timer: everything below that waits (an attempt, a back-off, the reading of a body)
 * is bounded by this instant, so that a call needs one timer and not two (a timer was measured at 5 to 15 us).
 */
import { MeshFailure } from '../../core/errors/mesh-error.ts';
import type { Filter } from '../call.ts';
import type { RouteParts } from '../deps.ts';

/** Undefined without a route. Throws `deadline_exceeded` where the caller's deadline has passed already. */
export function deadline({ deps, route }: RouteParts): Filter | undefined {
  if (route === undefined) return undefined;
  const { requestTimeoutMs } = route;
  return (call, next) => {
    if (requestTimeoutMs === undefined && call.deadlineMs === undefined) return next(call);
    const now = deps.now();
    if (call.deadlineMs !== undefined && call.deadlineMs <= now) throw new MeshFailure({ code: 'deadline_exceeded' });
    const ownMs = requestTimeoutMs === undefined ? Infinity : now + requestTimeoutMs;
    const deadlineMs = Math.min(ownMs, call.deadlineMs ?? Infinity);
    deps.telemetry.expire(call.record, deadlineMs);
    return next({ ...call, deadlineMs });
  };
}
