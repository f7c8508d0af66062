import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { latencyBucketsMs } from '../../src/telemetry/batch.ts';
import { addBuckets, bucketCount, emptyBuckets, latencyBucket, trimBuckets } from '../../src/telemetry/histogram.ts';

describe('a latency histogram', () => {
  test.each([
    { name: 'a bound belongs to the bucket that it closes', ms: 5, bucket: 2 },
    { name: 'anything above it to the next', ms: 5.01, bucket: 3 },
    { name: 'zero to the first', ms: 0, bucket: 0 },
    { name: 'what is above all bounds to the last', ms: 60_001, bucket: bucketCount - 1 },
  ])('$name', ({ ms, bucket }) => {
    expect(latencyBucket(ms)).toBe(bucket);
  });

  test('law: every duration lies between the bounds of its bucket', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (ms) => {
        const bucket = latencyBucket(ms);
        expect(ms).toBeLessThanOrEqual(latencyBucketsMs[bucket] ?? Number.POSITIVE_INFINITY);
        expect(ms).toBeGreaterThan(latencyBucketsMs[bucket - 1] ?? -1);
      }),
    );
  });

  test('takes up trimmed counts', () => {
    const buckets = [1, 1];
    addBuckets(buckets, [2]);
    addBuckets(buckets, [0, 0, 3]);
    expect(buckets).toEqual([3, 1, 3]);
  });

  test('travels without trailing zeros', () => {
    expect(trimBuckets([0, 2, 0, 1, 0, 0])).toEqual([0, 2, 0, 1]);
    expect(trimBuckets(emptyBuckets())).toEqual([]);
  });
});
