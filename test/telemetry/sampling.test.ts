import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createIdSource } from '../../src/telemetry/ids.ts';
import { sampledByTraceId } from '../../src/telemetry/sampling.ts';

const traceId = fc
  .array(fc.nat(255), { minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));

describe('head sampling', () => {
  test.each([
    { name: 'ratio 1 takes all', low: 'ffffffffffffff', ratio: 1, sampled: true },
    { name: 'ratio 0 takes none', low: '00000000000000', ratio: 0, sampled: false },
    { name: 'half takes what lies below the middle', low: '7ffffffffff000', ratio: 0.5, sampled: true },
    { name: 'half leaves the middle', low: '80000000000000', ratio: 0.5, sampled: false },
    { name: 'no number takes none', low: '00000000000000', ratio: Number.NaN, sampled: false },
  ])('$name', ({ low, ratio, sampled }) => {
    expect(sampledByTraceId(`${'a'.repeat(18)}${low}`, ratio)).toBe(sampled);
  });

  test("law: only the trace id's right-most 56 bits decide", () => {
    fc.assert(
      fc.property(traceId, traceId, fc.double({ min: 0, max: 1, noNaN: true }), (id, other, ratio) => {
        expect(sampledByTraceId(other.slice(0, 18) + id.slice(18), ratio)).toBe(sampledByTraceId(id, ratio));
      }),
    );
  });

  test('law: who is sampled at a ratio is sampled at every higher one', () => {
    const ratio = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(traceId, ratio, ratio, (id, a, b) => {
        if (sampledByTraceId(id, Math.min(a, b))) expect(sampledByTraceId(id, Math.max(a, b))).toBe(true);
      }),
    );
  });

  test('about the ratio of random ids is sampled', () => {
    const ids = createIdSource((bytes) => crypto.getRandomValues(bytes));
    const taken = Array.from({ length: 20_000 }, ids.traceId).filter((id) => sampledByTraceId(id, 0.1)).length;
    // Ten standard deviations are 424.
    expect(Math.abs(taken - 2_000)).toBeLessThan(424);
  });
});

describe('ids', () => {
  test('have their lengths, differ, and need the generator once for many', () => {
    let asked = 0;
    const ids = createIdSource((bytes) => {
      asked++;
      crypto.getRandomValues(bytes);
    });
    expect(asked).toBe(0);
    const made = new Set(Array.from({ length: 1_000 }, () => [ids.traceId(), ids.spanId()]).flat());
    expect(made.size).toBe(2_000);
    for (const id of made) expect(id).toMatch(/^([0-9a-f]{32}|[0-9a-f]{16})$/);
    expect(asked).toBe(6);
  });

  test('are never all zero', () => {
    let round = 0;
    const ids = createIdSource((bytes) => bytes.fill(round++ === 0 ? 0 : 7), 32);
    expect(ids.spanId()).toBe('07'.repeat(8));
  });
});
