/** The weighted split: which of several backends an attempt goes to, in proportion to whole-number weights. */

/** Running sums of weights, so that a pick is one pass of comparisons. The sum need not be 100. */
export function cumulativeWeights(weights: readonly number[]): readonly number[] {
  let sum = 0;
  return weights.map((weight) => {
    sum += weight;
    return sum;
  });
}

/**
 * The index that `random` (in [0, 1)) falls on; -1 where there is nothing to pick or every weight is 0.
 * An index of weight 0 is never picked: its running sum equals the one before it.
 */
export function pickIndex(cumulative: readonly number[], random: number): number {
  const total = cumulative[cumulative.length - 1] ?? 0;
  if (total <= 0) return -1;
  const point = random * total;
  for (let index = 0; index < cumulative.length; index += 1) {
    if (point < (cumulative[index] as number)) return index;
  }
  return -1;
}
