/** Whether a call came through the edge, and what becomes of one that came past it. */

import type { RuntimeConfig } from '../core/configs/runtime-config.ts';
import { errorResponse, rpcError } from '../core/errors/error-reply.ts';
import { wireHeader } from '../core/wire.ts';
import { carryThroughExports } from './bindings/loopbacks.ts';
import { takeMark } from './edge-mark.ts';

export interface Admission {
  readonly strict: boolean;
  /** Prepares an execution context before user code sees it. */
  begin(context: unknown): void;
  /** Takes the edge's mark off the context's props. Without headers the call is one of RPC. */
  throughEdge(context: unknown, headers?: Headers): boolean;
  /** Whether the context that an RPC call brings by the reserved method is the edge's. */
  believesRpc(context: unknown): boolean;
  /** The answer to a request that came past the edge; undefined where it is admitted. */
  refuseFetch(): Response | undefined;
  /** Throws for an RPC call that came past the edge, unless it is admitted. */
  refuseRpc(): void;
}

export function createAdmission(config: RuntimeConfig): Admission {
  const { service, strict = false, unmarked = false, loopbacks, ownRoute } = config;
  let warned = strict || ownRoute === true;
  return {
    strict,
    begin(context) {
      if (loopbacks) carryThroughExports(context, service);
    },
    throughEdge(context, headers) {
      if (takeMark(context) || (unmarked && headers?.has(wireHeader.context) === true)) return true;
      if (!warned && headers !== undefined) {
        // Once an isolate: it is the deployment that lets such calls come, not the single call.
        warned = true;
        console.warn(`selvedge: ${service} was called past its edge; access.mode "strict" would refuse such calls`);
      }
      return false;
    },
    believesRpc(context) {
      return takeMark(context) || unmarked;
    },
    refuseFetch() {
      return strict ? errorResponse({ code: 'past_edge' }, service, '') : undefined;
    },
    refuseRpc() {
      if (strict) throw rpcError({ code: 'past_edge' });
    },
  };
}
