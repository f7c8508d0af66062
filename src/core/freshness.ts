/** When a snapshot is served, refreshed behind the caller's back, or waited for. */

export type Freshness = 'fresh' | 'refresh' | 'wait';

/** A snapshot is waited for when it is this many refresh periods old (5 minutes at the shipped 30 s). */
const waitAfterPeriods = 10;

/**
 * Below this many milliseconds of refresh period (that is, in `dev`) a call waits for KV rather than be served from an old
 * snapshot, so that an edit shows on the very next call.
 */
const impatientBelowMs = 10_000;

/** After this long a service with access rules refuses rather than judge by what may have been revoked. */
const refuseAfterMs = 3_600_000;

/** How long a call waits for KV before it is served from what there is. */
export const registryWaitMs = 500;

/** After a wait in vain, calls are served from what there is for this long before one of them waits again. */
export const waitAgainAfterMs = 1_000;

/** A refresh that began longer ago than this belongs to an invocation that was cancelled; another call may begin one. */
export const refreshExpiresMs = 10_000;

/** `mesh` is read at every tenth refresh, since it changes seldom and every edge reads it. */
export const meshEveryRefreshes = 10;

/** What to do with a snapshot that was read `ageMs` ago. */
export function freshness(ageMs: number, refreshMs: number): Freshness {
  if (ageMs < refreshMs) return 'fresh';
  const waitAfterMs = refreshMs < impatientBelowMs ? refreshMs : refreshMs * waitAfterPeriods;
  return ageMs < waitAfterMs ? 'refresh' : 'wait';
}

/** Whether a snapshot counts as stale: older than the age at which calls wait for KV, and KV did not answer. */
export function isStale(ageMs: number, refreshMs: number): boolean {
  return ageMs >= refreshMs * waitAfterPeriods;
}

/** Whether a stale snapshot must not decide any more: where the document says so, or by default where access rules are over an hour old. */
export function mustRefuse(
  ageMs: number,
  stale: boolean,
  onStale: 'serve' | 'refuse' | 'default',
  hasAccessRules: boolean,
): boolean {
  if (!stale || onStale === 'serve') return false;
  return onStale === 'refuse' || (hasAccessRules && ageMs > refuseAfterMs);
}
