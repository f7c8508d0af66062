/** The context of the invocation under way: what an incoming call brought, for the outgoing calls that it causes. */
import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type CarriedContext,
  formatMeshContext,
  type JourneyBegin,
  parseMeshContext,
  parseRpcContext,
} from '../core/context/mesh-context.ts';
import { formatTraceparent } from '../core/context/trace-context.ts';
import { wireHeader } from '../core/wire.ts';

const store = new AsyncLocalStorage<CarriedContext>();

/** The context of the invocation under way, if an incoming call of the mesh or a handler of ours began it. */
export function currentContext(): CarriedContext | undefined {
  return store.getStore();
}

type Around = <Result>(work: () => Result) => Result;
let around: Around | undefined;

/** Lets `outer` run the work of each invocation, within its context: to see how it ends, or to put something in its place for so long. */
export function surroundWork(outer: Around): void {
  const inner = around;
  around = inner === undefined ? outer : (work) => outer(() => inner(work));
}

export function runWith<Result>(context: CarriedContext, work: () => Result): Result {
  const run = around;
  return store.run(context, run === undefined ? work : () => run(work));
}

/** The context that a request of the mesh brings. */
export function contextOfRequest(headers: Headers): CarriedContext {
  return {
    traceparent: headers.get(wireHeader.traceparent) ?? '',
    tracestate: headers.get(wireHeader.tracestate) ?? '',
    baggage: headers.get(wireHeader.baggage) ?? '',
    context: headers.get(wireHeader.context) ?? '',
  };
}

/** The context that the reserved RPC method brings. */
export function contextOfRpc(text: unknown): CarriedContext {
  return parseRpcContext(text);
}

/**
 * The context of a journey that begins in this Worker, so that all its calls belong together. Whether it is sampled is decided by the
 * first edge, from the trace id alone, since only edges know the mesh's rate.
 */
export function newTrace(began: JourneyBegin): CarriedContext {
  const id = crypto.getRandomValues(new Uint8Array(24));
  const hex = Array.from(id, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const traceparent = formatTraceparent({ traceId: hex.slice(0, 32), spanId: hex.slice(32), sampled: true });
  return { traceparent, tracestate: '', baggage: '', context: formatMeshContext({ hops: 0, began }) };
}

/** What goes out with a call of `service`: the current context, or, where there is none, only the caller, and the edge begins the trace. */
export function outgoingContext(service: string): CarriedContext {
  const current = store.getStore();
  if (current === undefined)
    return { traceparent: '', tracestate: '', baggage: '', context: formatMeshContext({ hops: 0, caller: service }) };
  return { ...current, context: formatMeshContext({ ...parseMeshContext(current.context), caller: service }) };
}
