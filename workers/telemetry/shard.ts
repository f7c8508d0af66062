/** A telemetry shard: stores the batches of edges and answers control's questions. All that it knows lies in SQLite. */
import { DurableObject } from 'cloudflare:workers';
import { type Batch, type CallRecord, malformedBatch } from '../../src/telemetry/batch.ts';
import { piecesOf, traceKeyLength } from '../../src/telemetry/block.ts';
import { readBatch } from '../../src/telemetry/read-batch.ts';
import type {
  EdgeStatusRow,
  MetricRow,
  ShadowRow,
  ShardCounts,
  TelemetryShardApi,
  TraceQuery,
  TraceSummary,
} from '../../src/telemetry/shard-api.ts';
import { BlockStore } from './block-store.ts';
import { IsolateStore } from './isolate-store.ts';
import { MetricStore } from './metric-store.ts';
import { migrate } from './schema.ts';
import { findTraces } from './trace-finder.ts';

export interface TelemetryEnv {
  /** Hours for which calls and metrics are kept; 24 unless said. */
  readonly RETENTION_HOURS?: number;
  /** Calls that one shard holds at most; 200,000 unless said. */
  readonly MAX_CALLS?: number;
  /** Hours for which a silent isolate's sequences are remembered; 168 unless said. Forgotten too soon, its next batch would look like a gap. */
  readonly ISOLATE_HOURS?: number;
}

const hourMs = 3_600_000;

export class TelemetryShard extends DurableObject<TelemetryEnv> implements TelemetryShardApi {
  private readonly blocks: BlockStore;
  private readonly isolates: IsolateStore;
  private readonly metricRows: MetricStore;
  private alarmSet = false;

  constructor(ctx: DurableObjectState, env: TelemetryEnv) {
    super(ctx, env);
    migrate(ctx.storage);
    this.blocks = new BlockStore(ctx.storage.sql);
    this.isolates = new IsolateStore(ctx.storage.sql);
    this.metricRows = new MetricStore(ctx.storage.sql);
    ctx.blockConcurrencyWhile(async () => {
      this.alarmSet = (await ctx.storage.getAlarm()) !== null;
    });
  }

  async ingest(json: string): Promise<void> {
    const read = readBatch(json);
    if (!read.ok) throw new Error(`${malformedBatch}${read.problem}`);
    this.ctx.storage.transactionSync(() => this.store(json, read.batch));
    if (!this.alarmSet) await this.setAlarm();
  }

  async findTraces(query: TraceQuery): Promise<TraceSummary[]> {
    return findTraces(this.blocks, query);
  }

  async getTrace(traceId: string): Promise<CallRecord[]> {
    if (!/^[0-9a-f]+$/.test(traceId) || traceId.length < traceKeyLength) return [];
    return this.blocks
      .withTraces([traceId])
      .flatMap((id) => this.blocks.open(id).filter((call) => call.traceId.startsWith(traceId)))
      .sort((a, b) => a.startMs - b.startMs);
  }

  async edges(): Promise<EdgeStatusRow[]> {
    return this.isolates.reports(Date.now() - this.retentionMs());
  }

  async metrics(sinceMs: number): Promise<MetricRow[]> {
    return this.metricRows.since(sinceMs);
  }

  async shadows(sinceMs: number, service: string | undefined): Promise<ShadowRow[]> {
    return this.metricRows.shadowsSince(sinceMs, service);
  }

  async counts(): Promise<ShardCounts> {
    const stored = this.blocks.totals();
    return { ...this.isolates.counts(), storedCalls: stored.calls, storedSpans: stored.spans };
  }

  override async alarm(): Promise<void> {
    const now = Date.now();
    this.blocks.removeOpenedBefore(now - this.retentionMs());
    this.metricRows.removeBefore(now - this.retentionMs());
    this.isolates.removeSilentSince(now - Number(this.env.ISOLATE_HOURS ?? 168) * hourMs);
    this.alarmSet = false;
    if (!this.isEmpty()) await this.setAlarm();
  }

  private isEmpty(): boolean {
    return this.blocks.totals().calls === 0 && this.isolates.isEmpty() && this.metricRows.isEmpty();
  }

  private store(json: string, batch: Batch): void {
    const now = Date.now();
    if (!this.isolates.enter(batch, now)) return;
    let opened = false;
    for (const piece of piecesOf(json, batch)) opened = this.blocks.add(piece, now) || opened;
    this.metricRows.add(batch.sentAtMs, batch.metrics);
    if (opened) this.blocks.keepAtMost(Number(this.env.MAX_CALLS ?? 200_000));
  }

  /** Retention is looked at once an hour, or more often where it is short. */
  private async setAlarm(): Promise<void> {
    this.alarmSet = true;
    await this.ctx.storage.setAlarm(Date.now() + Math.min(hourMs, Math.max(1000, this.retentionMs() / 24)));
  }

  private retentionMs(): number {
    return Number(this.env.RETENTION_HOURS ?? 24) * hourMs;
  }
}
