/**
 * Bounds the time of one attempt to its headers, by the route's `backendRequest` timeout and by the call's deadline, with one
 * timer. A stream or WebSocket that has begun is never cut. Where the call's deadline ends it, the edge answers 504, its
 * invocation ends, and the platform drops the callee with it. Where another attempt may follow, the attempt that is given up is
 * aborted by a signal, since the call goes on and with it whatever the callee was doing.
 */
import { type MeshError, MeshFailure } from '../../core/errors/mesh-error.ts';
import type { Call, Filter, Reply, Service } from '../call.ts';
import type { RouteParts } from '../deps.ts';
import { letGo } from '../service.ts';
import { deadlineError, within } from '../within.ts';

/** Undefined without a route. Rejects with `backend_timeout`, or with the deadline's error where that comes first. */
export function timeOut({ deps, route }: RouteParts): Filter | undefined {
  if (route === undefined) return undefined;
  const attemptMs = route.backendRequestTimeoutMs ?? Infinity;
  const mayRetry = (route.retry?.attempts ?? 0) > 0;
  return (call, next) => {
    const leftMs = call.deadlineMs === undefined ? Infinity : call.deadlineMs - deps.now();
    if (attemptMs < leftMs) {
      const version = call.attempt?.backend.version ?? '';
      const late = () => ({ code: 'backend_timeout', afterMs: attemptMs, version }) as const;
      return mayRetry && call.kind === 'fetch'
        ? abortable(call, next, attemptMs, late)
        : within(attemptMs, next(call), late, discardOf(call));
    }
    return leftMs === Infinity
      ? next(call)
      : within(leftMs, next(call), () => deadlineError(call, route), discardOf(call));
  };
}

/**
 * RPC has no signal: a callee that is given up runs on while the call does, and what it returns then must not keep it longer. (A late response to a
 * fetch ends with the invocation, or was aborted.)
 */
function discardOf(call: Call): ((reply: Reply) => unknown) | undefined {
  return call.kind === 'rpc' ? letGo : undefined;
}

/** The error itself is the reason of the abort, which only the fetch that is given up sees. */
function abortable(call: Call, next: Service, afterMs: number, late: () => MeshError): Promise<Reply> {
  const controller = new AbortController();
  const attempt = call.attempt && { ...call.attempt, signal: controller.signal };
  return within(afterMs, next({ ...call, attempt }), () => {
    const error = late();
    controller.abort(new MeshFailure(error));
    return error;
  });
}
