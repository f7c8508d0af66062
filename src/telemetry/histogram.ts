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
