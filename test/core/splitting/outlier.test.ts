import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activeLeases, beginLease, endLease, noLeases } from '../../../src/core/splitting/leases.ts';
import {
  goodHealth,
  isEjected,
  noteError,
  noteSuccess,
  type OutlierTerms,
} from '../../../src/core/splitting/outlier.ts';

const terms: OutlierTerms = {
  consecutiveErrors: 3,
  intervalMs: 10_000,
  baseEjectionMs: 30_000,
  maxEjectedPercent: 100,
};

function fail(times: number, health = goodHealth(), atMs = 1_000, rule = terms, all = [health, goodHealth()]) {
  for (let count = 0; count < times; count += 1) noteError(health, rule, all, atMs);
  return health;
}

describe('outliers', () => {
  it('are left out with the last of the errors in a row, for the base time', () => {
    expect(isEjected(fail(2), 1_000)).toBe(false);
    const health = fail(3);
    expect([isEjected(health, 1_000), isEjected(health, 30_999), isEjected(health, 31_000)]).toEqual([
      true,
      true,
      false,
    ]);
  });
  it('a success ends the row', () => {
    const health = fail(2);
    noteSuccess(health);
    expect(isEjected(fail(2, health), 1_000)).toBe(false);
  });
  it('errors further apart than the interval are no row', () => {
    const health = fail(2);
    expect(isEjected(fail(2, health, 11_001), 11_001)).toBe(false);
    expect(isEjected(fail(1, health, 11_001), 11_001)).toBe(true);
  });
  it('are left out for longer each time, and for five minutes at most', () => {
    const health = goodHealth();
    let atMs = 1_000;
    const times: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      fail(3, health, atMs);
      times.push((health.ejectedUntilMs - atMs) / 1_000);
      atMs = health.ejectedUntilMs;
    }
    expect(times).toEqual([30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300]);
  });
  it('an interval without another ejection forgives one', () => {
    const health = fail(3);
    fail(3, health, health.ejectedUntilMs);
    const atMs = health.ejectedUntilMs + 10_000;
    fail(3, health, atMs);
    expect(health.ejectedUntilMs - atMs).toBe(60_000);
  });
  it('calls that end while it is left out do not lengthen that', () => {
    const health = fail(3);
    fail(9, health, 2_000);
    expect(health.ejectedUntilMs).toBe(31_000);
  });
  it.each([
    [4, 10, 1],
    [4, 50, 2],
    [4, 74, 2],
    [10, 0, 1],
    [3, 100, 3],
  ])('of %i endpoints %i %% may be left out: %i, and one at least', (count, maxEjectedPercent, allowed) => {
    const all = Array.from({ length: count }, goodHealth);
    for (const health of all) fail(3, health, 1_000, { ...terms, maxEjectedPercent }, all);
    expect(all.filter((health) => isEjected(health, 1_000))).toHaveLength(allowed);
  });
  it('law: never more than the allowed share is out, whatever happens', () => {
    const steps = fc.array(fc.tuple(fc.nat(5), fc.boolean(), fc.nat(20_000)), { maxLength: 200 });
    fc.assert(
      fc.property(steps, fc.nat(100), (events, maxEjectedPercent) => {
        const all = Array.from({ length: 6 }, goodHealth);
        let nowMs = 1_000;
        let most = 0;
        for (const [which, ok, passed] of events) {
          nowMs += passed;
          const health = all[which] as (typeof all)[0];
          if (ok) noteSuccess(health);
          else noteError(health, { ...terms, maxEjectedPercent }, all, nowMs);
          most = Math.max(most, all.filter((one) => isEjected(one, nowMs)).length);
        }
        expect(most).toBeLessThanOrEqual(Math.max(1, Math.floor((6 * maxEjectedPercent) / 100)));
      }),
    );
  });
});

describe('leases', () => {
  it('law: count the calls that neither ended nor expired', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('begin', 'end'), fc.nat(100), fc.nat(20)), { maxLength: 100 });
    fc.assert(
      fc.property(steps, (events) => {
        const leases = noLeases();
        const open: { id: number; expiresMs: number }[] = [];
        let nowMs = 0;
        for (const [kind, number, passed] of events) {
          nowMs += passed;
          if (kind === 'begin') open.push({ id: beginLease(leases, nowMs + number), expiresMs: nowMs + number });
          else {
            const [ended] = open.splice(number % (open.length || 1), 1);
            if (ended !== undefined) endLease(leases, ended.id);
          }
          expect(activeLeases(leases, nowMs)).toBe(open.filter(({ expiresMs }) => expiresMs > nowMs).length);
        }
      }),
    );
  });
  it('one that ended is not held in memory, and one that never did until it expires', () => {
    const leases = noLeases();
    endLease(leases, beginLease(leases, 10));
    beginLease(leases, 10);
    expect([activeLeases(leases, 9), activeLeases(leases, 10), leases.expiries.size]).toEqual([1, 0, 0]);
  });
});
