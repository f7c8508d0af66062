import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byChance, byHash, leastRequest, nextInTurn } from '../../../src/core/splitting/balance.ts';
import { hashText } from '../../../src/core/splitting/hash.ts';

const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 });
const all = (list: readonly unknown[]) => list.map((_, index) => index);
const seeds = Array.from({ length: 8 }, (_, index) => hashText(`payment\nv1\nworker-${index}`) | 0);
const hashes = Array.from({ length: 300 }, (_, index) => hashText(`user-${index}`));

describe('in turn', () => {
  it('law: after any number of calls each has had its share, to within one call', () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 200 }), (list, calls) => {
        const turns = list.map(() => ({ credit: 0 }));
        const counts = list.map(() => 0);
        for (let call = 0; call < calls; call += 1) {
          const chosen = nextInTurn(turns, list, all(list));
          counts[chosen] = (counts[chosen] as number) + 1;
        }
        const total = list.reduce((sum, one) => sum + one, 0);
        const off = list.map((one, index) => Math.abs((counts[index] as number) - (calls * one) / total));
        // The bound of smooth weighted round robin: fewer than two calls for each endpoint.
        expect(Math.max(...off)).toBeLessThan(2);
      }),
    );
  });
  it('goes round evenly, and only among those that may be chosen', () => {
    const turns = [0, 1, 2].map(() => ({ credit: 0 }));
    const chosen = Array.from({ length: 6 }, () => nextInTurn(turns, [1, 1, 1], [0, 2]));
    expect(chosen).toEqual([0, 2, 0, 2, 0, 2]);
  });
  it('never lets a heavy one take all its calls in a row', () => {
    const turns = [{ credit: 0 }, { credit: 0 }];
    const chosen = Array.from({ length: 10 }, () => nextInTurn(turns, [4, 1], [0, 1]));
    expect(chosen).toEqual([0, 0, 1, 0, 0, 0, 0, 1, 0, 0]);
  });
});

describe('by chance', () => {
  it('law: shares are proportional to the weights', () => {
    fc.assert(
      fc.property(weights, (list) => {
        const steps = 1_000;
        const counts = list.map(() => 0);
        for (let step = 0; step < steps; step += 1) {
          const chosen = byChance(list, all(list), (step + 0.5) / steps);
          counts[chosen] = (counts[chosen] as number) + 1;
        }
        const total = list.reduce((sum, one) => sum + one, 0);
        const off = list.map((one, index) => Math.abs((counts[index] as number) / steps - one / total));
        expect(Math.max(...off)).toBeLessThanOrEqual(2 / steps);
      }),
    );
  });
});

describe('least request', () => {
  it('law: the busiest of equals is never chosen where there is another', () => {
    const loads = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 2, maxLength: 8 });
    const draws = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
      minLength: 2,
      maxLength: 2,
    });
    fc.assert(
      fc.property(loads, draws, (load, [one = 0, two = 0]) => {
        const busiest = Math.max(...load);
        fc.pre(load.filter((active) => active === busiest).length === 1);
        const random = [one, two].values();
        const chosen = leastRequest(
          load.map(() => 1),
          all(load),
          (index) => load[index] as number,
          () => random.next().value as number,
        );
        expect(load[chosen]).toBeLessThan(busiest);
      }),
    );
  });
  it('law: of two, the idle one is chosen', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
        expect(
          leastRequest(
            [1, 1],
            [0, 1],
            (index) => (index === 0 ? 3 : 0),
            () => random,
          ),
        ).toBe(1);
      }),
    );
  });
  it('counts calls by weight: five on an endpoint of weight 10 are fewer than one on an endpoint of weight 1', () => {
    for (const random of [0, 0.95])
      expect(
        leastRequest(
          [10, 1],
          [0, 1],
          (index) => (index === 0 ? 5 : 1),
          () => random,
        ),
      ).toBe(0);
  });
  it('takes the only one', () => {
    expect(
      leastRequest(
        [1, 1],
        [1],
        () => 9,
        () => 0.5,
      ),
    ).toBe(1);
  });
});

describe('by hash', () => {
  const chosenOf = (list: readonly number[], among: readonly number[]) =>
    hashes.map((hash) => byHash(hash, seeds, list, among));

  it('law: an endpoint that is taken away moves only its own keys', () => {
    fc.assert(
      fc.property(weights, fc.nat(), (list, which) => {
        fc.pre(list.length > 1);
        const gone = which % list.length;
        const before = chosenOf(list, all(list));
        const after = chosenOf(
          list,
          all(list).filter((index) => index !== gone),
        );
        expect(before.filter((index, key) => index !== gone && after[key] !== index)).toEqual([]);
      }),
    );
  });
  it('law: a weight that grows draws keys to its own endpoint only', () => {
    fc.assert(
      fc.property(weights, fc.nat(), fc.integer({ min: 1, max: 20 }), (list, which, more) => {
        const grown = which % list.length;
        const before = chosenOf(list, all(list));
        const heavier = list.map((one, index) => (index === grown ? one + more : one));
        const after = chosenOf(heavier, all(list));
        expect(after.filter((index, key) => index !== before[key] && index !== grown)).toEqual([]);
      }),
    );
  });
  it('law: keys spread by the weights', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => hashText(`user-${index}`));
    fc.assert(
      fc.property(weights, (list) => {
        const counts = list.map(() => 0);
        for (const hash of many) {
          const chosen = byHash(hash, seeds, list, all(list));
          counts[chosen] = (counts[chosen] as number) + 1;
        }
        const total = list.reduce((sum, one) => sum + one, 0);
        const off = list.map((one, index) => Math.abs((counts[index] as number) / many.length - one / total));
        expect(Math.max(...off)).toBeLessThan(0.025);
      }),
      { numRuns: 20 },
    );
  });
});
