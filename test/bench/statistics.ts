/** The value below which `share` (0 to 1) of the sorted values lie; the nearest rank, no interpolation. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Median of the rounds with the smallest and the largest. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** What one round measured on each path, in one unit (microseconds per call). */
export type Round = Readonly<Record<string, number>>;

/** What `path` adds to the direct call, and what that is of the addition of the bare pass-through, round by round. */
export interface Added {
  readonly micros: Spread;
  readonly ratio: Spread;
}

export function added(rounds: readonly Round[], path: string): Added {
  const own = rounds.map((round) => difference(round, path));
  const bare = rounds.map((round) => difference(round, 'pass'));
  return { micros: spread(own), ratio: spread(own.map((value, index) => value / (bare[index] as number))) };
}

/**
 * A run whose base, the cost of the bare pass-through, spreads more than two-fold between rounds says little about ratios to it.
 * A base that is not positive is the same thing, worse.
 */
export function isNoisy(rounds: readonly Round[]): boolean {
  const { min, max } = spread(rounds.map((round) => difference(round, 'pass')));
  return !(min > 0 && max <= 2 * min);
}

function difference(round: Round, path: string): number {
  return (round[path] as number) - (round.direct as number);
}
