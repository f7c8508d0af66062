import { describe, expect, test } from 'vitest';
import type { Batch, CallRecord } from '../../src/telemetry/batch.ts';
import { piecesOf } from '../../src/telemetry/block.ts';
import { beginFlush, createTelemetryState, recordCall } from '../../src/telemetry/buffer.ts';
import { closeCall, inFlight, openCall } from '../../src/telemetry/open-calls.ts';
import { callConditions, summariseTrace } from '../../src/telemetry/query.ts';
import { readBatch } from '../../src/telemetry/read-batch.ts';
import { assembleTrace, isComplete } from '../../src/telemetry/trace.ts';
import { renderWaterfall } from '../../src/telemetry/waterfall.ts';
import { attemptOf, callOf, nextSpanId } from './records.ts';

const call = callOf({ service: 'payment', startMs: 1_000, durationMs: 20, attempts: [attemptOf({ startMs: 1_001 })] });

function copyOf(more: Partial<CallRecord> = {}): CallRecord {
  const spanId = nextSpanId();
  const { startMs = 1_020, durationMs = 400, outcome = 'response', status = 200 } = more;
  const attempt = attemptOf({ spanId, version: 'v2', endpoint: 'payment-v2', startMs, durationMs, outcome, status });
  const own = { spanId, parentSpanId: call.spanId, mirror: true, version: 'v2', startMs, durationMs };
  return callOf({ ...call, ...own, ...more, attempts: [attempt] });
}

function batchOf(records: readonly CallRecord[]): Batch | undefined {
  const state = createTelemetryState('isolate');
  for (const record of records) recordCall(state, record, 2_000);
  const flush = beginFlush(state, 'shard-0', 3_000, []);
  if (flush === undefined) return undefined;
  const read = readBatch(flush.json);
  if (!read.ok) throw new Error(read.problem);
  return read.batch;
}

describe("a mirror's copy", () => {
  test('is stored, and counted nowhere', () => {
    const batch = batchOf([call, copyOf({ status: 503 })]);
    expect(batch).toMatchObject({ calls: 1, batchCalls: 1, metrics: [{ version: 'v1', count: 1 }] });
    expect(batch?.records).toHaveLength(2);
  });
  test('is stored alone where its call went before', () => {
    expect(batchOf([copyOf()])).toMatchObject({ calls: 0, batchCalls: 0, metrics: [], records: [{ mirror: true }] });
  });
  test('is not stored where its journey is not sampled, even if it failed', () => {
    expect(batchOf([copyOf({ sampled: false, outcome: 'upstream_failed', status: 0 })])).toBeUndefined();
  });
  test('is no call under way', () => {
    const state = createTelemetryState('isolate');
    const copy = copyOf();
    openCall(state, copy, 9_000);
    expect(inFlight(state, 'payment', 2_000)).toBe(0);
    expect(closeCall(state, copy, 2_000)).toBe(true);
  });
  test('is a span beside the attempts of its call, with what it caused below it', () => {
    const copy = copyOf();
    const caused = callOf({ parentSpanId: copy.spanId, service: 'bank', hops: 2, startMs: 1_030 });
    const trace = assembleTrace([copy, caused, call]);
    expect(trace.spans.map(({ kind, name, depth, attempt }) => [kind, name, depth, attempt])).toEqual([
      ['server', 'POST /charge', 0, 0],
      ['client', 'payment', 1, 1],
      ['client', 'payment-v2', 1, 0],
      ['server', 'POST /charge', 2, 0],
    ]);
    expect(isComplete(trace)).toBe(true);
  });
  test('does not make its trace longer, and is an invocation where it reached a Worker', () => {
    const [bare, mirrored] = [assembleTrace([call]), assembleTrace([call, copyOf(), copyOf({ outcome: 'not_sent' })])];
    expect(mirrored.durationMs).toBe(bare.durationMs);
    expect(mirrored.invocations).toBe(bare.invocations + 1);
  });
  test('is shown as what it is, and why it was not sent', () => {
    const reason = 'not mirrored: its body is longer than 65536 bytes';
    const text = renderWaterfall(
      assembleTrace([call, copyOf(), copyOf({ outcome: 'not_sent', status: 0, reason })]),
      120,
    );
    expect(text).toMatch(/-> mirror v2 payment-v2 .* 400 ms {2}200/);
    expect(text).toMatch(/-> mirror v2 payment-v2 .*not_sent\n {4}not mirrored: its body/);
  });
  test('is a span of the summary, and no error of it', () => {
    const failed = copyOf({ outcome: 'upstream_failed', status: 0 });
    expect(summariseTrace([failed, call])).toMatchObject({ spans: 3, errors: 0, durationMs: 20, status: 200 });
    expect(summariseTrace([failed])).toMatchObject({ spans: 1, errors: 0 });
  });
  test('is nothing that traces are found by', () => {
    const failed = copyOf({ outcome: 'upstream_failed', status: 503, durationMs: 9_000 });
    for (const query of [{ outcome: 'upstream_failed' as const }, { status: '5xx' }, { minDurationMs: 5_000 }])
      expect(callConditions(query).every((holds) => holds(failed))).toBe(false);
    const [piece] = piecesOf('{}', { records: [call, failed] } as unknown as Batch);
    expect(piece?.summary).toMatchObject({
      calls: 1,
      spans: 3,
      statuses: ',200,',
      outcomes: ',response,',
      longestMs: 20,
    });
  });
});
