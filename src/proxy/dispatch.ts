/** The leaf: hands an attempt to its endpoint through the transport. */
import { MeshFailure } from '../core/mesh-error.ts';
import type { Service } from './call.ts';
import type { Deps } from './deps.ts';

/**
 * A fetch that rejects becomes `upstream_failed` where the callee threw, and `upstream_unreachable` where the connection
 * failed. An RPC method that throws rejects with the user's own error, untouched.
 */
export function dispatch(deps: Deps): Service {
  return async (call) => {
    const { attempt, upstream } = call;
    if (attempt === undefined) throw new Error('The pick filter has not run.');
    const { endpoint } = attempt;
    const { version } = attempt.backend;
    if (call.kind === 'rpc') {
      const context = attempt.context ?? { traceparent: '', tracestate: '', baggage: '', context: '' };
      return deps.transport.call(endpoint, upstream, context, call.member, call.args);
    }
    try {
      return await deps.transport.fetch(endpoint, upstream, attempt.request ?? call.request);
    } catch (cause) {
      if (cause instanceof MeshFailure) throw cause;
      throw new MeshFailure({ code: isThrown(cause) ? 'upstream_failed' : 'upstream_unreachable', version, cause });
    }
  };
}

/** workerd marks what another Worker threw as `remote`; errors of the connection bear no such mark. */
function isThrown(cause: unknown): boolean {
  return cause instanceof Error && (cause as { remote?: unknown }).remote === true;
}
