import { describe, expect, test } from 'vitest';
import type { BenchResult } from './bench.ts';
import { benchJson, benchTable } from './report.ts';

const rounds = [
  { direct: 50, pass: 90, twin: 91, edge: 130, meshed: 170 },
  { direct: 50, pass: 100, twin: 99, edge: 150, meshed: 200 },
  { direct: 50, pass: 110, twin: 112, edge: 200, meshed: 260 },
];
const rpcRounds = [{ direct: 30, pass: 60, twin: 61, edge: 75, meshed: 90 }];
const latencyRounds = rounds.map(({ meshed: _, ...round }) => round);

const identityRounds = [1.2, 1.1, 1.3].map((share) => ({
  direct: 50,
  pass: 90,
  'mesh-open': 150,
  'mesh-known': 50 + 100 * share,
  'public-open': 250,
  'public-known': 50 + 200 * share,
}));

const result: BenchResult = {
  pinned: true,
  cpu: { rounds, noisy: false },
  rpcCpu: { rounds: rpcRounds, noisy: true },
  latency: { rounds: latencyRounds, noisy: false },
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
  routes: [
    { shape: 'host', matchNanos: [40.2, 41, 42, 60.3], compileMs: 99.6, textBytes: 800_000, bytesPerRoute: 512.4 },
    { shape: 'header', matchNanos: [50, 51, 52, 55], compileMs: 120, textBytes: 900_000, bytesPerRoute: 600 },
  ],
  identity: { rounds: identityRounds, noisy: false },
};

describe('the report of the benchmark', () => {
  test('JSON has the ratio of the additions, not of the totals, and operations per 1,000 calls', () => {
    expect(benchJson(result)).toEqual({
      addedCpuRatio: 2,
      addedCpuMicros: { passThrough: 50, edge: 100 },
      rpcAddedCpuRatio: 1.5,
      rpcAddedCpuMicros: { passThrough: 30, edge: 45 },
      meshedAddedCpuRatio: 3,
      meshedAddedCpuMicros: { passThrough: 50, meshed: 150 },
      rpcMeshedAddedCpuRatio: 2,
      rpcMeshedAddedCpuMicros: { passThrough: 30, meshed: 60 },
      addedLatencyRatio: 2,
      noisy: false,
      rpcNoisy: true,
      kvReadsPer1000: { '1': 50, '10': 5, '50': 1 },
      durableObjectRequestsPer1000: { '1': 1000, '10': 100, '50': 20 },
      bundleGzipBytes: 45_000,
      startupMs: 17.4,
      routes: {
        counts: [10, 100, 1_000, 10_000],
        worstRatio: 1.5,
        worstCompileMs: 120,
        shapes: {
          host: { matchNanos: [40, 41, 42, 60], ratio: 1.5, compileMs: 100, textBytes: 800_000, bytesPerRoute: 512 },
          header: { matchNanos: [50, 51, 52, 55], ratio: 1.1, compileMs: 120, textBytes: 900_000, bytesPerRoute: 600 },
        },
      },
      identity: {
        addedCpuRatio: {
          mesh: { median: 1.2, min: 1.1, max: 1.3 },
          public: { median: 1.2, min: 1.1, max: 1.3 },
        },
        noisy: false,
      },
    });
  });

  test('what many routes cost has a line for each shape', () => {
    expect(benchTable(result)).toMatch(/host +40 +41 +42 +60 +1\.50 +100 ms +512 bytes/);
  });

  test('what identity costs is a multiple of what the edge without it adds, at each door', () => {
    expect(benchTable(result)).toMatch(
      /mesh door +ratio 1\.20 \(1\.10\.\.1\.30\) +\+100\.0 us without, \+120\.0 us with/,
    );
  });

  test('noise in what is reported shows', () => {
    expect(benchJson({ ...result, latency: { rounds: latencyRounds, noisy: true } }).noisy).toBe(true);
    expect(benchTable(result)).toMatch(/CPU per call, RPC;.*NOISY/);
  });

  test('the table has absolute microseconds and the spread beside each ratio', () => {
    expect(benchTable(result)).toContain('edge     +100.0 (80.0..150.0) us   ratio 2.00 (2.00..2.50)');
    expect(benchTable(result)).toContain('meshed   +150.0 (120.0..210.0) us   ratio 3.00 (3.00..3.50)');
  });
});
