/**
 * Sends an isolate's batches to their shards. The stub is made for each flush and nothing of a flush outlives its invocation: what
 * is under way is a start time in the buffer, so a cancelled owner only means that the batch is sent again.
 */
import type { EdgeReport } from '../../telemetry/batch.ts';
import { malformedBatch } from '../../telemetry/batch.ts';
import {
  beginFlush,
  claimAgeTimer,
  dueShards,
  endFlush,
  shardOf,
  type TelemetryState,
} from '../../telemetry/buffer.ts';
import { sweep, sweepIfDue } from '../../telemetry/open-calls.ts';
import type { TelemetryShardApi } from '../../telemetry/shard-api.ts';

/**
 * The namespace of the shards, as far as the mesh uses it. Any namespace of a class with that surface fits, whatever else the class
 * has; `DurableObjectNamespace<TelemetryShardApi>` would fit no class but one with exactly that surface.
 */
export interface ShardNamespace {
  idFromName(name: string): DurableObjectId;
  get(id: DurableObjectId): TelemetryShardApi;
}

/** All that flushing needs; plain data, functions and a binding, so it may live in module scope. */
export interface FlushTarget {
  readonly state: TelemetryState;
  readonly namespace: ShardNamespace;
  /** What the edge says about its documents, asked for once per batch. */
  readonly reports: (now: number) => readonly EdgeReport[];
  readonly now: () => number;
}

interface Lifetime {
  waitUntil(work: Promise<unknown>): void;
}

/** Batches that one flush may send one after the other, where a shard was out of reach and much has gathered. */
const batchesPerFlush = 4;

/** Sends what is pending for one shard, and never rejects: a failure is counted in the state and the batch is sent again later. */
export async function flush(target: FlushTarget, shard: string): Promise<void> {
  const { state, now } = target;
  sweep(state, now());
  for (let sent = 0; sent < batchesPerFlush; sent++) {
    const batch = beginFlush(state, shard, now(), target.reports(now()));
    if (batch === undefined) return;
    try {
      await target.namespace.get(target.namespace.idFromName(shard)).ingest(batch.json);
    } catch (error) {
      const refused = error instanceof Error && error.message.startsWith(malformedBatch);
      endFlush(state, shard, batch.sequence, refused ? 'refused' : 'failed', now());
      return;
    }
    endFlush(state, shard, batch.sequence, 'stored', now());
    if (!dueShards(state, now()).includes(shard)) return;
  }
}

/**
 * To be called when a call has ended, never while one is under way: as long as an invocation has work under `waitUntil`, workerd lets
 * a callee that it abandoned run on. Flushes what is due, and lets the call that opened a batch wait until that is over age.
 * `recordShard` is what the call's record says.
 */
export function flushAfterCall(target: FlushTarget, lifetime: Lifetime, recordShard: string): void {
  const { state } = target;
  const shard = shardOf(recordShard);
  const now = target.now();
  sweepIfDue(state, now);
  for (const due of dueShards(state, now)) lifetime.waitUntil(flush(target, due));
  const waitMs = claimAgeTimer(state, shard, now);
  if (waitMs !== undefined) lifetime.waitUntil(scheduler.wait(waitMs).then(() => flush(target, shard)));
}
