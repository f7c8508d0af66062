/** Adds up what the load generator and the shop's own Workers counted. */
import type { PlacedOrder, Served, ShopWorker } from './order.ts';

/** Each Worker puts the number of calls that it has served into its answers; the highest that was seen is how many there were. */
export function highest(counts: Iterable<Served>): Served {
  const most: Served = {};
  for (const served of counts) {
    for (const [worker, count] of Object.entries(served) as [ShopWorker, number][]) {
      most[worker] = Math.max(most[worker] ?? 0, count);
    }
  }
  return most;
}

export function sum(counts: Served): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

export function versionsOf(orders: readonly PlacedOrder[]): { v1: number; v2: number } {
  const v2 = orders.filter((order) => order.paymentVersion === 'v2').length;
  return { v1: orders.length - v2, v2 };
}

/**
 * Whether `hits` of `trials` fits a share: within 4.5 standard deviations of the binomial distribution, so that a right mesh
 * fails once in about 150,000 runs.
 */
export function fitsShare(hits: number, trials: number, share: number): boolean {
  const deviation = Math.sqrt(trials * share * (1 - share));
  return Math.abs(hits - trials * share) <= 4.5 * deviation;
}
