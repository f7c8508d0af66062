import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { latencyBucketsMs } from '../../src/telemetry/batch.ts';
import {
  addBuckets,
  bucketCount,
  bucketQuantile,
  emptyBuckets,
  latencyBucket,
  trimBuckets,
} from '../../src/telemetry/histogram.ts';

describe('a latency histogram', () => {
  test.each([
    { name: 'a bound belongs to the bucket that it closes', ms: 5, bucket: 2 },
    { name: 'anything above it to the next', ms: 5.01, bucket: 3 },
    { name: 'zero to the first', ms: 0, bucket: 0 },
    { name: 'what is above all bounds to the last', ms: 60_001, bucket: bucketCount - 1 },
  ])('$name', ({ ms, bucket }) => {
    expect(latencyBucket(ms)).toBe(bucket);
  });

  test('law: a quantile lies within the bucket of the value of that rank', () => {
    const durations = fc.array(fc.double({ min: 0, max: 59_999, noNaN: true }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(durations, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, quantile) => {
        const buckets = emptyBuckets();
        for (const value of values) addBuckets(buckets, [...new Array<number>(latencyBucket(value)).fill(0), 1]);
        const rank = Math.min(values.length - 1, Math.max(0, Math.ceil(quantile * values.length) - 1));
        const exact = [...values].sort((a, b) => a - b)[rank] as number;
        const bucket = latencyBucket(exact);
        const estimate = bucketQuantile(trimBuckets(buckets), quantile) as number;
        expect(estimate).toBeGreaterThanOrEqual(bucket === 0 ? 0 : (latencyBucketsMs[bucket - 1] as number));
        expect(estimate).toBeLessThanOrEqual(latencyBucketsMs[bucket] as number);
      }),
    );
  });

  test('without values has no quantile; above the last bound it answers that bound', () => {
    expect(bucketQuantile([], 0.5)).toBeUndefined();
    expect(bucketQuantile([...new Array<number>(bucketCount - 1).fill(0), 3], 0.5)).toBe(60_000);
  });

  test('travels without trailing zeros', () => {
    expect(trimBuckets([0, 2, 0, 1, 0, 0])).toEqual([0, 2, 0, 1]);
    expect(trimBuckets(emptyBuckets())).toEqual([]);
  });
});
