/** The leaf: hands an attempt to its endpoint through the transport. */
import { MeshFailure } from '../core/mesh-error.ts';
import type { Service } from './call.ts';
import type { Deps } from './deps.ts';

/**
 * A fetch that rejects (the callee threw, or was never reached) becomes `upstream_failed`. An RPC method that throws
 * rejects with the user's own error, untouched.
 */
export function dispatch(deps: Deps): Service {
  return async (call) => {
    const { attempt, upstream } = call;
    if (attempt === undefined) throw new Error('The pick filter has not run.');
    const { endpoint, version } = attempt.backend;
    if (call.kind === 'rpc') {
      const context = attempt.context ?? { traceparent: '', tracestate: '', baggage: '', context: '' };
      return { value: await deps.transport.call(endpoint, upstream, context, call.method, call.args) };
    }
    try {
      return await deps.transport.fetch(endpoint, upstream, attempt.request ?? call.request);
    } catch (cause) {
      throw new MeshFailure({ code: 'upstream_failed', version, cause });
    }
  };
}
