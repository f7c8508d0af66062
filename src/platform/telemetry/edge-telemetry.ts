/** The isolate's telemetry as the data path sees it: a table of open calls and a buffer per shard, flushed when calls end. */
import type { Lifetime } from '../../proxy/call.ts';
import type { Telemetry } from '../../proxy/deps.ts';
import { type CallRecord, type EdgeReport, shardName } from '../../telemetry/batch.ts';
import { createTelemetryState, type TelemetryState } from '../../telemetry/buffer.ts';
import type { IdSource } from '../../telemetry/ids.ts';
import { closeCall, expireCall, inFlight, openCall } from '../../telemetry/open-calls.ts';
import { type FlushTarget, flushAfterCall, type ShardNamespace } from './telemetry-flush.ts';

export interface EdgeTelemetryOptions {
  readonly namespace: ShardNamespace;
  readonly services: readonly string[];
  readonly report: (service: string, inFlight: number) => EdgeReport;
  readonly ids: IdSource;
  readonly now: () => number;
  readonly random: () => number;
}

/** Make it while a call is under way: an isolate's id is random, and module scope may not ask for randomness. */
export function edgeTelemetry(options: EdgeTelemetryOptions): Telemetry {
  const { ids, now } = options;
  const state: TelemetryState = createTelemetryState(ids.spanId());
  const seed = options.random();
  const target: FlushTarget = {
    state,
    namespace: options.namespace,
    now,
    reports: (at) => options.services.map((service) => options.report(service, inFlight(state, service, at))),
  };
  return {
    open: (record, expiresMs) => openCall(state, record, expiresMs),
    expire: (record, expiresMs) => expireCall(state, record, expiresMs),
    close: (record: CallRecord, lifetime: Lifetime) => {
      closeCall(state, record, now());
      flushAfterCall(target, lifetime, record.shard);
    },
    newTraceId: ids.traceId,
    newSpanId: ids.spanId,
    ownShard: (shards) => shardName(Math.floor(seed * shards)),
  };
}
