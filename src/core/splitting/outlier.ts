/** Leaving out endpoints that fail, as Envoy's outlier detection does: each isolate by the calls that it makes itself. */

export interface OutlierTerms {
  /** Errors in a row after which an endpoint is left out. */
  readonly consecutiveErrors: number;
  /** How long errors in a row are remembered. */
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  /** How many of the endpoints may be left out at once; one at least. */
  readonly maxEjectedPercent: number;
}

/** Plain data that an isolate keeps of one endpoint; changed in place. */
export interface Health {
  errors: number;
  lastErrorMs: number;
  /** The endpoint is left out until then; 0 where it never was. */
  ejectedUntilMs: number;
  /** How often it was left out, less once for each interval in which it has done well since. */
  ejections: number;
}

/** Envoy's `max_ejection_time`: no endpoint is left out for longer, unless the document's own base is longer. */
const longestEjectionMs = 300_000;

/** Of an endpoint that has never failed. */
export function goodHealth(): Health {
  return { errors: 0, lastErrorMs: 0, ejectedUntilMs: 0, ejections: 0 };
}

/** Whether the endpoint is left out now. */
export function isEjected(health: Health, nowMs: number): boolean {
  return nowMs < health.ejectedUntilMs;
}

/** An endpoint has answered: errors in a row begin anew, an ejection goes on. */
export function noteSuccess(health: Health): void {
  health.errors = 0;
}

/**
 * An endpoint has failed. With the last error that the rule allows it is left out, for the base time its first time, twice as long its second, unless
 * so many of `all` are left out already.
 */
export function noteError(health: Health, terms: OutlierTerms, all: readonly Health[], nowMs: number): void {
  health.errors = nowMs - health.lastErrorMs > terms.intervalMs ? 1 : health.errors + 1;
  health.lastErrorMs = nowMs;
  if (health.errors < terms.consecutiveErrors || isEjected(health, nowMs)) return;
  const allowed = Math.max(1, Math.floor((all.length * terms.maxEjectedPercent) / 100));
  let out = 0;
  for (const one of all) if (isEjected(one, nowMs)) out += 1;
  if (out >= allowed) return;
  const wellForMs = health.ejectedUntilMs === 0 ? 0 : nowMs - health.ejectedUntilMs;
  const forgiven = terms.intervalMs > 0 ? Math.floor(wellForMs / terms.intervalMs) : health.ejections;
  health.ejections = Math.max(0, health.ejections - forgiven) + 1;
  health.errors = 0;
  const longest = Math.max(longestEjectionMs, terms.baseEjectionMs);
  health.ejectedUntilMs = nowMs + Math.min(health.ejections * terms.baseEjectionMs, longest);
}
