import { describe, expect, test } from 'vitest';
import { readBatch } from '../../src/telemetry/read-batch.ts';
import { attemptOf, batchOf, callOf } from './records.ts';

const metric = {
  service: 'payment',
  version: 'v1',
  route: '',
  caller: '',
  kind: 'fetch',
  status: 200,
  outcome: 'response',
  count: 1,
  sumMs: 1,
  buckets: [1],
};
const edge = { service: 'payment', revision: '', source: 'none', readAtMs: 0, stale: false, problem: '', inFlight: 0 };
const good = () => ({
  ...batchOf(1, [
    callOf({ attempts: [attemptOf()], audit: ['a'], shadow: 'deny', shadowRule: 'r' }),
    callOf({ service: '', parentSpanId: 'a'.repeat(16) }),
  ]),
  metrics: [metric],
  edges: [edge],
});

/** A copy of the good batch in which one place holds another value. */
function wrong(path: string, value: unknown): string {
  const batch = JSON.parse(JSON.stringify(good())) as Record<string, unknown>;
  const steps = path.split('.');
  let at = batch;
  for (const step of steps.slice(0, -1)) at = at[step] as Record<string, unknown>;
  at[steps.at(-1) as string] = value;
  return JSON.stringify(batch);
}

describe('reading a batch', () => {
  test('gives a good one as it is', () => {
    const batch = good();
    expect(readBatch(JSON.stringify(batch))).toEqual({ ok: true, batch });
  });

  test.each([
    { json: '', problem: 'expected JSON' },
    { json: '[]', problem: 'expected an object' },
    { json: 'null', problem: 'expected an object' },
    { json: wrong('isolate', ''), problem: 'isolate: expected a short text' },
    { json: wrong('sequence', 0), problem: 'sequence: expected 1, 2, 3, ...' },
    { json: wrong('sequence', 1.5), problem: 'sequence: expected 1, 2, 3, ...' },
    { json: wrong('calls', -1), problem: 'calls: expected a whole number from 0' },
    { json: wrong('batchCalls', 3), problem: 'batchCalls: expected at most calls' },
    { json: wrong('dropped', undefined), problem: 'dropped: expected a whole number from 0' },
    { json: wrong('sentAtMs', '1'), problem: 'sentAtMs: expected a number' },
    { json: wrong('records', {}), problem: 'records: expected a list' },
    { json: wrong('records.1', null), problem: 'records[1]: expected an object' },
    { json: wrong('records.1.traceId', 'A'.repeat(32)), problem: 'records[1].traceId: expected 32 hex digits' },
    { json: wrong('records.0.spanId', ''), problem: 'records[0].spanId: expected 16 hex digits' },
    { json: wrong('records.0.parentSpanId', 'x'), problem: "records[0].parentSpanId: expected 16 hex digits or ''" },
    {
      json: wrong('records.0.path', 'p'.repeat(2049)),
      problem: 'records[0].path: expected a text of at most 2048 characters',
    },
    { json: wrong('records.0.shadow', 'maybe'), problem: 'records[0].shadow: expected allow, deny or nothing' },
    {
      json: wrong('records.0.audit', ['x'.repeat(300)]),
      problem: 'records[0].audit: expected at most 512 texts of at most 256 characters',
    },
    {
      json: wrong('records.0.shadowRule', 1),
      problem: 'records[0].shadowRule: expected a text of at most 256 characters',
    },
    {
      json: wrong('metrics.0.shadowRule', 'r'.repeat(300)),
      problem: 'metrics[0].shadowRule: expected a text of at most 256 characters',
    },
    { json: wrong('metrics.0.shadow', 'x'), problem: 'metrics[0].shadow: expected allow, deny or nothing' },
    { json: wrong('records.0.startMs', null), problem: 'records[0].startMs: expected a number' },
    {
      json: wrong('records.0.attempts', new Array(101).fill(attemptOf())),
      problem: 'records[0].attempts: expected a list of at most 100',
    },
    { json: wrong('records.0.attempts.0.status', ''), problem: 'records[0].attempts[0].status: expected a number' },
    { json: wrong('metrics.0.count', -1), problem: 'metrics[0].count: expected a whole number from 0' },
    {
      json: wrong('metrics.0.buckets', new Array(17).fill(1)),
      problem: 'metrics[0].buckets: expected at most 16 counts',
    },
    { json: wrong('edges.0.stale', 'no'), problem: 'edges[0].stale: expected a boolean' },
  ])('refuses: $problem', ({ json, problem }) => {
    expect(readBatch(json)).toEqual({ ok: false, problem });
  });
});
