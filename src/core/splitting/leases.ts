/**
 * Calls under way, counted by leases that expire: an invocation can end at any await without another line of it being run, so a bare
 * counter would count abandoned calls for ever.
 */
export interface Leases {
  /** When each call that is under way can no longer be. */
  readonly expiries: Map<number, number>;
  nextId: number;
  /** The earliest expiry, or earlier; infinite where there is none. */
  nextExpiryMs: number;
}

/** No call is under way. */
export function noLeases(): Leases {
  return { expiries: new Map(), nextId: 1, nextExpiryMs: Infinity };
}

/** A call begins, which cannot be running after `expiresMs`; the answer is what `endLease` takes. */
export function beginLease(leases: Leases, expiresMs: number): number {
  const id = leases.nextId;
  leases.nextId += 1;
  leases.expiries.set(id, expiresMs);
  if (expiresMs < leases.nextExpiryMs) leases.nextExpiryMs = expiresMs;
  return id;
}

/** A call has ended; one that has expired or ended before does not matter. */
export function endLease(leases: Leases, id: number): void {
  leases.expiries.delete(id);
}

/** How many calls are under way. */
export function activeLeases(leases: Leases, nowMs: number): number {
  if (nowMs >= leases.nextExpiryMs) {
    let next = Infinity;
    for (const [id, expiresMs] of leases.expiries) {
      if (expiresMs <= nowMs) leases.expiries.delete(id);
      else if (expiresMs < next) next = expiresMs;
    }
    leases.nextExpiryMs = next;
  }
  return leases.expiries.size;
}
