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

/**
 * In which order sticky splits lay out `count` backends over [0, 1): the first in the middle, the others stacked alternately from both
 * ends. So while others grow at the first one's cost, no key of theirs moves where there are up to three; where there are more, only those
 * that lie between one that grows and the first.
 */
export function stickyOrder(count: number): readonly number[] {
  const left: number[] = [];
  const right: number[] = [];
  for (let index = 1; index < count; index += 1) (index % 2 === 1 ? left : right).push(index);
  return count === 0 ? [] : [...left, 0, ...right.reverse()];
}
