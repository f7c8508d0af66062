/**
 * Bounds the time of one attempt to its headers. Where another attempt may follow, the attempt that is given up is aborted
 * by a signal, since the call goes on and with it whatever the callee was doing.
 */
import { MeshFailure } from '../../core/mesh-error.ts';
import type { Call, Filter, Reply, Service } from '../call.ts';
import type { RouteParts } from '../deps.ts';
import { within } from '../within.ts';

export function timeOut({ route }: RouteParts): Filter | undefined {
  const afterMs = route?.backendRequestTimeoutMs;
  if (afterMs === undefined) return undefined;
  const mayRetry = (route?.retry?.attempts ?? 0) > 0;
  return (call, next) => {
    const version = call.attempt?.backend.version ?? '';
    const late = () => ({ code: 'backend_timeout', afterMs, version }) as const;
    return mayRetry && call.kind === 'fetch' ? abortable(call, next, afterMs, late) : within(afterMs, next(call), late);
  };
}

async function abortable(
  call: Call,
  next: Service,
  afterMs: number,
  late: () => { code: 'backend_timeout'; afterMs: number; version: string },
): Promise<Reply> {
  const controller = new AbortController();
  const attempt = call.attempt && { ...call.attempt, signal: controller.signal };
  try {
    return await within(afterMs, next({ ...call, attempt }), late);
  } catch (error) {
    if (error instanceof MeshFailure && error.error.code === 'backend_timeout') controller.abort(error);
    throw error;
  }
}
