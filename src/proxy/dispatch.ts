/** The leaf: hands an attempt to its endpoint through the transport. */
import { saysUnreachable } from '../core/errors/error-reply.ts';
import { MeshFailure } from '../core/errors/mesh-error.ts';
import type { Service } from './call.ts';
import type { Deps } from './deps.ts';
import { letGo } from './service.ts';

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
      const response = await deps.transport.fetch(endpoint, upstream, attempt.request ?? call.request);
      // Two edges stand between this route and the service; a connection that failed behind the second is one that failed here.
      if (endpoint.kind === 'service' && saysUnreachable(response.headers.get('proxy-status'), endpoint.service)) {
        await letGo(response);
        throw new MeshFailure({
          code: 'upstream_unreachable',
          version,
          cause: `the edge of ${endpoint.service} says so`,
        });
      }
      return response;
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
