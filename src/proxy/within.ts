/** Bounds on the wait for a reply. */
import { type MeshError, MeshFailure } from '../core/errors/mesh-error.ts';
import type { Route } from '../model/snapshot.ts';
import type { Call } from './call.ts';

/**
 * Rejects with the error that `late` names when `work` has not settled within `ms`; what `work` yields after that goes to `discard`. The error
 * is made only when the timer fires: an error made eagerly for each call costs more than the timer (measured).
 */
export function within<Value>(
  ms: number,
  work: Promise<Value>,
  late: () => MeshError,
  discard?: (value: Value) => unknown,
): Promise<Value> {
  return new Promise<Value>((resolve, reject) => {
    let abandoned = false;
    const timer = setTimeout(
      () => {
        abandoned = true;
        reject(new MeshFailure(late()));
      },
      Math.max(0, ms),
    );
    work.then(
      (value) => {
        clearTimeout(timer);
        if (abandoned) discard?.(value);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/** The error of a call whose deadline has passed: the route's own timeout, or the caller's deadline where that was sooner. */
export function deadlineError(call: Call, route: Route | undefined): MeshError {
  const afterMs = route?.requestTimeoutMs;
  const own = afterMs !== undefined && call.deadlineMs !== undefined && call.deadlineMs >= call.startMs + afterMs;
  return own ? { code: 'request_timeout', afterMs } : { code: 'deadline_exceeded' };
}
