import { describe, expect, test } from 'vitest';
import type { CallRecord, MetricDelta } from '../../src/telemetry/batch.ts';
import { countCall, maxCells } from '../../src/telemetry/metric-cells.ts';
import { callOf } from './records.ts';

const count = (calls: Partial<CallRecord>[]) => {
  const cells: MetricDelta[] = [];
  for (const call of calls) countCall(cells, callOf(call));
  return cells;
};

describe('metric cells', () => {
  test('calls with the same labels share one', () => {
    const [cell, ...others] = count([{ durationMs: 3 }, { durationMs: 4, path: '/other' }, { durationMs: 600 }]);
    expect(others).toEqual([]);
    expect(cell).toMatchObject({ count: 3, sumMs: 607, service: 'payment', caller: 'orders' });
    expect(cell?.buckets.map((value, bucket) => [bucket, value]).filter(([, value]) => value !== 0)).toEqual([
      [2, 2],
      [9, 1],
    ]);
  });

  test.each([
    { service: 'other' },
    { version: 'v2' },
    { route: 'other' },
    { caller: 'other' },
    { kind: 'rpc' as const },
    { status: 201 },
    { outcome: 'cancelled' as const },
    { shadow: 'allow' as const },
    { shadowRule: 'only-orders' },
  ])('another %o makes another', (more) => {
    expect(count([{}, more])).toHaveLength(2);
  });

  test.each([
    { name: 'RPC has the member as its route', more: { kind: 'rpc', method: 'users.list' }, route: 'users.list' },
    { name: 'fetch has the name of the route', more: { kind: 'fetch', method: 'GET' }, route: 'default' },
    { name: 'RPC that no route admitted has none', more: { kind: 'rpc', method: 'x', route: '' }, route: '' },
    { name: 'a very long member is left out', more: { kind: 'rpc', method: 'x'.repeat(200) }, route: 'default' },
  ] as const)('$name', ({ more, route }) => {
    expect(count([{ route: 'default', ...more }]).map((cell) => cell.route)).toEqual([route]);
  });

  test('principals from outside share one, however many they are', () => {
    const cells = count([{ caller: 'https://idp/alice' }, { caller: 'spiffe://other/svc/x' }, { caller: '' }]);
    expect(cells.map((cell) => [cell.caller, cell.count])).toEqual([
      ['external', 2],
      ['', 1],
    ]);
  });

  test('are bounded: beyond it labels fold, and no call is left out', () => {
    const cells = count(
      Array.from({ length: 5_000 }, (_, index) => ({ route: `r${index}`, status: 200 + (index % 300) })),
    );
    expect(cells.length).toBeLessThanOrEqual(maxCells + 3);
    expect(cells.reduce((sum, cell) => sum + cell.count, 0)).toBe(5_000);
    expect(cells.filter((cell) => cell.route === '*').map((cell) => cell.status)).toEqual([400, 200, 300]);
  });
});
