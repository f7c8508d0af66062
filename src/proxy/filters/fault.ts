/**
 * Faults on purpose. They are injected once for a call, before any attempt, so that retries do not hide them; a delay counts against the
 * deadline. The record says that it was a fault.
 */

import { MeshFailure } from '../../core/errors/mesh-error.ts';
import { decideFault, type Fault, faultText } from '../../core/fault.ts';
import type { Call, Filter, Reply } from '../call.ts';
import type { RouteParts } from '../deps.ts';
import { deadlineError } from '../within.ts';

/**
 * Undefined where the route injects none. Throws `fault_injected`, `bad_request` where a header asks for a fault that cannot be, and the
 * deadline's error where the delay outlasts it.
 */
export function fault({ deps, route, snapshot }: RouteParts): Filter | undefined {
  if (route?.fault === undefined) return undefined;
  const rule = route.fault;
  const { openCallBoundMs } = snapshot.mesh;
  return async (call, next) => {
    const decided = decideFault(rule, call.header, deps.random);
    if (decided === undefined) return next(call);
    if (typeof decided === 'string') throw new MeshFailure({ code: 'bad_request', detail: decided });
    const { delayMs, abort } = decided;
    call.record.reason = faultText(decided);
    if (delayMs > 0) {
      const leftMs = call.deadlineMs === undefined ? Infinity : call.deadlineMs - deps.now();
      // A call that is held back longer than calls may be open would count as abandoned.
      if (call.deadlineMs === undefined) deps.telemetry.expire(call.record, deps.now() + delayMs + openCallBoundMs);
      await deps.sleep(Math.min(delayMs, leftMs));
      if (delayMs >= leftMs) throw new MeshFailure(deadlineError(call, route));
    }
    return abort === undefined ? next(call) : aborted(call, abort);
  };
}

/** gRPC says how a call ended in a trailer of a response with status 200; without a body that is a header. RPC of Workers has an error. */
function aborted(call: Call, { status, grpcStatus }: NonNullable<Fault['abort']>): Reply {
  if (grpcStatus === undefined || call.kind === 'rpc')
    throw new MeshFailure({ code: 'fault_injected', status: status ?? 500 });
  call.record.status = 200;
  call.record.outcome = 'fault_injected';
  const headers = {
    'content-type': 'application/grpc',
    'grpc-status': String(grpcStatus),
    'grpc-message': 'fault injected',
  };
  return new Response(null, { status: 200, headers });
}
