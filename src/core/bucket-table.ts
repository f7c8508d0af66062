/** Token buckets by name, within bounds: names come from outside, and anybody can invent them. */
import { type Bucket, type BucketLimit, isFull, takeToken } from './token-bucket.ts';

/** Make it with `new Map()`; all of one table have the same limit. */
export type BucketTable = Map<string, Bucket>;

/**
 * Takes a token of the bucket with this name; answers 0, or the ms until there is one. Where the table has more than `most` names,
 * buckets that are full go first, then the one that was made first.
 */
export function takeFrom(table: BucketTable, name: string, limit: BucketLimit, most: number, nowMs: number): number {
  const { bucket, waitMs } = takeToken(table.get(name), limit, nowMs);
  table.set(name, bucket);
  if (table.size > most) {
    for (const [other, held] of table) if (isFull(held, limit, nowMs)) table.delete(other);
    for (const other of table.keys()) {
      if (table.size <= most) break;
      if (other !== name) table.delete(other);
    }
  }
  return waitMs;
}
