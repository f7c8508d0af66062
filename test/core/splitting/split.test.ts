import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cumulativeWeights, pickIndex } from '../../../src/core/splitting/split.ts';

const weights = fc.array(fc.oneof(fc.constant(0), fc.nat(1_000_000)), { maxLength: 8 });

test('nothing is picked from nothing, or where all weights are 0', () => {
  expect(pickIndex(cumulativeWeights([]), 0)).toBe(-1);
  expect(pickIndex(cumulativeWeights([0, 0]), 0.5)).toBe(-1);
});

test('the sum need not be 100', () => {
  const cumulative = cumulativeWeights([1, 2, 1]);
  expect([0, 0.24, 0.25, 0.74, 0.75, 0.999].map((random) => pickIndex(cumulative, random))).toEqual([0, 0, 1, 1, 2, 2]);
});

test('something is picked whenever there is weight, and never an index of weight 0', () => {
  fc.assert(
    fc.property(weights, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (list, random) => {
      const index = pickIndex(cumulativeWeights(list), random);
      if (list.every((weight) => weight === 0)) expect(index).toBe(-1);
      else expect(list[index]).toBeGreaterThan(0);
    }),
  );
});

test('shares converge to weight / sum', () => {
  fc.assert(
    fc.property(weights, (list) => {
      const sum = list.reduce((one, other) => one + other, 0);
      if (sum === 0) return;
      const cumulative = cumulativeWeights(list);
      const counts = list.map(() => 0);
      const picks = 2000;
      // Evenly spread points are what randomness converges to, without its luck.
      for (let pick = 0; pick < picks; pick += 1) {
        const index = pickIndex(cumulative, (pick + 0.5) / picks);
        counts[index] = (counts[index] as number) + 1;
      }
      list.forEach((weight, index) => {
        expect(Math.abs((counts[index] as number) / picks - weight / sum)).toBeLessThanOrEqual(1 / picks);
      });
    }),
  );
});
