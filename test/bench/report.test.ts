import { describe, expect, test } from 'vitest';
import type { BenchResult } from './bench.ts';
import { benchJson, benchTable } from './report.ts';

const rounds = [
  { direct: 50, pass: 90, twin: 91, edge: 130 },
  { direct: 50, pass: 100, twin: 99, edge: 150 },
  { direct: 50, pass: 110, twin: 112, edge: 200 },
];

const result: BenchResult = {
  pinned: true,
  cpu: { rounds, noisy: false },
  rpcCpu: { rounds, noisy: true },
  latency: { rounds, noisy: false },
  ingredients: [],
  operationSeconds: 60,
  operations: [
    { rate: 1, calls: 60, kvReads: 3, durableObjectRequests: 60 },
    { rate: 10, calls: 600, kvReads: 3, durableObjectRequests: 60 },
    { rate: 50, calls: 3000, kvReads: 3, durableObjectRequests: 60 },
  ],
  bundleBytes: 120_000,
  bundleGzipBytes: 45_000,
  startupMs: 17.44,
};

describe('the report of the benchmark', () => {
  test('JSON has the ratio of the additions, not of the totals, and operations per 1,000 calls', () => {
    expect(benchJson(result)).toEqual({
      addedCpuRatio: 2,
      addedCpuMicros: { passThrough: 50, edge: 100 },
      addedLatencyRatio: 2,
      noisy: false,
      kvReadsPer1000: { '1': 50, '10': 5, '50': 1 },
      durableObjectRequestsPer1000: { '1': 1000, '10': 100, '50': 20 },
      bundleGzipBytes: 45_000,
      startupMs: 17.4,
    });
  });

  test('noise in what is reported shows', () => {
    expect(benchJson({ ...result, latency: { rounds, noisy: true } }).noisy).toBe(true);
    expect(benchTable(result)).toMatch(/CPU per call, RPC;.*NOISY/);
  });

  test('the table has absolute microseconds and the spread beside each ratio', () => {
    expect(benchTable(result)).toContain('edge     +100.0 (80.0..150.0) us   ratio 2.00 (2.00..2.50)');
  });
});
