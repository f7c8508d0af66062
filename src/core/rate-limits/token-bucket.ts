/** A token bucket: it holds `burst` tokens, gets `perSecond` of them back, and whoever finds none is told how long to wait. */

export interface BucketLimit {
  /** What may be taken from a standing start; one at least. */
  readonly burst: number;
  readonly perSecond: number;
}

/** Plain data: how many tokens there were at an instant (ms since the epoch). */
export interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

export interface Taken {
  readonly bucket: Bucket;
  /** 0 where a token was taken; else ms until there is one, and nothing was taken, so that knocking on does not make the wait longer. */
  readonly waitMs: number;
}

/** By less than this sums of fractions miss a whole token; what was taken too early is owed, so that nothing adds up. */
const roundingError = 1e-9;

/** What is in the bucket now. A clock that goes backward gives nothing and takes nothing. */
function tokensNow(bucket: Bucket | undefined, { burst, perSecond }: BucketLimit, nowMs: number): number {
  if (bucket === undefined) return burst;
  return Math.min(burst, bucket.tokens + (Math.max(0, nowMs - bucket.atMs) / 1000) * perSecond);
}

/** Takes one token, if there is one. No bucket is a full one. */
export function takeToken(bucket: Bucket | undefined, limit: BucketLimit, nowMs: number): Taken {
  const tokens = tokensNow(bucket, limit, nowMs);
  const atMs = Math.max(bucket?.atMs ?? nowMs, nowMs);
  if (tokens >= 1 - roundingError) return { bucket: { tokens: tokens - 1, atMs }, waitMs: 0 };
  return { bucket: { tokens, atMs }, waitMs: Math.max(1, Math.ceil(((1 - tokens) / limit.perSecond) * 1000)) };
}

/** Gives a token back that was taken for nothing; never more than the bucket holds. */
export function giveBackToken(bucket: Bucket, limit: BucketLimit, nowMs: number): Bucket {
  const tokens = Math.min(limit.burst, tokensNow(bucket, limit, nowMs) + 1);
  return { tokens, atMs: Math.max(bucket.atMs, nowMs) };
}

/** Whether the bucket is as good as none: forgetting it changes nothing. */
export function isFull(bucket: Bucket, limit: BucketLimit, nowMs: number): boolean {
  return tokensNow(bucket, limit, nowMs) >= limit.burst;
}
