import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallRecord } from '../../src/telemetry/batch.ts';
import { assembleTrace, countInvocations, isComplete, type TraceNode } from '../../src/telemetry/trace.ts';
import { attemptOf, callOf } from './records.ts';

/** The tree as text: `service/attempts(children)`. */
function shape(node: TraceNode): string {
  const name = node.kind === 'server' ? node.service : `->${node.version}`;
  return node.children.length === 0 ? name : `${name}(${node.children.map(shape).join(' ')})`;
}
const shapes = (calls: readonly CallRecord[]) => assembleTrace(calls).roots.map(shape);

const under = (parent: CallRecord, more: Partial<CallRecord>, attempt = 0): CallRecord =>
  callOf({ parentSpanId: parent.attempts[attempt]?.spanId ?? parent.spanId, hops: parent.hops + 1, ...more });

describe('a trace', () => {
  test('is a tree of calls and their attempts, siblings by start', () => {
    const root = callOf({ service: 'storefront', door: 'public', startMs: 0, attempts: [attemptOf({ startMs: 0 })] });
    const orders = under(root, { service: 'orders', startMs: 2, attempts: [attemptOf({ startMs: 2 })] });
    const stock = under(root, { service: 'inventory', startMs: 1 });
    const payment = under(orders, { service: 'payment', startMs: 5 });
    const calls = [payment, stock, orders, root];
    expect(shapes(calls)).toEqual(['storefront(->v1(inventory orders(->v1(payment))))']);
    const trace = assembleTrace(calls);
    expect(trace.spans.map((span) => `${span.depth} ${span.kind}`)).toEqual([
      '0 server',
      '1 client',
      '2 server',
      '2 server',
      '3 client',
      '4 server',
    ]);
    expect(isComplete(trace)).toBe(true);
  });

  test('shows each retry, and hangs what it caused under the attempt that caused it', () => {
    const root = callOf({
      attempts: [attemptOf({ status: 503, startMs: 1 }), attemptOf({ version: 'v2', startMs: 20 })],
    });
    const first = under(root, { service: 'bank', startMs: 2 }, 0);
    const second = under(root, { service: 'ledger', startMs: 21 }, 1);
    expect(shapes([second, first, root])).toEqual(['payment(->v1(bank) ->v2(ledger))']);
    expect(assembleTrace([root]).spans.map((span) => span.attempt)).toEqual([0, 1, 2]);
  });

  test('keeps parallel calls that overlap, and lasts from the first start to the last end', () => {
    const root = callOf({ startMs: 100, durationMs: 50, attempts: [attemptOf()] });
    const calls = [root, under(root, { startMs: 110, durationMs: 30 }), under(root, { startMs: 110, durationMs: 90 })];
    expect(assembleTrace(calls)).toMatchObject({ startMs: 100, durationMs: 100 });
    expect(assembleTrace(calls).spans).toHaveLength(4);
  });

  test('with a missing parent shows the orphan and is incomplete', () => {
    const root = callOf({ service: 'storefront' });
    const orphan = callOf({ service: 'payment', parentSpanId: 'f'.repeat(16), hops: 3 });
    const trace = assembleTrace([root, orphan]);
    expect(trace.roots.map(shape)).toEqual(['storefront', 'payment']);
    expect(trace.orphans).toEqual([orphan.spanId]);
    expect(isComplete(trace)).toBe(false);
    expect(isComplete(assembleTrace([orphan]))).toBe(false);
  });

  test('may have several roots: one event of a Worker causes several calls, and none of them is an orphan', () => {
    const parentSpanId = 'e'.repeat(16);
    const calls = [callOf({ parentSpanId, startMs: 1 }), callOf({ parentSpanId, startMs: 2 })];
    expect(assembleTrace(calls).roots).toHaveLength(2);
    expect(isComplete(assembleTrace(calls))).toBe(true);
  });

  test('of no calls is empty and incomplete', () => {
    expect(assembleTrace([])).toMatchObject({ traceId: '', roots: [], spans: [], durationMs: 0, invocations: 0 });
    expect(isComplete(assembleTrace([]))).toBe(false);
  });

  test('of calls that name each other as parents still shows every call once', () => {
    const a = callOf({ spanId: 'a'.repeat(16), parentSpanId: 'b'.repeat(16) });
    const b = callOf({ spanId: 'b'.repeat(16), parentSpanId: 'a'.repeat(16) });
    expect(assembleTrace([a, b]).spans).toHaveLength(2);
  });

  test('law: in whatever order and however often the calls come, the tree is the same and has every span once', () => {
    const journeys = fc.array(fc.record({ parent: fc.nat(20), attempts: fc.nat(3), startMs: fc.nat(100) }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(journeys, fc.nat(), (plan, seed) => {
        const calls: CallRecord[] = [];
        for (const { parent, attempts, startMs } of plan) {
          const above = calls[parent % Math.max(1, calls.length)];
          const own = Array.from({ length: attempts }, () => attemptOf());
          calls.push(above === undefined ? callOf({ attempts: own }) : under(above, { attempts: own, startMs }));
        }
        const shuffled = [...calls, ...calls].map((call, index) => ({ call, key: (index * 7919 + seed) % 101 }));
        const again = assembleTrace(shuffled.sort((a, b) => a.key - b.key).map(({ call }) => call));
        expect(again).toEqual(assembleTrace(calls));
        expect(again.roots).toHaveLength(1);
        const spans = calls.reduce((sum, call) => sum + 1 + call.attempts.length, 0);
        expect(new Set(again.spans.map((span) => span.spanId)).size).toBe(spans);
        expect(again.spans).toHaveLength(spans);
      }),
    );
  });
});

describe('Worker invocations of a journey', () => {
  const rows: { name: string; calls: CallRecord[]; invocations: number }[] = [
    { name: 'a call from outside that reaches nothing is one', calls: [callOf({ door: 'public' })], invocations: 1 },
    {
      name: 'a call from outside is two',
      calls: [callOf({ door: 'public', attempts: [attemptOf()] })],
      invocations: 2,
    },
    {
      name: 'a call through a binding counts its caller too',
      calls: [callOf({ attempts: [attemptOf()] })],
      invocations: 3,
    },
    {
      name: 'each retry is one more',
      calls: [callOf({ door: 'public', attempts: [attemptOf({ outcome: 'backend_timeout' }), attemptOf()] })],
      invocations: 3,
    },
    {
      name: 'an attempt that goes to a URL is none',
      calls: [callOf({ door: 'public', attempts: [attemptOf({ endpoint: 'https://pay.example.com' })] })],
      invocations: 1,
    },
    {
      name: 'an attempt that was not sent is none',
      calls: [callOf({ door: 'public', attempts: [attemptOf({ outcome: 'backend_unresolved' })] })],
      invocations: 1,
    },
    {
      name: 'a caller inside the journey is counted once, by the attempt that reached it',
      calls: [
        callOf({ door: 'public', attempts: [attemptOf()] }),
        callOf({ hops: 2, attempts: [attemptOf()] }),
        callOf({ hops: 2, attempts: [attemptOf()] }),
      ],
      invocations: 6,
    },
  ];
  test.each(rows)('$name', ({ calls, invocations }) => {
    expect(countInvocations(calls)).toBe(invocations);
  });
});
