/** The edge's flushing on workerd, where invocations end with their callers and nothing below an await is run. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CallRecord } from '../../src/telemetry/batch.ts';
import type { ShardCounts } from '../../src/telemetry/shard-api.ts';
import { callOf, traceIdOf } from '../telemetry/records.ts';
import { type Driver, startDriver } from '../telemetry/shard-driver.ts';

let driver: Driver;
beforeAll(async () => {
  driver = await startDriver();
});
afterAll(async () => {
  await driver.stop();
});

let shards = 0;
let shard = '';
beforeEach(() => {
  shard = `shard-${shards++}`;
});

const counts = () => driver.shard<ShardCounts>(shard, 'counts');
const soon = (expected: Partial<ShardCounts>) =>
  expect.poll(counts, { timeout: 10_000, interval: 50 }).toMatchObject(expected);
const call = (more: Partial<CallRecord> = {}) => driver.edge('call', [callOf({ shard, startMs: Date.now(), ...more })]);

describe('flushing', () => {
  test('a single call is stored without another one: its own invocation flushes by age', async () => {
    await call();
    await soon({ calls: 1, storedCalls: 1 });
  });

  test('calls one after the other are flushed together', async () => {
    for (let index = 0; index < 20; index++) await call({ traceId: traceIdOf(index) });
    await soon({ calls: 20, storedCalls: 20, lostCalls: 0 });
  });

  test('an owner that is cancelled in mid-flight: the batch is sent again and counted once', async () => {
    await driver.shard(shard, 'behave', 60_000, false);
    // The batch arrives, only its answer does not; the next call sends it again once the owner counts as gone.
    const ended = await driver.abandon('abandoned-flush', [[callOf({ shard, startMs: Date.now() })]], () =>
      soon({ calls: 1, storedCalls: 1 }),
    );
    expect(ended).toEqual(['AbortError']);
    expect((await driver.edge('look')).sending).toBe(true);
    await driver.shard(shard, 'behave', 0, false);
    await new Promise((resolve) => setTimeout(resolve, 350));
    await call();
    await soon({ calls: 2, storedCalls: 2, lostCalls: 0 });
    expect((await driver.edge('look')).sending).toBe(false);
  });

  test('a shard out of reach: nothing is lost, and calls do not notice', async () => {
    const before = (await driver.edge('look')).failedFlushes;
    await driver.shard(shard, 'behave', 0, true);
    await call();
    await expect.poll(async () => (await driver.edge('look')).failedFlushes).toBe(before + 1);
    await driver.shard(shard, 'behave', 0, false);
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    await call();
    await soon({ calls: 2, storedCalls: 2, lostCalls: 0 });
  });

  test('calls whose callers go away are stored as cancelled once they cannot be running any more', async () => {
    const began = Date.now();
    const open = { status: 0, outcome: 'cancelled', durationMs: -1, startMs: began } as const;
    const requests = Array.from({ length: 10 }, (_, index) => {
      return [callOf({ ...open, shard, traceId: traceIdOf(index) }), began + 4_000];
    });
    const ended = await driver.abandon('abandoned-call', requests, () =>
      expect.poll(async () => (await driver.edge('look')).open, { interval: 20 }).toBe(10),
    );
    expect(ended).toEqual(new Array(10).fill('AbortError'));
    expect(await driver.edge('look')).toMatchObject({ open: 10, inFlight: 10 });
    await expect.poll(async () => (await driver.edge('look')).inFlight, { timeout: 10_000 }).toBe(0);
    // Their timers, had they any, might ring late: entries stay for 250 ms more.
    await expect.poll(() => Date.now(), { timeout: 10_000 }).toBeGreaterThan(began + 4_300);
    await call({ traceId: traceIdOf(99) });
    await soon({ calls: 11, storedCalls: 11 });
    expect((await driver.edge('look')).open).toBe(0);
    expect(await driver.shard(shard, 'findTraces', { outcome: 'cancelled' })).toHaveLength(10);
    expect(await driver.shard(shard, 'getTrace', traceIdOf(3))).toMatchObject([
      { outcome: 'cancelled', durationMs: 4_000 },
    ]);
  });
});
