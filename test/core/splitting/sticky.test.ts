import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashText, pointOf } from '../../../src/core/splitting/hash.ts';
import { cumulativeWeights, pickIndex, stickyOrder } from '../../../src/core/splitting/split.ts';

const keys = Array.from({ length: 400 }, (_, index) => pointOf(hashText(`user-${index}`)));

/** The backend of each key, as a route lays them out. */
function backendsOf(weights: readonly number[]): readonly number[] {
  const order = stickyOrder(weights.length);
  const cumulative = cumulativeWeights(order.map((index) => weights[index] as number));
  return keys.map((point) => order[pickIndex(cumulative, point)] ?? -1);
}

/** The backends that keys went to which go elsewhere now. */
function moved(before: readonly number[], after: readonly number[]): readonly number[] {
  const now = backendsOf(after);
  return backendsOf(before).filter((backend, key) => now[key] !== backend);
}

const weight = fc.integer({ min: 0, max: 1000 });

describe('sticky splits', () => {
  it.each([
    [0, []],
    [1, [0]],
    [2, [1, 0]],
    [3, [1, 0, 2]],
    [5, [1, 3, 0, 4, 2]],
  ])('lay out %i backends with the first in the middle', (count, order) => {
    expect(stickyOrder(count)).toEqual(order);
  });

  it('law: while others grow at the cost of the first, no key of theirs moves (two and three backends)', () => {
    const shares = fc
      .tuple(fc.integer({ min: 1, max: 2 }), fc.array(weight, { minLength: 4, maxLength: 4 }))
      .map(([others, [a = 0, b = 0, more = 0, evenMore = 0]]) => {
        const total = a + b + more + evenMore + 1;
        const before = others === 1 ? [total - a, a] : [total - a - b, a, b];
        const after = others === 1 ? [total - a - more, a + more] : [1, a + more, b + evenMore];
        return { before, after };
      });
    fc.assert(
      fc.property(shares, ({ before, after }) => {
        expect(moved(before, after).filter((backend) => backend !== 0)).toEqual([]);
      }),
    );
  });

  it('law: with any number of backends, the outermost stay', () => {
    fc.assert(
      fc.property(fc.array(weight, { minLength: 3, maxLength: 8 }), weight, (others, more) => {
        const [left = 0, right = 0, ...inner] = others;
        const before = [more + 1, left, right, ...inner];
        const after = [1, left, right, ...inner.map((one, index) => (index === 0 ? one + more : one))];
        expect(moved(before, after).filter((backend) => backend === 1 || backend === 2)).toEqual([]);
      }),
    );
  });

  it('law: only proportions count', () => {
    fc.assert(
      fc.property(
        fc.array(weight, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 2, max: 64 }),
        (weights, factor) => {
          expect(backendsOf(weights.map((one) => one * factor))).toEqual(backendsOf(weights));
        },
      ),
    );
  });

  it('law: each backend has its share of the keys, and a weight of zero none', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => pointOf(hashText(`payment\ndefault\n${index}`)));
    fc.assert(
      fc.property(fc.array(weight, { minLength: 1, maxLength: 4 }), (weights) => {
        const total = weights.reduce((sum, one) => sum + one, 0);
        fc.pre(total > 0);
        const order = stickyOrder(weights.length);
        const cumulative = cumulativeWeights(order.map((index) => weights[index] as number));
        const counts = weights.map(() => 0);
        for (const point of many) {
          const backend = order[pickIndex(cumulative, point)] as number;
          counts[backend] = (counts[backend] as number) + 1;
        }
        // Five standard deviations of 20,000 draws are below 2 %.
        const off = weights.map((one, index) => Math.abs((counts[index] as number) / many.length - one / total));
        expect(Math.max(...off)).toBeLessThan(0.02);
        expect(weights.filter((one, index) => one === 0 && counts[index] !== 0)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});
