import { describe, expect, test } from 'vitest';
import { added, isNoisy, median, quantile } from './statistics.ts';

describe('statistics of the benchmark', () => {
  test('the median of an even number of values lies between the middle two', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([3, 1, 2])).toBe(2);
  });

  test('a quantile is a value that was measured', () => {
    expect(quantile([40, 10, 30, 20], 0.25)).toBe(20);
    expect(quantile([5], 1)).toBe(5);
  });

  test('ratios are taken within each round, so that a slow round does not count more', () => {
    const rounds = [
      { direct: 50, pass: 100, edge: 150 },
      { direct: 500, pass: 1000, edge: 2000 },
      { direct: 60, pass: 100, edge: 160 },
    ];
    expect(added(rounds, 'edge').ratio).toEqual({ median: 2.5, min: 2, max: 3 });
    expect(added(rounds, 'pass').ratio).toEqual({ median: 1, min: 1, max: 1 });
    expect(added(rounds, 'edge').micros).toEqual({ median: 100, min: 100, max: 1500 });
  });

  test.each([
    { name: 'a base that doubles is not yet noisy', pass: [50, 100], noisy: false },
    { name: 'a base that spreads more than two-fold is noisy', pass: [50, 101], noisy: true },
    { name: 'a base that is not positive is noisy', pass: [50, 60, -1], noisy: true },
  ])('$name', ({ pass, noisy }) => {
    expect(isNoisy(pass.map((value) => ({ direct: 10, pass: value + 10 })))).toBe(noisy);
  });
});
