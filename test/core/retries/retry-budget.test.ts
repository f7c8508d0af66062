import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deposit, openBudget, withdraw } from '../../../src/core/retries/retry-budget.ts';

describe('retry budget', () => {
  it('is never exceeded: retries <= burst + percent of the calls so far, whatever the order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 10 }),
        fc.array(fc.boolean(), { maxLength: 2_000 }),
        (percent, burst, events) => {
          const rule = { percent, burst };
          let budget = openBudget(rule);
          let calls = 0;
          let retries = 0;
          for (const isCall of events) {
            if (isCall) {
              calls += 1;
              budget = deposit(budget, rule);
              continue;
            }
            const left = withdraw(budget);
            if (left === undefined) continue;
            retries += 1;
            budget = left;
            expect(retries).toBeLessThanOrEqual(burst + (calls * percent) / 100 + 1e-6);
          }
        },
      ),
    );
  });
  it('allows the burst from a standing start, and then nothing without traffic', () => {
    let budget = openBudget({ percent: 20, burst: 3 });
    for (let retry = 0; retry < 3; retry += 1) budget = withdraw(budget) ?? { credit: Number.NaN };
    expect(budget.credit).toBe(0);
    expect(withdraw(budget)).toBeUndefined();
  });
  it('gives one retry for five calls at 20 %, in spite of floating point', () => {
    const rule = { percent: 20, burst: 0 };
    let budget = openBudget(rule);
    for (let call = 0; call < 5; call += 1) budget = deposit(budget, rule);
    expect(withdraw(budget)).toBeDefined();
  });
  it('does not save up more than the share of the last 100 calls', () => {
    const rule = { percent: 10, burst: 2 };
    let budget = openBudget(rule);
    for (let call = 0; call < 100_000; call += 1) budget = deposit(budget, rule);
    expect(budget.credit).toBe(12);
  });
});
