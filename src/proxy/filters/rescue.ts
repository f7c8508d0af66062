/**
 * Turns what went wrong below into what the caller sees: an error response for fetch, an error with a code for RPC. What the
 * callee itself threw reaches a caller inside the mesh as it is, over fetch as over RPC, because that is what its code catches
 * without a mesh; a public caller gets a response.
 */
import { describeError, errorResponse, grpcResponse, isGrpc, rpcError } from '../../core/errors/error-reply.ts';
import { type MeshError, MeshFailure } from '../../core/errors/mesh-error.ts';
import type { FetchCall, Filter } from '../call.ts';
import type { Deps } from '../deps.ts';

/** A caller inside the mesh may learn which rule refused it. A gRPC client finds the code where it looks for it. */
function answer(error: MeshError, call: FetchCall): Response {
  const service = call.record.service || 'edge';
  const details =
    call.door === 'mesh' && error.code === 'access_denied' ? `${error.code}: ${error.detail}` : error.code;
  const contentType = call.request.headers.get('content-type');
  return isGrpc(contentType)
    ? grpcResponse(error, service, contentType, details)
    : errorResponse(error, service, call.record.traceId, undefined, details);
}

/** For every call. Rejects for RPC, and on the mesh door with what a callee threw over fetch. */
export function rescue(_deps: Deps): Filter {
  return async (call, next) => {
    try {
      return await next(call);
    } catch (thrown) {
      if (!(thrown instanceof MeshFailure) && call.kind === 'rpc' && call.record.attempts.length > 0) {
        // The user's method threw: its error passes as it is, message and own properties intact.
        throw thrown;
      }
      const error: MeshError = thrown instanceof MeshFailure ? thrown.error : { code: 'internal', cause: thrown };
      const shown = describeError(error);
      call.record.outcome = error.code;
      call.record.status = shown.status;
      if (call.record.reason === '') call.record.reason = shown.reason;
      if (call.kind === 'rpc') throw rpcError(error);
      if (call.door === 'mesh' && error.code === 'upstream_failed') throw error.cause;
      const response = answer(error, call);
      if (thrown instanceof MeshFailure) for (const [name, value] of thrown.headers) response.headers.set(name, value);
      return response;
    }
  };
}
