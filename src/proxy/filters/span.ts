/** A span per attempt. It is `cancelled` until it has ended, so that one which never ends tells the truth. */
import { MeshFailure } from '../../core/errors/mesh-error.ts';
import type { Filter } from '../call.ts';
import type { RouteParts } from '../deps.ts';
import { replyStatus } from '../service.ts';

/** Undefined without a route. Reply and errors go on as they are. */
export function span({ deps, route }: RouteParts): Filter | undefined {
  if (route === undefined) return undefined;
  return async (call, next) => {
    const attempt = call.attempt?.record;
    if (attempt === undefined) throw new Error('The pick filter has not run.');
    attempt.spanId = deps.telemetry.newSpanId();
    attempt.startMs = deps.now();
    call.record.attempts.push(attempt);
    try {
      const reply = await next(call);
      attempt.status = replyStatus(reply);
      attempt.outcome = 'response';
      return reply;
    } catch (error) {
      // An RPC method that threw has answered; a fetch that threw was made a failure of the upstream by the leaf.
      attempt.outcome = error instanceof MeshFailure ? error.error.code : 'response';
      attempt.status = error instanceof MeshFailure ? 0 : 500;
      throw error;
    } finally {
      attempt.durationMs = deps.now() - attempt.startMs;
    }
  };
}
