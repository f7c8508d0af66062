/** Control's side of telemetry: asks all shards at once and joins what they answer. A shard that fails is named, not fatal. */
import { type CallRecord, shardName } from '../../telemetry/batch.ts';
import { mergeCalls, mergeCounts, mergeEdges, mergeMetrics, mergeShadows, mergeTraces } from '../../telemetry/query.ts';
import type {
  EdgeStatusRow,
  MetricRow,
  ShadowRow,
  ShardCounts,
  TelemetryShardApi,
  TraceQuery,
  TraceSummary,
} from '../../telemetry/shard-api.ts';
import type { ShardNamespace } from './telemetry-flush.ts';

/** What the shards that answered know. */
export interface Told<Value> {
  readonly value: Value;
  /** Which shards did not answer and why, in one sentence; `''` where all did. */
  readonly problem: string;
}

export class TelemetryReader {
  /** `shards` is the mesh document's; each question costs that many Durable Object requests. */
  constructor(
    private readonly namespace: ShardNamespace,
    private readonly shards: number,
  ) {}

  async findTraces(query: TraceQuery): Promise<Told<TraceSummary[]>> {
    return this.askAll(
      (shard) => shard.findTraces(query),
      (lists) => mergeTraces(lists, query),
    );
  }

  /** All calls of a trace by start time. A prefix of 8 digits or more will do, and may fit several traces: see `traceId` of the calls. */
  async getTrace(traceId: string): Promise<Told<CallRecord[]>> {
    return this.askAll((shard) => shard.getTrace(traceId), mergeCalls);
  }

  async edges(): Promise<Told<EdgeStatusRow[]>> {
    return this.askAll((shard) => shard.edges(), mergeEdges);
  }

  async metrics(sinceMs: number): Promise<Told<MetricRow[]>> {
    return this.askAll((shard) => shard.metrics(sinceMs), mergeMetrics);
  }

  async shadows(sinceMs: number, service: string | undefined): Promise<Told<ShadowRow[]>> {
    return this.askAll((shard) => shard.shadows(sinceMs, service), mergeShadows);
  }

  async counts(): Promise<Told<ShardCounts>> {
    return this.askAll((shard) => shard.counts(), mergeCounts);
  }

  private async askAll<Answer, Value>(
    ask: (shard: TelemetryShardApi) => Promise<Answer>,
    merge: (answers: readonly Answer[]) => Value,
  ): Promise<Told<Value>> {
    const names = Array.from({ length: this.shards }, (_, index) => shardName(index));
    const settled = await Promise.allSettled(names.map(async (name) => ask(this.shard(name))));
    const answers = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failures = settled.flatMap((one, index) =>
      one.status === 'rejected'
        ? [`${names[index]}: ${one.reason instanceof Error ? one.reason.message : one.reason}`]
        : [],
    );
    const problem =
      failures.length === 0
        ? ''
        : `${failures.length} of ${names.length} shards did not answer (${failures.join('; ')})`;
    return { value: merge(answers), problem };
  }

  private shard(name: string): TelemetryShardApi {
    return this.namespace.get(this.namespace.idFromName(name));
  }
}
