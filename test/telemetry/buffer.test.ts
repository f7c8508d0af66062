import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Batch, CallRecord } from '../../src/telemetry/batch.ts';
import {
  beginFlush,
  claimAgeTimer,
  createTelemetryState,
  dueShards,
  endFlush,
  type Flush,
  recordCall,
} from '../../src/telemetry/buffer.ts';
import { enter, type LedgerEntry, lostCalls } from '../../src/telemetry/ledger.ts';
import { closeCall, inFlight, openCall, sweep, sweepIfDue } from '../../src/telemetry/open-calls.ts';
import { callOf, traceIdOf } from './records.ts';

const shard = 'shard-0';
const read = (flush: Flush | undefined) => JSON.parse(flush?.json ?? 'null') as Batch;

function filled(calls: number, now = 0, limits = {}) {
  const state = createTelemetryState('isolate-1', limits);
  for (let index = 0; index < calls; index++) recordCall(state, callOf(), now);
  return state;
}

describe('a batch is due', () => {
  const rows: { name: string; calls: number; now: number; due: boolean }[] = [
    { name: 'never without calls', calls: 0, now: 1e9, due: false },
    { name: 'not while it is small and young', calls: 255, now: 999, due: false },
    { name: 'when it holds 256 records', calls: 256, now: 0, due: true },
    { name: 'when its first call ended 1 s ago', calls: 1, now: 1_000, due: true },
  ];
  test.each(rows)('$name', ({ calls, now, due }) => {
    const state = filled(calls);
    expect(dueShards(state, now)).toEqual(due ? [shard] : []);
  });

  test('not while it is under way; after 10 s its owner counts as cancelled, and the same bytes are sent again', () => {
    const state = filled(3);
    const first = beginFlush(state, shard, 1_000, []) as Flush;
    recordCall(state, callOf(), 1_001);
    expect(dueShards(state, 10_999)).toEqual([]);
    expect(beginFlush(state, shard, 10_999, [])).toBeUndefined();
    expect(dueShards(state, 11_000)).toEqual([shard]);
    expect(beginFlush(state, shard, 11_000, [])).toEqual(first);
    endFlush(state, shard, 1, 'stored', 11_001);
    // The first owner was alive after all.
    endFlush(state, shard, 1, 'failed', 11_002);
    const next = read(beginFlush(state, shard, 11_003, []));
    expect(next).toMatchObject({ sequence: 2, calls: 4, batchCalls: 1 });
    expect(next.records).toHaveLength(1);
  });

  test('after a failure only when the back-off has passed, 1 s doubling to 30 s', () => {
    const state = filled(1);
    let now = 1_000;
    for (const wait of [1, 2, 4, 8, 16, 30, 30]) {
      const flush = beginFlush(state, shard, now, []);
      expect(flush?.sequence).toBe(1);
      endFlush(state, shard, 1, 'failed', now);
      expect(dueShards(state, now + wait * 1_000 - 1)).toEqual([]);
      now += wait * 1_000;
      expect(dueShards(state, now)).toEqual([shard]);
    }
    expect(state.failedFlushes).toBe(7);
  });

  test('a batch that the shard refuses is given up; the next one shows the gap', () => {
    const state = filled(2);
    beginFlush(state, shard, 0, []);
    endFlush(state, shard, 1, 'refused', 0);
    recordCall(state, callOf(), 1);
    expect(read(beginFlush(state, shard, 2_000, []))).toMatchObject({ sequence: 2, calls: 3, batchCalls: 1 });
    expect(state.refusedBatches).toBe(1);
  });

  test('by the next call of any shard, where the one who waited to flush by age is gone', () => {
    const state = filled(1);
    expect(claimAgeTimer(state, shard, 400)).toBe(600);
    expect(claimAgeTimer(state, shard, 500)).toBeUndefined();
    recordCall(state, callOf({ shard: 'shard-7' }), 1_100);
    expect(dueShards(state, 1_249)).toEqual([]);
    expect(dueShards(state, 1_250)).toEqual([shard]);
  });

  test('sequences are counted for each shard', () => {
    const state = filled(1);
    recordCall(state, callOf({ shard: 'shard-1' }), 0);
    recordCall(state, callOf({ shard: '' }), 0);
    expect(read(beginFlush(state, 'shard-1', 0, []))).toMatchObject({ sequence: 1, calls: 1 });
    expect(read(beginFlush(state, shard, 0, []))).toMatchObject({ sequence: 1, calls: 2 });
  });
});

describe('a call is', () => {
  const rows: { name: string; call: Partial<CallRecord>; stored: boolean }[] = [
    { name: 'stored where its journey is sampled', call: { sampled: true }, stored: true },
    { name: 'only counted where it is not', call: { sampled: false }, stored: false },
    { name: 'stored in any case where its status is 500 or more', call: { sampled: false, status: 500 }, stored: true },
    { name: 'not stored for a status of 499', call: { sampled: false, status: 499 }, stored: false },
    { name: 'stored where it ended without a response', call: { sampled: false, outcome: 'no_route' }, stored: true },
    { name: 'stored where it was cancelled', call: { sampled: false, outcome: 'cancelled' }, stored: true },
  ];
  test.each(rows)('$name', ({ call, stored }) => {
    const state = createTelemetryState('isolate-1');
    recordCall(state, callOf(call), 0);
    const batch = read(beginFlush(state, shard, 0, []));
    expect(batch.records).toHaveLength(stored ? 1 : 0);
    expect(batch).toMatchObject({ calls: 1, batchCalls: 1 });
    expect(batch.metrics.map((metric) => metric.count)).toEqual([1]);
  });

  test('dropped, but counted, beyond the bound of memory, batches under way included', () => {
    const state = filled(6, 0, { maxRecords: 10, batchRecords: 5 });
    expect(read(beginFlush(state, shard, 0, [])).records).toHaveLength(5);
    for (let index = 0; index < 20; index++) recordCall(state, callOf(), 1);
    endFlush(state, shard, 1, 'stored', 1);
    const next = read(beginFlush(state, shard, 1, []));
    expect(next).toMatchObject({ sequence: 2, calls: 26, batchCalls: 20, dropped: 16 });
    expect(next.records).toHaveLength(5);
    endFlush(state, shard, 2, 'stored', 2);
    expect(beginFlush(state, shard, 2_000, [])).toBeUndefined();
    recordCall(state, callOf(), 2_000);
    expect(read(beginFlush(state, shard, 3_000, []))).toMatchObject({
      sequence: 3,
      calls: 27,
      batchCalls: 1,
      dropped: 0,
    });
  });

  test('cut where a caller chose a long text', () => {
    const state = createTelemetryState('isolate-1');
    recordCall(state, callOf({ path: 'p'.repeat(9_999), method: 'm'.repeat(999) }), 0);
    const [record] = read(beginFlush(state, shard, 0, [])).records;
    expect([record?.path.length, record?.method.length]).toEqual([2048, 256]);
  });
});

describe('an open call', () => {
  test('that nobody ends is settled as cancelled, as long as it may have lasted, its open attempts too', () => {
    const state = createTelemetryState('isolate-1');
    const open = {
      spanId: '1'.repeat(16),
      version: 'v1',
      endpoint: 'payment',
      startMs: 130,
      durationMs: -1,
      status: 0,
    };
    const ended = { ...open, startMs: 110, durationMs: 15, status: 503 };
    const record = callOf({
      startMs: 100,
      durationMs: -1,
      outcome: 'cancelled',
      status: 0,
      attempts: [
        { ...ended, outcome: 'response' },
        { ...open, outcome: 'cancelled' },
      ],
    });
    openCall(state, record, 1_100);
    expect(sweep(state, 1_099)).toBe(0);
    expect(sweep(state, 5_000)).toBe(1);
    const [stored] = read(beginFlush(state, shard, 5_000, [])).records;
    expect(stored).toMatchObject({ outcome: 'cancelled', durationMs: 1_000 });
    expect(stored?.attempts).toMatchObject([
      { outcome: 'response', durationMs: 15 },
      { outcome: 'cancelled', durationMs: 970 },
    ]);
  });

  test('that ends after it was settled is not counted again, and changes nothing of what was recorded', () => {
    const state = createTelemetryState('isolate-1');
    const record = callOf({ startMs: 0, durationMs: -1, outcome: 'cancelled', status: 0 });
    openCall(state, record, 100);
    sweep(state, 350);
    record.outcome = 'response';
    record.status = 200;
    expect(closeCall(state, record, 400)).toBe(false);
    const batch = read(beginFlush(state, shard, 400, []));
    expect(batch.calls).toBe(1);
    expect(batch.records).toMatchObject([{ outcome: 'cancelled', status: 0 }]);
  });

  test('whose timer rings up to 250 ms late still says itself how it ended', () => {
    const state = createTelemetryState('isolate-1');
    const record = callOf({ startMs: 0, durationMs: -1, outcome: 'backend_timeout', status: 504 });
    openCall(state, record, 100);
    expect(sweep(state, 349)).toBe(0);
    expect(closeCall(state, record, 349)).toBe(true);
    expect(read(beginFlush(state, shard, 400, [])).records).toMatchObject([
      { outcome: 'backend_timeout', status: 504 },
    ]);
  });

  test('that ends in time, but after its expiry was passed unseen, keeps its own outcome', () => {
    const state = createTelemetryState('isolate-1');
    const record = callOf({ startMs: 0, durationMs: -1, status: 201 });
    openCall(state, record, 100);
    expect(closeCall(state, record, 150)).toBe(true);
    expect(closeCall(state, record, 160)).toBe(false);
    expect(read(beginFlush(state, shard, 300, [])).records).toMatchObject([{ status: 201, durationMs: 150 }]);
  });

  test('counts as in flight until it ends or expires, for its service only', () => {
    const state = createTelemetryState('isolate-1');
    const first = callOf();
    openCall(state, first, 100);
    openCall(state, callOf(), 200);
    openCall(state, callOf({ service: 'orders' }), 200);
    expect([inFlight(state, 'payment', 50), inFlight(state, 'payment', 100), inFlight(state, 'orders', 100)]).toEqual([
      2, 1, 1,
    ]);
    closeCall(state, first, 50);
    expect([inFlight(state, 'payment', 50), inFlight(state, 'payment', 200)]).toEqual([1, 0]);
  });

  test('law: sweeps look at each open call a bounded number of times a second', () => {
    const state = createTelemetryState('isolate-1');
    let visits = 0;
    const open = state.open;
    const iterate = open[Symbol.iterator].bind(open);
    const counted = () => {
      visits += open.size;
      return iterate();
    };
    Object.defineProperty(open, Symbol.iterator, { value: counted });
    // A call ends and another begins each millisecond, with expiries in no order; 500 are open at a time.
    const calls: CallRecord[] = [];
    for (let now = 0; now < 10_000; now++) {
      const call = callOf({ startMs: now });
      calls.push(call);
      openCall(state, call, now + 1_000 + ((now * 7919) % 3_000));
      if (now >= 500) closeCall(state, calls[now - 500] as CallRecord, now);
      sweepIfDue(state, now);
    }
    expect(visits / 10_000).toBeLessThan(6);
    expect(state.open.size).toBe(500);
  });
});

type Step =
  | { do: 'open'; sampled: boolean; lifeMs: number }
  | { do: 'close'; which: number }
  | { do: 'wait'; ms: number }
  | { do: 'flush' }
  /** What the shard and the network do to a batch under way: `lost` and `cancelled` owners never report. */
  | { do: 'end'; which: number; fate: 'stored' | 'stored-unheard' | 'lost' | 'failed' | 'stored-failed' | 'refused' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('open' as const),
      sampled: fc.boolean(),
      lifeMs: fc.integer({ min: 1, max: 20_000 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('close' as const), which: fc.nat(50) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(12_000) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('flush' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(5),
      fate: fc.constantFrom('stored', 'stored-unheard', 'lost', 'failed', 'stored-failed', 'refused'),
    }),
  },
);

describe('laws of buffer and ledger', () => {
  test('whatever becomes of flushes and their owners: every call is counted once, and stored once, dropped, or known as lost', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const state = createTelemetryState('isolate-1', { maxRecords: 12, batchRecords: 5, flushRecords: 4 });
        const ledger = { entry: undefined as LedgerEntry | undefined, dropped: 0, counted: 0, stored: [] as string[] };
        const underWay: Flush[] = [];
        const open: CallRecord[] = [];
        let now = 0;
        let calls = 0;
        let toStore = 0;
        const given = new Set<number>();

        const arrive = (flush: Flush) => {
          const batch = JSON.parse(flush.json) as Batch;
          expect(batch.metrics.reduce((sum, metric) => sum + metric.count, 0)).toBe(batch.batchCalls);
          const entry = enter(ledger.entry, batch);
          if (entry === undefined) return;
          ledger.entry = entry;
          ledger.dropped += batch.dropped;
          ledger.counted += batch.batchCalls;
          ledger.stored.push(...batch.records.map((record) => record.spanId));
        };
        const flushNow = () => {
          // What expires was cancelled, and that is stored whether it was sampled or not.
          toStore += sweep(state, now);
          const flush = beginFlush(state, shard, now, []);
          if (flush !== undefined) underWay.push(flush);
        };

        for (const one of steps) {
          if (one.do === 'wait') now += one.ms;
          if (one.do === 'open') {
            const record = callOf({ traceId: traceIdOf(calls), sampled: one.sampled, startMs: now, durationMs: -1 });
            calls++;
            open.push(record);
            openCall(state, record, now + one.lifeMs);
          }
          if (one.do === 'close') {
            const record = open[one.which % Math.max(1, open.length)];
            if (record !== undefined && state.open.has(record)) {
              if (record.sampled) toStore++;
              closeCall(state, record, now);
            }
          }
          if (one.do === 'flush') flushNow();
          if (one.do === 'end') {
            const [flush] = underWay.splice(one.which % Math.max(1, underWay.length), 1);
            if (flush === undefined) continue;
            if (one.fate.startsWith('stored')) arrive(flush);
            if (one.fate === 'stored') endFlush(state, shard, flush.sequence, 'stored', now);
            if (one.fate === 'failed' || one.fate === 'stored-failed')
              endFlush(state, shard, flush.sequence, 'failed', now);
            if (one.fate === 'refused') {
              const before = state.shards.get(shard)?.sending?.sequence;
              endFlush(state, shard, flush.sequence, 'refused', now);
              if (before === flush.sequence) given.add(flush.sequence);
            }
          }
        }
        // The storm is over: time passes, every call has ended or expired, and every flush succeeds. One more call follows, since
        // a batch that was given up shows only in the next.
        openCall(state, callOf({ startMs: now, durationMs: -1 }), now + 1);
        calls++;
        for (let round = 0; round < 100; round++) {
          now += 40_000;
          flushNow();
          for (const flush of underWay.splice(0)) {
            arrive(flush);
            endFlush(state, shard, flush.sequence, 'stored', now);
          }
        }

        expect(state.open.size).toBe(0);
        expect(ledger.entry?.calls ?? 0).toBe(calls);
        expect(ledger.counted + (ledger.entry === undefined ? 0 : lostCalls(ledger.entry))).toBe(calls);
        expect(new Set(ledger.stored).size).toBe(ledger.stored.length);
        if (given.size === 0) {
          expect(ledger.entry === undefined ? 0 : lostCalls(ledger.entry)).toBe(0);
          expect(ledger.stored.length + ledger.dropped).toBe(toStore);
        } else {
          expect(ledger.stored.length + ledger.dropped).toBeLessThanOrEqual(toStore);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('batches may arrive in any order and any number of times: what the ledger knows is the same', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(9), { minLength: 1, maxLength: 40 }),
        fc.infiniteStream(fc.nat()),
        (sizes, random) => {
          let calls = 0;
          const batches = sizes.map((size, index) => {
            calls += size;
            return { sequence: index + 1, batchCalls: size, calls };
          });
          const arrivals = [...batches, ...batches].sort(() => ((random.next().value as number) % 3) - 1);
          let entry: LedgerEntry | undefined;
          let counted = 0;
          for (const batch of arrivals) {
            const next = enter(entry, batch);
            if (next === undefined) continue;
            entry = next;
            counted += batch.batchCalls;
          }
          expect(counted).toBe(calls);
          expect(entry).toEqual({ lastSequence: sizes.length, calls, received: calls, missing: [] });
        },
      ),
    );
  });

  test('a gap wider than the ledger remembers stays lost', () => {
    const first = enter(undefined, { sequence: 1, calls: 1, batchCalls: 1 });
    const far = enter(first, { sequence: 1_000, calls: 5_000, batchCalls: 1 }) as LedgerEntry;
    expect(far.missing).toHaveLength(64);
    expect(lostCalls(far)).toBe(4_998);
    expect(enter(far, { sequence: 900, calls: 4_000, batchCalls: 7 })).toBeUndefined();
    expect(enter(far, { sequence: 999, calls: 4_999, batchCalls: 7 })).toMatchObject({ received: 9 });
  });
});
