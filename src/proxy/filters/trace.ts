/**
 * Takes up the trace that the caller is in, or begins one. The sampling decision of a journey that begins here is made in
 * `snapshot`, which knows the mesh document; whether a record is stored is decided when the call has ended.
 */
import { parseTraceparent, readShard } from '../../core/context/trace-context.ts';
import { shardIndex } from '../../telemetry/batch.ts';
import type { Filter } from '../call.ts';
import type { Deps } from '../deps.ts';

/** For every call; a `traceparent` that cannot be read begins a trace, and refuses nothing. */
export function trace(deps: Deps): Filter {
  return (call, next) => {
    const { record } = call;
    const parent = parseTraceparent(call.traceparent);
    if (parent === undefined) {
      record.traceId = deps.telemetry.newTraceId();
    } else {
      record.traceId = parent.traceId;
      record.parentSpanId = parent.spanId;
      record.sampled = parent.sampled;
    }
    record.spanId = deps.telemetry.newSpanId();
    // A shard is a name of our own, so only the mesh door's callers may say one.
    if (call.door === 'mesh') record.shard = knownShard(readShard(call.tracestate));
    return next(call);
  };
}

/** Whatever else stands there is ignored: a made-up name must not make a Durable Object. */
function knownShard(name: string | undefined): string {
  return name !== undefined && shardIndex(name) !== undefined ? name : '';
}
