/** Token buckets by name, within bounds: names come from outside, and anybody can invent them. */
import { type Bucket, type BucketLimit, giveBackToken, isFull, takeToken } from './token-bucket.ts';

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

/**
 * Gives back what was taken under this name and came to nothing that counts. So an attempt can be charged before it is looked at, and
 * attempts that are made at the same time do not slip through together.
 */
export function giveBackTo(table: BucketTable, name: string, limit: BucketLimit, nowMs: number): void {
  const bucket = table.get(name);
  if (bucket !== undefined) table.set(name, giveBackToken(bucket, limit, nowMs));
}
