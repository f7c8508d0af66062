import { describe, expect, test } from 'vitest';
import {
  mergeCounts,
  mergeEdges,
  mergeMetrics,
  mergeTraces,
  statusMatches,
  summariseTrace,
  traceLimit,
} from '../../src/telemetry/query.ts';
import type { EdgeStatusRow, MetricRow } from '../../src/telemetry/shard-api.ts';
import { attemptOf, callOf, traceIdOf } from './records.ts';

describe('limits and statuses', () => {
  test.each([
    [undefined, 20],
    [0, 1],
    [7.9, 7],
    [501, 500],
    [Number.NaN, 20],
  ])('a limit of %s means %s', (limit, means) => {
    expect(traceLimit({ limit })).toBe(means);
  });

  test.each([
    ['500', 500, true],
    ['500', 503, false],
    ['5xx', 503, true],
    ['5XX', 499, false],
    ['abc', 0, false],
  ])('status %s and %i: %s', (wanted, status, matches) => {
    expect(statusMatches(wanted, status)).toBe(matches);
  });
});

describe('the fan-in of many shards', () => {
  const summary = (trace: number, startMs: number, more = {}) =>
    summariseTrace([callOf({ traceId: traceIdOf(trace), startMs, durationMs: 10, ...more })]);

  test('puts lists of traces together, newest first, within the limit', () => {
    const lists = [[summary(1, 30), summary(2, 10)], [], [summary(3, 20)]];
    expect(mergeTraces(lists, { limit: 2 }).map((one) => one.startMs)).toEqual([30, 20]);
  });

  test('joins the halves of a trace that two shards hold', () => {
    const child = summary(1, 35, { service: 'orders', status: 500, hops: 2, attempts: [attemptOf()] });
    const [joined, ...others] = mergeTraces([[child], [summary(1, 30)]]);
    expect(others).toEqual([]);
    expect(joined).toMatchObject({
      startMs: 30,
      durationMs: 15,
      service: 'payment',
      services: ['orders', 'payment'],
      spans: 3,
      errors: 1,
    });
  });

  test('keeps the newest report of each isolate and service', () => {
    const report = (isolate: string, reportedAtMs: number) =>
      ({ isolate, reportedAtMs, service: 'payment' }) as EdgeStatusRow;
    const rows = mergeEdges([[report('a', 1), report('b', 9)], [report('a', 5)]]);
    expect(rows.map((row) => [row.isolate, row.reportedAtMs])).toEqual([
      ['a', 5],
      ['b', 9],
    ]);
  });

  test('adds counts and metrics up', () => {
    const counts = { calls: 1, storedCalls: 2, storedSpans: 3, lostCalls: 4, droppedRecords: 5 };
    expect(mergeCounts([counts, counts])).toEqual({
      calls: 2,
      storedCalls: 4,
      storedSpans: 6,
      lostCalls: 8,
      droppedRecords: 10,
    });
    expect(mergeCounts([])).toEqual({ calls: 0, storedCalls: 0, storedSpans: 0, lostCalls: 0, droppedRecords: 0 });
    const row = { minuteMs: 60_000, service: 'payment', status: 200, count: 1, sumMs: 2, buckets: [0, 1] } as MetricRow;
    const merged = mergeMetrics([
      [row, { ...row, status: 500 }],
      [
        { ...row, buckets: [1] },
        { ...row, minuteMs: 0 },
      ],
    ]);
    expect(merged.map((one) => [one.minuteMs, one.status, one.count, one.sumMs, one.buckets])).toEqual([
      [0, 200, 1, 2, [0, 1]],
      [60_000, 200, 2, 4, [1, 1]],
      [60_000, 500, 1, 2, [0, 1]],
    ]);
  });
});
