/** What the demo run counts as complete and as a fair share: it must be hard to please. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { impliedCalls, whatIsWrong } from '../../../scripts/shop/call-graph.ts';
import type { PlacedOrder } from '../../../scripts/shop/order.ts';
import { fitsShare, highest, sum, versionsOf } from '../../../scripts/shop/tally.ts';
import type { CallRecord } from '../../../src/telemetry/batch.ts';

const order: PlacedOrder = {
  wish: { sku: 'cloth', quantity: 1 },
  traceId: 'a'.repeat(32),
  spanId: 'c'.repeat(16),
  paymentVersion: 'v1',
  served: {},
};

/** The trace that the order above leaves where nothing is lost. */
function wholeTrace(paymentVersion: 'v1' | 'v2' = 'v1'): CallRecord[] {
  const attemptOf = (service: string) => `attempt-${service}`;
  return impliedCalls(paymentVersion).map((implied, index) => ({
    ...implied,
    traceId: order.traceId,
    spanId: `call-${index}`,
    parentSpanId: implied.caller === '' ? order.spanId : attemptOf(implied.caller),
    sampled: true,
    shard: 'shard-0',
    door: implied.caller === '' ? 'public' : 'mesh',
    route: 'default',
    outcome: 'response',
    reason: '',
    startMs: index,
    durationMs: 1,
    hops: 1,
    revision: '',
    source: 'kv',
    stale: false,
    attempts: [
      {
        spanId: implied.method === 'stock' ? 'attempt-stock' : attemptOf(implied.service),
        version: implied.version,
        endpoint: implied.service,
        startMs: index,
        durationMs: 1,
        status: implied.status,
        outcome: 'response',
      },
    ],
  }));
}

describe('a trace of an order', () => {
  test('is complete with exactly the implied calls', () => {
    expect(whatIsWrong(order, wholeTrace())).toBeUndefined();
    expect(whatIsWrong({ ...order, paymentVersion: 'v2' }, wholeTrace('v2'))).toBeUndefined();
  });

  test('may list its calls in any order', () => {
    expect(whatIsWrong(order, wholeTrace().reverse())).toBeUndefined();
  });

  const spoilt: readonly [string, (calls: CallRecord[]) => CallRecord[]][] = [
    ['no call at all', () => []],
    ['a call too many', (calls) => [...calls, { ...(calls[5] as CallRecord), spanId: 'other' }]],
    ['a call stored twice', (calls) => [...calls.slice(0, 5), calls[4] as CallRecord]],
    [
      'an attempt too many',
      (calls) =>
        calls.map((call) => ({
          ...call,
          attempts: [...call.attempts, { ...call.attempts[0], spanId: 'again' } as never],
        })),
    ],
    ['no attempt', (calls) => calls.map((call) => ({ ...call, attempts: [] }))],
    ['another version of payment than the answer says', () => wholeTrace('v2')],
    ['another trace id', (calls) => calls.map((call) => ({ ...call, traceId: 'b'.repeat(32) }))],
    [
      'a call that was cancelled',
      (calls) => calls.map((call, index) => (index === 3 ? { ...call, outcome: 'cancelled' as const } : call)),
    ],
  ];
  test.each(spoilt)('is not complete with %s', (_name, spoil) => {
    expect(whatIsWrong(order, spoil(wholeTrace()))).toBeTypeOf('string');
  });

  test('is not complete without any one of its calls', () => {
    for (const [index] of wholeTrace().entries()) {
      expect(
        whatIsWrong(
          order,
          wholeTrace().filter((_, at) => at !== index),
        ),
      ).toBeTypeOf('string');
    }
  });

  test('is not complete where any one parent is absent or another', () => {
    for (const [index] of wholeTrace().entries()) {
      for (const parentSpanId of ['', 'call-0', 'f'.repeat(16)]) {
        const calls = wholeTrace().map((call, at) => (at === index ? { ...call, parentSpanId } : call));
        expect(whatIsWrong(order, calls)).toBeTypeOf('string');
      }
    }
  });
});

describe('counts', () => {
  test('the highest count of a Worker is how many calls it served, whatever the order of the answers', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7], { minLength: 7 }), (numbers) => {
        expect(highest(numbers.map((orders) => ({ orders })))).toEqual({ orders: 7 });
      }),
    );
  });

  test('Workers are added up', () => {
    expect(
      sum(
        highest([
          { orders: 2, payment: 1 },
          { orders: 1, shipping: 4 },
        ]),
      ),
    ).toBe(7);
  });

  test('versions are counted by what the answers say', () => {
    expect(versionsOf([order, { ...order, paymentVersion: 'v2' }, order])).toEqual({ v1: 2, v2: 1 });
  });

  test.each([
    [0, 400, 0, true],
    [1, 400, 0, false],
    [200, 200, 1, true],
    [199, 200, 1, false],
    [40, 400, 0.1, true],
    [14, 400, 0.1, true],
    [12, 400, 0.1, false],
    [68, 400, 0.1, false],
    [0, 400, 0.1, false],
  ])('%i of %i fits a share of %f: %s', (hits, trials, share, fits) => {
    expect(fitsShare(hits, trials, share)).toBe(fits);
  });
});
