import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallRecord, MetricDelta } from '../../src/telemetry/batch.ts';
import type { EdgeStatusRow, MetricRow, ShardCounts, TraceSummary } from '../../src/telemetry/shard-api.ts';
import { attemptOf, batchOf, callOf, traceIdOf } from './records.ts';
import { type Driver, startDriver } from './shard-driver.ts';

let driver: Driver;
beforeAll(async () => {
  driver = await startDriver();
});
afterAll(async () => {
  await driver.stop();
});

const ingest = (shard: string, batch: unknown) => driver.shard(shard, 'ingest', JSON.stringify(batch));
const counts = (shard: string) => driver.shard<ShardCounts>(shard, 'counts');
const find = (shard: string, query: unknown) => driver.shard<TraceSummary[]>(shard, 'findTraces', query);

describe('a shard takes up batches', () => {
  test('what was ingested is found by trace id, as it was, by start time', async () => {
    const second = callOf({ startMs: 2_000, attempts: [attemptOf(), attemptOf({ status: 503 })] });
    const first = callOf({ startMs: 1_000 });
    const other = callOf({ traceId: traceIdOf(2) });
    await ingest('a', batchOf(1, [second, other, first]));
    expect(await driver.shard('a', 'getTrace', first.traceId)).toEqual([first, second]);
    expect(await driver.shard('a', 'getTrace', first.traceId.slice(0, 12))).toEqual([first, second]);
    expect(await driver.shard('a', 'getTrace', 'f'.repeat(32))).toEqual([]);
    expect(await driver.shard('a', 'getTrace', '%')).toEqual([]);
    expect(await counts('a')).toEqual({ calls: 3, storedCalls: 3, storedSpans: 5, lostCalls: 0, droppedRecords: 0 });
  });

  test('a sequence that it has is ignored, whatever comes with it', async () => {
    const batch = batchOf(1, [callOf()], { dropped: 2, metrics: [metricOf({ count: 1 })] });
    await ingest('b', batch);
    await ingest('b', batch);
    await ingest('b', { ...batch, records: [callOf(), callOf()], batchCalls: 2, calls: 2 });
    expect(await counts('b')).toMatchObject({ calls: 1, storedCalls: 1, lostCalls: 0, droppedRecords: 2 });
    expect(await driver.shard<MetricRow[]>('b', 'metrics', 0)).toHaveLength(1);
    expect((await driver.shard<MetricRow[]>('b', 'metrics', 0))[0]?.count).toBe(1);
  });

  test('a gap is counted as lost, and no longer when the missing batch comes late', async () => {
    await ingest('c', batchOf(1, [callOf()], { calls: 1 }));
    await ingest('c', batchOf(3, [callOf()], { calls: 6 }));
    expect(await counts('c')).toMatchObject({ calls: 6, storedCalls: 2, lostCalls: 4 });
    const late = batchOf(2, [callOf(), callOf(), callOf(), callOf()], { calls: 5 });
    await ingest('c', late);
    await ingest('c', late);
    expect(await counts('c')).toMatchObject({ calls: 6, storedCalls: 6, lostCalls: 0 });
  });

  test('a malformed batch is refused with its place, and nothing of it is stored', async () => {
    const bad = batchOf(1, [callOf(), { ...callOf(), startMs: 'soon' as unknown as number }]);
    await expect(ingest('d', bad)).rejects.toThrow('malformed batch: records[1].startMs: expected a number');
    await expect(driver.shard('d', 'ingest', '{"isolate":')).rejects.toThrow('malformed batch: expected JSON');
    expect(await counts('d')).toMatchObject({ calls: 0, storedCalls: 0 });
    await ingest('d', batchOf(1, [callOf()]));
    expect(await counts('d')).toMatchObject({ calls: 1, storedCalls: 1 });
  });

  test('a batch too large for one row is stored in several', async () => {
    const long = (index: number) =>
      callOf({ traceId: traceIdOf(index), path: `/${'é'.repeat(2_000)}`, reason: 'ß'.repeat(1_000) });
    const records = Array.from({ length: 600 }, (_, index) => long(index));
    await ingest('e', batchOf(1, records));
    expect(await counts('e')).toMatchObject({ calls: 600, storedCalls: 600 });
    expect(await driver.shard('e', 'getTrace', traceIdOf(599))).toEqual([records[599]]);
    expect(await find('e', { limit: 500 })).toHaveLength(500);
  });

  test('edge reports: the newest per isolate and service, but not from a batch that comes late', async () => {
    const report = (revision: string, service = 'payment') => ({
      service,
      revision,
      source: 'kv',
      readAtMs: 5,
      stale: false,
      problem: '',
      inFlight: 0,
    });
    const send = (sequence: number, edges: unknown[], isolate = 'isolate-1') =>
      ingest('f', { ...batchOf(sequence, []), isolate, edges });
    await send(1, [report('one'), report('one', 'orders')]);
    await send(3, [report('three')]);
    await send(2, [report('two')]);
    await send(1, [report('one')], 'isolate-2');
    const rows = await driver.shard<EdgeStatusRow[]>('f', 'edges');
    expect(rows.map((row) => `${row.isolate} ${row.service} ${row.revision}`).sort()).toEqual([
      'isolate-1 orders one',
      'isolate-1 payment three',
      'isolate-2 payment one',
    ]);
    expect(rows.every((row) => Math.abs(row.reportedAtMs - Date.now()) < 60_000)).toBe(true);
  });

  test('metric deltas add up per minute and labels', async () => {
    const minute = 28_000_000 * 60_000;
    const send = (sequence: number, sentAtMs: number, metrics: unknown[]) =>
      ingest('g', { ...batchOf(sequence, []), sentAtMs, metrics });
    await send(1, minute + 1_000, [metricOf({ count: 3, sumMs: 4.5, buckets: [3] }), metricOf({ status: 500 })]);
    await send(2, minute + 59_999, [metricOf({ count: 2, sumMs: 700, buckets: [0, 0, 0, 0, 0, 0, 0, 0, 1, 1] })]);
    await send(3, minute + 60_000, [metricOf({})]);
    const rows = await driver.shard<MetricRow[]>('g', 'metrics', minute);
    expect(rows).toHaveLength(3);
    expect(rows.find((row) => row.minuteMs === minute && row.status === 200)).toEqual({
      ...metricOf({ count: 5, sumMs: 704.5, buckets: [3, 0, 0, 0, 0, 0, 0, 0, 1, 1] }),
      minuteMs: minute,
    });
    expect(await driver.shard<MetricRow[]>('g', 'metrics', minute + 60_000)).toHaveLength(1);
  });
});

describe('a search', () => {
  /** Trace n has a root in `storefront` that began at n seconds, and a call to a service of its own under it. */
  const trace = (number: number, root: Partial<CallRecord>, child: Partial<CallRecord>): CallRecord[] => {
    const traceId = traceIdOf(100 + number);
    const startMs = 5_000_000 + number * 1_000;
    const above = callOf({ traceId, startMs, service: 'storefront', method: 'GET', path: `/${number}`, ...root });
    return [above, callOf({ traceId, startMs: startMs + 5, hops: 2, parentSpanId: above.spanId, ...child })];
  };
  const all = [
    trace(1, {}, { service: 'orders' }),
    trace(2, { status: 502 }, { status: 503, durationMs: 900 }),
    trace(3, { outcome: 'cancelled', status: 0, durationMs: 3_000 }, { outcome: 'cancelled', status: 0 }),
    trace(4, { status: 403, outcome: 'access_denied', attempts: [attemptOf()] }, { service: 'shipping' }),
  ];
  beforeAll(async () => {
    // One batch for each half of the traces, and so more than one place to look for most.
    await ingest(
      'search',
      batchOf(
        1,
        all.map((calls) => calls[1] as CallRecord),
      ),
    );
    await ingest(
      'search',
      batchOf(
        2,
        all.map((calls) => calls[0] as CallRecord),
        { calls: 8 },
      ),
    );
  });
  const rows: { name: string; query: object; traces: number[] }[] = [
    { name: 'without conditions gives all, newest first', query: {}, traces: [4, 3, 2, 1] },
    { name: 'is limited', query: { limit: 2 }, traces: [4, 3] },
    { name: 'by service', query: { service: 'payment' }, traces: [3, 2] },
    { name: 'by a service that is part of another name finds nothing', query: { service: 'pay' }, traces: [] },
    { name: 'by status', query: { status: '503' }, traces: [2] },
    { name: 'by class of status', query: { status: '5xx' }, traces: [2] },
    { name: 'by outcome', query: { outcome: 'cancelled' }, traces: [3] },
    { name: 'by duration of the longest call', query: { minDurationMs: 900 }, traces: [3, 2] },
    { name: 'by beginning', query: { sinceMs: 5_003_000 }, traces: [4, 3] },
    { name: 'by conditions that different calls meet', query: { service: 'shipping', status: '4xx' }, traces: [4] },
    { name: 'by conditions that no trace meets together', query: { service: 'orders', status: '5xx' }, traces: [] },
    { name: 'by a text that is SQL finds nothing', query: { service: "' OR 1=1 --" }, traces: [] },
  ];
  test.each(rows)('$name', async ({ query, traces }) => {
    expect((await find('search', query)).map((summary) => summary.traceId)).toEqual(
      traces.map((number) => traceIdOf(100 + number)),
    );
  });

  test('summarises the root and all of the trace', async () => {
    expect((await find('search', { outcome: 'access_denied' }))[0]).toEqual({
      traceId: traceIdOf(104),
      startMs: 5_004_000,
      durationMs: 17,
      service: 'storefront',
      method: 'GET',
      path: '/4',
      status: 403,
      outcome: 'access_denied',
      spans: 3,
      services: ['shipping', 'storefront'],
      errors: 1,
    });
  });
});

describe('a shard over time', () => {
  test('10,000 calls in batches of 1 to 256 are all stored, found and survive a restart', async () => {
    const sizes = [1, 50, 256, 7, 100];
    let stored = 0;
    for (let sequence = 1; stored < 10_000; sequence++) {
      const size = Math.min(sizes[sequence % sizes.length] as number, 10_000 - stored);
      const records = Array.from({ length: size }, (_, index) =>
        callOf({
          traceId: traceIdOf((stored + index) >> 2),
          startMs: 1_000_000 + stored + index,
          attempts: [attemptOf()],
        }),
      );
      stored += size;
      await ingest('many', batchOf(sequence, records, { calls: stored }));
    }
    const expected = { calls: 10_000, storedCalls: 10_000, storedSpans: 20_000, lostCalls: 0, droppedRecords: 0 };
    expect(await counts('many')).toEqual(expected);
    expect(await driver.shard('many', 'getTrace', traceIdOf(1234))).toHaveLength(4);
    const newest = await find('many', { limit: 500 });
    expect(newest.map((summary) => summary.traceId)).toEqual(
      Array.from({ length: 500 }, (_, index) => traceIdOf(2499 - index)),
    );
    expect(newest.every((summary) => summary.spans === 8)).toBe(true);

    await driver.restart();
    expect(await counts('many')).toEqual(expected);
    expect(await driver.shard('many', 'getTrace', traceIdOf(0))).toHaveLength(4);
    await ingest('many', batchOf(1, [callOf()]));
    expect(await counts('many')).toEqual(expected);
  });

  test('the cap lets the oldest calls go', async () => {
    const capped = await startDriver({ MAX_CALLS: 250 });
    try {
      for (let sequence = 1; sequence <= 10; sequence++) {
        const records = Array.from({ length: 70 }, () => callOf({ traceId: traceIdOf(sequence) }));
        await capped.shard('a', 'ingest', JSON.stringify(batchOf(sequence, records, { calls: sequence * 70 })));
      }
      expect(await capped.shard('a', 'counts')).toMatchObject({ calls: 700, storedCalls: 210, lostCalls: 0 });
      expect(await capped.shard('a', 'getTrace', traceIdOf(10))).toHaveLength(70);
      expect(await capped.shard('a', 'getTrace', traceIdOf(7))).toHaveLength(0);
    } finally {
      await capped.stop();
    }
  });

  test('the alarm lets go what is older than the retention, and then the isolates', async () => {
    const secondsInHours = 1 / 3600;
    const short = await startDriver({ RETENTION_HOURS: 2 * secondsInHours, ISOLATE_HOURS: 4 * secondsInHours });
    try {
      const batch = batchOf(1, [callOf()], { metrics: [metricOf({})], sentAtMs: Date.now() });
      await short.shard('a', 'ingest', JSON.stringify(batch));
      expect(await short.shard('a', 'counts')).toMatchObject({ calls: 1, storedCalls: 1 });
      await expect
        .poll(async () => await short.shard<ShardCounts>('a', 'counts'), { timeout: 20_000, interval: 100 })
        .toMatchObject({ calls: 1, storedCalls: 0 });
      expect(await short.shard('a', 'edges')).toEqual([]);
      await expect
        .poll(async () => await short.shard<ShardCounts>('a', 'counts'), { timeout: 20_000, interval: 100 })
        .toMatchObject({ calls: 0, storedCalls: 0 });
    } finally {
      await short.stop();
    }
  });
});

describe('control asks all shards', () => {
  test('answers are joined', async () => {
    await ingest('shard-0', batchOf(1, [callOf({ traceId: traceIdOf(900), startMs: 1_000 })]));
    await ingest('shard-1', batchOf(1, [callOf({ traceId: traceIdOf(901), startMs: 2_000 })]));
    await ingest('shard-2', batchOf(1, [callOf({ traceId: traceIdOf(900), startMs: 1_500 })]));
    const found = await driver.reader<{ value: TraceSummary[]; problem: string }>(3, 'findTraces', {});
    expect(found.problem).toBe('');
    expect(found.value.map((summary) => [summary.traceId, summary.spans])).toEqual([
      [traceIdOf(901), 1],
      [traceIdOf(900), 2],
    ]);
    expect((await driver.reader<{ value: CallRecord[] }>(3, 'getTrace', traceIdOf(900))).value).toHaveLength(2);
    expect(await driver.reader(3, 'counts')).toMatchObject({ value: { calls: 3, storedCalls: 3 }, problem: '' });
  });

  test('a shard that fails is named, and the others still answer', async () => {
    await driver.shard('shard-1', 'behave', 0, true);
    expect(await driver.reader(3, 'counts')).toEqual({
      value: { calls: 2, storedCalls: 2, storedSpans: 2, lostCalls: 0, droppedRecords: 0 },
      problem: '1 of 3 shards did not answer (shard-1: out of reach)',
    });
  });
});

function metricOf(more: Partial<MetricDelta>): MetricDelta {
  return {
    service: 'payment',
    version: 'v1',
    route: 'default',
    caller: 'orders',
    kind: 'fetch',
    status: 200,
    outcome: 'response',
    count: 1,
    sumMs: 2,
    buckets: [0, 1],
    ...more,
  };
}
