/** Whether a call came through the edge, and what becomes of one that came past it. */
import { errorResponse, rpcError } from '../core/error-reply.ts';
import type { RuntimeConfig } from '../core/runtime-config.ts';
import { wireHeader } from '../core/wire.ts';
import { takeMark } from './edge-mark.ts';
import { carryThroughExports } from './loopbacks.ts';

export interface Admission {
  readonly strict: boolean;
  /** Prepares an execution context before user code sees it. */
  begin(context: unknown): void;
  /** Takes the edge's mark off the context's props. Without headers the call is one of RPC. */
  throughEdge(context: unknown, headers?: Headers): boolean;
  /** The answer to a request that came past the edge; undefined where it is admitted. */
  refuseFetch(): Response | undefined;
  /** Throws for an RPC call that came past the edge, unless it is admitted. */
  refuseRpc(): void;
}

export function createAdmission({ service, strict = false, unmarked = false, loopbacks }: RuntimeConfig): Admission {
  return {
    strict,
    begin(context) {
      if (loopbacks) carryThroughExports(context, service);
    },
    throughEdge(context, headers) {
      return takeMark(context) || (unmarked && headers?.has(wireHeader.context) === true);
    },
    refuseFetch() {
      return strict ? errorResponse({ code: 'past_edge' }, service, '') : undefined;
    },
    refuseRpc() {
      if (strict) throw rpcError({ code: 'past_edge' });
    },
  };
}
