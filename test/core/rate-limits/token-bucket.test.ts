import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BucketTable, giveBackTo, takeFrom } from '../../../src/core/rate-limits/bucket-table.ts';
import { type Bucket, isFull, takeToken } from '../../../src/core/rate-limits/token-bucket.ts';

const limit = { burst: 3, perSecond: 0.5 };

/** The waits of calls at these instants. */
function waits(instants: readonly number[]): number[] {
  let bucket: Bucket | undefined;
  return instants.map((nowMs) => {
    const taken = takeToken(bucket, limit, nowMs);
    bucket = taken.bucket;
    return taken.waitMs;
  });
}

describe('takeToken', () => {
  it.each([
    { name: 'a full bucket lets its burst through', at: [0, 0, 0], waits: [0, 0, 0] },
    { name: 'the next one waits for a whole token', at: [0, 0, 0, 0], waits: [0, 0, 0, 2000] },
    { name: 'who knocks on does not wait longer', at: [0, 0, 0, 500, 1500, 2000], waits: [0, 0, 0, 1500, 500, 0] },
    { name: 'a clock that goes backward gives nothing', at: [1000, 1000, 1000, 0], waits: [0, 0, 0, 2000] },
    {
      name: 'and nothing is given twice when it goes forward again',
      at: [1000, 1000, 1000, 0, 1000],
      waits: [0, 0, 0, 2000, 2000],
    },
    {
      name: 'who comes when he was told to is let through, though fractions of tokens add up to less than one',
      at: [0, 8, 1948, 3699, 4747, 4747, 6000],
      waits: [0, 0, 0, 0, 0, 1253, 0],
    },
    {
      name: 'a long silence fills no more than the burst',
      at: [0, 0, 0, 1e9, 1e9, 1e9, 1e9],
      waits: [0, 0, 0, 0, 0, 0, 2000],
    },
  ])('$name', ({ at, waits: expected }) => {
    expect(waits(at)).toEqual(expected);
  });

  const instants = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 60 }).map((steps) => {
    let now = 0;
    return steps.map((step) => (now += step));
  });

  it('never lets more through than the burst and what time gave', () => {
    fc.assert(
      fc.property(instants, (at) => {
        const through = at.filter((_, index) => waits(at)[index] === 0);
        for (const [from, first] of through.entries())
          for (const [to, last] of through.entries())
            if (to >= from)
              expect(to - from + 1).toBeLessThanOrEqual(limit.burst + ((last - first) / 1000) * limit.perSecond + 1e-6);
      }),
      { numRuns: 100 },
    );
  });

  it('lets through whoever comes when he was told to', () => {
    fc.assert(
      fc.property(instants, (at) => {
        let bucket: Bucket | undefined;
        for (const nowMs of at) {
          const taken = takeToken(bucket, limit, nowMs);
          bucket = taken.bucket;
          if (taken.waitMs > 0) expect(takeToken(bucket, limit, nowMs + taken.waitMs).waitMs).toBe(0);
        }
      }),
    );
  });
});

describe('a table of buckets', () => {
  it('counts each name by itself', () => {
    const table: BucketTable = new Map();
    expect(['a', 'a', 'a', 'a', 'b'].map((name) => takeFrom(table, name, limit, 10, 0))).toEqual([0, 0, 0, 2000, 0]);
  });

  it('takes nothing for what is given back, however often', () => {
    const table: BucketTable = new Map();
    for (let times = 0; times < 50; times += 1) {
      expect(takeFrom(table, 'a', limit, 10, times)).toBe(0);
      giveBackTo(table, 'a', limit, times);
    }
    expect(['a', 'a', 'a', 'a'].map((name) => takeFrom(table, name, limit, 10, 50))).toEqual([0, 0, 0, 2000]);
  });

  it('gives back no more than was taken, and nothing to whom it has forgotten', () => {
    const table: BucketTable = new Map();
    takeFrom(table, 'a', limit, 10, 0);
    for (let times = 0; times < 5; times += 1) giveBackTo(table, 'a', limit, 0);
    expect(['a', 'a', 'a', 'a'].map((name) => takeFrom(table, name, limit, 10, 0))).toEqual([0, 0, 0, 2000]);
    giveBackTo(table, 'b', limit, 0);
    expect(table.has('b')).toBe(false);
  });

  it('is never larger than it may be, and forgets a full bucket before one that counts', () => {
    const table: BucketTable = new Map();
    for (let times = 0; times < 4; times += 1) takeFrom(table, 'guesser', limit, 3, 10_000);
    takeFrom(table, 'early', limit, 3, 0);
    takeFrom(table, 'other', limit, 3, 10_000);
    takeFrom(table, 'late', limit, 3, 10_000);
    expect([...table.keys()]).toEqual(['guesser', 'other', 'late']);
    expect([...table.values()].some((bucket) => isFull(bucket, limit, 10_000))).toBe(false);
    for (let index = 0; index < 100; index += 1) takeFrom(table, `name-${index}`, limit, 3, 10_000);
    expect(table.size).toBe(3);
  });
});
