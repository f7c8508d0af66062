import { describe, expect, test } from 'vitest';
import { missedBounds, soakJson, soakTable } from './report.ts';
import { fullSoak, type SoakResult } from './soak.ts';

const stopped = { begun: 2_000, ended: 0, runningOn: false };
const passed: SoakResult = {
  plan: fullSoak,
  seconds: 99.6,
  heap: [{ worker: 'ledger-edge', first: 1_500_000, last: 1_600_000 }],
  targets: { made: 30_000, disposed: 30_000 },
  warnings: [],
  outcomes: { response: 100_100, cancelled: 2_000 },
  abandoned: stopped,
  abandonedBare: { ...stopped, begun: 200 },
  leak: { warnings: 1, undisposed: 2_000, bytesPerKept: 120 },
};

describe('the report of the soak', () => {
  test('says that every bound is kept, and by what figures', () => {
    expect(missedBounds(passed)).toEqual([]);
    expect(soakTable(passed)).toContain('ledger-edge      1500 kB ->   1600 kB   +100 kB');
    expect(soakJson(passed)).toMatchObject({
      passed: true,
      heapGrowthBytes: { 'ledger-edge': 100_000 },
      disposalWarnings: 0,
    });
  });

  test.each<{ name: string; change: Partial<SoakResult>; missed: RegExp }>([
    {
      name: 'a heap that grew by the bound',
      change: { heap: [{ worker: 'caller', first: 0, last: 1_000_000 }] },
      missed: /heap of caller grew by 1000 kB/,
    },
    {
      name: 'a target that nobody disposed of',
      change: { targets: { made: 10, disposed: 9 } },
      missed: /made 10 targets, and 9 of/,
    },
    {
      name: 'a disposer that ran twice',
      change: { targets: { made: 10, disposed: 11 } },
      missed: /made 10 targets, and 11 of/,
    },
    { name: 'a warning', change: { warnings: ['An RPC stub was not disposed properly.'] }, missed: /workerd warned/ },
    {
      name: 'an abandoned call that was not recorded',
      change: { outcomes: { response: 100_100, cancelled: 1_999 } },
      missed: /of 2000 abandoned calls 1999/,
    },
    {
      name: 'an ended call that was not recorded',
      change: { outcomes: { response: 99_999, cancelled: 2_000 } },
      missed: /of 100000 calls that ended 99999/,
    },
    {
      name: 'an abandoned callee that ran on',
      change: { abandoned: { ...stopped, runningOn: true } },
      missed: /ran on through the edge/,
    },
    {
      name: 'a call that was given up before it had begun',
      change: { abandoned: { ...stopped, begun: 1_990 } },
      missed: /1990 had begun/,
    },
    {
      name: 'a leak that made no warning',
      change: { leak: { ...passed.leak, warnings: 0 } },
      missed: /made no warning/,
    },
    {
      name: 'a leak too small for the bound of the heap',
      change: { leak: { ...passed.leak, bytesPerKept: 12 } },
      missed: /at 12 bytes, would have stayed within/,
    },
  ])('$name is a missed bound', ({ change, missed }) => {
    const bounds = missedBounds({ ...passed, ...change });
    expect(bounds).toHaveLength(1);
    expect(bounds[0]).toMatch(missed);
  });
});
