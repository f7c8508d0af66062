/**
 * Opens an entry for the call and closes it when the response's headers are there; bodies are never touched. A call whose
 * caller goes away reaches no line below the await: its entry expires, and telemetry settles it as `cancelled`.
 */
import type { Filter } from '../call.ts';
import type { Deps } from '../deps.ts';
import { replyStatus } from '../service.ts';

/** For every call; reply and errors go on as they are. */
export function record(deps: Deps): Filter {
  return async (call, next) => {
    const entry = call.record;
    deps.telemetry.open(entry, call.startMs + deps.registry.settings().openCallBoundMs);
    try {
      const reply = await next(call);
      // A call that the mesh ended has both already, from `rescue`.
      if (entry.status === 0) {
        entry.status = replyStatus(reply);
        entry.outcome = 'response';
      }
      return reply;
    } catch (error) {
      // The user's method threw: all else that rejects here has both already, from `rescue`.
      if (entry.status === 0) {
        entry.status = 500;
        entry.outcome = 'response';
      }
      throw error;
    } finally {
      entry.durationMs = deps.now() - entry.startMs;
      call.lifetime.end();
      deps.telemetry.close(entry, call.lifetime);
    }
  };
}
