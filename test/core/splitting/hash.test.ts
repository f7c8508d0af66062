import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashText, pointBetween, pointOf } from '../../../src/core/splitting/hash.ts';

/** Chi-square of 100 even cells: above 160 comes by chance once in ten thousand times. */
function unevenness(points: readonly number[]): number {
  const cells = new Array<number>(100).fill(0);
  for (const point of points) {
    const cell = Math.floor(point * 100);
    cells[cell] = (cells[cell] as number) + 1;
  }
  const mean = points.length / 100;
  return cells.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
}

describe('hashes', () => {
  it('are whole numbers of 53 bits, and points in [0, 1)', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const hash = hashText(text);
        expect(Number.isSafeInteger(hash) && hash >= 0).toBe(true);
        expect(pointOf(hash)).toBeLessThan(1);
        expect(hashText(text)).toBe(hash);
      }),
    );
  });

  const keys: readonly [string, (index: number) => string][] = [
    ['counted names', (index) => `user-${index}`],
    ['numbers', (index) => String(index)],
    ['keys behind a salt', (index) => `payment\ndefault\n${index}`],
    ['addresses', (index) => `10.0.${index >> 8}.${index & 255}`],
    ['texts that differ at their beginning only', (index) => `${index}@shop.example`],
  ];
  it.each(keys)('law: %s spread evenly, by themselves and with a seed', (_rule, keyOf) => {
    const hashes = Array.from({ length: 20_000 }, (_, index) => hashText(keyOf(index)));
    expect(unevenness(hashes.map(pointOf))).toBeLessThan(170);
    for (const seed of [0, 1, 0x7fffffff, -1])
      expect(unevenness(hashes.map((hash) => pointBetween(hash, seed)))).toBeLessThan(170);
  });

  it('law: points of two seeds are independent', () => {
    const hashes = Array.from({ length: 20_000 }, (_, index) => hashText(`user-${index}`));
    const pairs = hashes.map((hash) => {
      const cell = Math.floor(pointBetween(hash, 1) * 10) * 10 + Math.floor(pointBetween(hash, 2) * 10);
      return (cell + 0.5) / 100;
    });
    expect(unevenness(pairs)).toBeLessThan(170);
  });
});
