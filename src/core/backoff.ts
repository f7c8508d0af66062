/** Fully jittered exponential back-off, as Envoy's: retry n waits uniform in [0, (2^n - 1) * base), at most 10 * base. */

/** Milliseconds to wait before retry `retry` (1, 2, ...); `random` is uniform in [0, 1). */
export function backoffMs(retry: number, baseMs: number, random: number): number {
  return Math.min((2 ** retry - 1) * baseMs * random, 10 * baseMs);
}
