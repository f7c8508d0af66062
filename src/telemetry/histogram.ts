/** Latency histograms with the fixed bounds of `latencyBucketsMs`: counts per bucket, one more for everything above. */
import { latencyBucketsMs } from './batch.ts';

export const bucketCount = latencyBucketsMs.length + 1;

/** Index of the bucket that holds a duration: the first whose upper bound is not below it. */
export function latencyBucket(durationMs: number): number {
  let index = 0;
  while (index < latencyBucketsMs.length && durationMs > (latencyBucketsMs[index] as number)) index++;
  return index;
}

export function emptyBuckets(): number[] {
  return new Array<number>(bucketCount).fill(0);
}

/** The counts without trailing zeros, as they travel. */
export function trimBuckets(buckets: readonly number[]): number[] {
  let end = buckets.length;
  while (end > 0 && buckets[end - 1] === 0) end--;
  return buckets.slice(0, end);
}

/** Adds `more` (which may be trimmed) to `into`. */
export function addBuckets(into: number[], more: readonly number[]): void {
  for (let index = 0; index < more.length; index++) into[index] = (into[index] ?? 0) + (more[index] as number);
}

/**
 * An estimate of a quantile in milliseconds, linear inside the bucket, as Prometheus' `histogram_quantile` does it; above the last
 * bound it answers that bound. `undefined` for an empty histogram.
 */
export function bucketQuantile(buckets: readonly number[], quantile: number): number | undefined {
  const total = buckets.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const rank = quantile * total;
  let below = 0;
  for (let index = 0; index < buckets.length; index++) {
    const count = buckets[index] as number;
    if (count > 0 && below + count >= rank) {
      const upper = latencyBucketsMs[index];
      if (upper === undefined) break;
      const lower = index === 0 ? 0 : (latencyBucketsMs[index - 1] as number);
      return lower + (upper - lower) * Math.max(0, (rank - below) / count);
    }
    below += count;
  }
  return latencyBucketsMs[latencyBucketsMs.length - 1];
}
