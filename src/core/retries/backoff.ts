/**
 * Jittered exponential back-off. The base is the least that is waited (`backoff` of HTTPRouteRetry: the minimum duration between attempts), and
 * what comes on top doubles: retry n waits uniform in [base, 2^n * base), at most 10 * base, which is Envoy's own bound.
 */

/** Milliseconds to wait before retry `retry` (1, 2, ...); `random` is uniform in [0, 1). */
export function backoffMs(retry: number, baseMs: number, random: number): number {
  const longest = Math.min(2 ** retry, 10) * baseMs;
  return baseMs + (longest - baseMs) * random;
}
