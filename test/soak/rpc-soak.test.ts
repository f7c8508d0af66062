import { expect, test } from 'vitest';
import { missedBounds } from './report.ts';
import { runSoak } from './soak.ts';

/**
 * The soak in small. So near to its start V8 still compiles: the callee's heap has been seen to grow by 90 kB between these two calls, and by 18 kB
 * in the 80,000 of the full soak. A stub that each call left in the caller would make 350 kB.
 */
const short = { calls: 6_000, from: 2_000, abandoned: 400, maxGrowthBytes: 250_000 };

/** Some 15 s on a machine that has nothing else to do. */
const boundMs = 240_000;

test(
  'RPC calls through an edge leave nothing behind, and those that are given up are cancelled',
  async () => {
    const result = await runSoak(short, () => undefined);
    expect(missedBounds(result)).toEqual([]);
    expect(result.targets.made).toBe(1_800);
  },
  boundMs,
);
