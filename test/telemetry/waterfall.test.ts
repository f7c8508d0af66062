import { describe, expect, test } from 'vitest';
import { assembleTrace } from '../../src/telemetry/trace.ts';
import { renderWaterfall } from '../../src/telemetry/waterfall.ts';
import { attemptOf, callOf } from './records.ts';

const root = callOf({
  traceId: '0af7651916cd43dd8448eb211c80319c',
  service: 'storefront',
  door: 'public',
  path: '/orders',
  startMs: 1_790_000_000_000,
  durationMs: 80,
  status: 504,
  attempts: [attemptOf({ endpoint: 'storefront', startMs: 1_790_000_000_001, durationMs: 78, status: 504 })],
});
const payment = callOf({
  ...root,
  spanId: 'a'.repeat(16),
  parentSpanId: root.attempts[0]?.spanId,
  door: 'mesh',
  hops: 2,
  service: 'payment',
  version: 'v2',
  path: '/charge',
  startMs: 1_790_000_000_020,
  durationMs: 50,
  status: 504,
  outcome: 'backend_timeout',
  reason: 'the retry budget was used up',
  attempts: [
    attemptOf({ startMs: 1_790_000_000_020, durationMs: 5.25, status: 503 }),
    attemptOf({ startMs: 1_790_000_000_030, durationMs: 40, version: 'v2', status: 0, outcome: 'backend_timeout' }),
  ],
});
const stock = callOf({
  ...root,
  spanId: 'b'.repeat(16),
  parentSpanId: root.attempts[0]?.spanId,
  hops: 2,
  kind: 'rpc',
  service: 'inventory',
  method: 'stock',
  path: '',
  startMs: 1_790_000_000_005,
  durationMs: 0.5,
  status: 200,
  attempts: [],
});

describe('the waterfall', () => {
  test('shows the journey', () => {
    expect(renderWaterfall(assembleTrace([payment, root, stock]), 100)).toBe(
      [
        'trace 0af7651916cd43dd8448eb211c80319c',
        '2026-09-21T14:13:20.000Z, 80 ms, 6 spans, 6 of 32 invocations',
        'storefront v1 POST /orders    |█████████████████████████████████████|     80 ms  504',
        '  -> v1 storefront            |░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░|     78 ms  504',
        '    inventory v1 stock()      |  █                                  |    0.5 ms  200',
        '    payment v2 POST /charge   |         ███████████████████████     |     50 ms  504 backend_timeout',
        '      the retry budget was used up',
        '      -> v1 payment           |         ░░░                         |    5.3 ms  503',
        '      -> attempt 2 v2 payment |             ░░░░░░░░░░░░░░░░░░░     |     40 ms  backend_timeout',
      ].join('\n'),
    );
  });

  test('shows what access rules say that decide nothing', () => {
    const call = callOf({ audit: ['watch', 'mesh/all'], shadow: 'deny', shadowRule: 'soon', reason: 'and why' });
    const notes = renderWaterfall(assembleTrace([call]), 100)
      .split('\n')
      .slice(3);
    expect(notes).toEqual([
      '  and why',
      '  audit: watch, mesh/all',
      '  dry run: denied by soon (revision aaaaaaaaaaaa)',
    ]);
    const closed = callOf({ shadow: 'allow' });
    expect(renderWaterfall(assembleTrace([closed]), 100)).toContain('dry run: allowed by no rule');
  });

  test('keeps to the width, and to 60 columns at least', () => {
    for (const width of [10, 60, 80, 200]) {
      const lines = renderWaterfall(assembleTrace([payment, root, stock]), width)
        .split('\n')
        .slice(2);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Math.max(60, width));
    }
  });

  const journey = (calls: number) =>
    assembleTrace([
      callOf({ door: 'public', attempts: [attemptOf()] }),
      ...Array.from({ length: calls }, () => callOf({ hops: 2, attempts: [attemptOf()] })),
    ]);
  test.each([
    { name: 'says nothing below 24 invocations', calls: 10, says: undefined },
    { name: 'warns from 24 invocations', calls: 11, says: 'warning: 24 of the 32 Worker invocations' },
    { name: 'reports an error from 32 invocations', calls: 15, says: 'error: 32 of the 32 Worker invocations' },
  ])('$name', ({ calls, says }) => {
    const text = renderWaterfall(journey(calls), 100);
    if (says === undefined) expect(text).not.toMatch(/warning|error/);
    else expect(text).toContain(says);
  });

  test('names what is missing', () => {
    expect(renderWaterfall(assembleTrace([callOf({ hops: 2, parentSpanId: 'f'.repeat(16) })]), 80)).toContain(
      "incomplete: 1 call without its parent's span",
    );
    expect(renderWaterfall(assembleTrace([]), 80)).toBe('no spans are stored');
  });
});
