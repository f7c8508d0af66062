import { describe, expect, test } from 'vitest';
import { localCompatibility, withAsyncLocalStorage } from '../../../src/derive/configs/compatibility.ts';
import { findUnknownFlags } from '../../../src/derive/configs/known-flags.ts';

const rows: readonly {
  readonly name: string;
  readonly date: string | undefined;
  readonly flags?: readonly string[];
  readonly unknown?: readonly string[];
  readonly expected: { readonly date: string; readonly flags: readonly string[]; readonly warnings: number };
}[] = [
  {
    name: 'an old date stays',
    date: '2024-01-01',
    flags: ['nodejs_compat'],
    expected: { date: '2024-01-01', flags: ['nodejs_compat'], warnings: 0 },
  },
  { name: 'the newest local date stays', date: '2026-05-03', expected: { date: '2026-05-03', flags: [], warnings: 0 } },
  {
    name: 'a newer date is clamped with one warning',
    date: '2026-06-01',
    expected: { date: '2026-05-03', flags: [], warnings: 1 },
  },
  {
    name: 'nodejs_compat is added from the date it became the default',
    date: '2026-08-04',
    expected: { date: '2026-05-03', flags: ['nodejs_compat'], warnings: 1 },
  },
  {
    name: 'it is not added twice',
    date: '2026-10-01',
    flags: ['nodejs_compat'],
    expected: { date: '2026-05-03', flags: ['nodejs_compat'], warnings: 1 },
  },
  {
    name: 'nor against its opposite',
    date: '2026-10-01',
    flags: ['no_nodejs_compat'],
    expected: { date: '2026-05-03', flags: ['no_nodejs_compat'], warnings: 1 },
  },
  {
    name: 'unknown flags are left out with one warning for all',
    date: '2026-01-01',
    flags: ['a', 'b', 'nodejs_als'],
    unknown: ['a', 'b'],
    expected: { date: '2026-01-01', flags: ['nodejs_als'], warnings: 1 },
  },
  {
    name: 'no date is the newest local one',
    date: undefined,
    expected: { date: '2026-05-03', flags: [], warnings: 0 },
  },
];

test.each(rows)('$name', ({ date, flags, unknown, expected }) => {
  const compatibility = localCompatibility(date, flags ?? [], (flag) => !unknown?.includes(flag));
  expect({ ...compatibility, warnings: compatibility.warnings.length }).toEqual(expected);
});

test('the runtime adds AsyncLocalStorage where no broader flag has it in force', () => {
  expect(withAsyncLocalStorage([])).toEqual(['nodejs_als']);
  expect(withAsyncLocalStorage(['nodejs_als'])).toEqual(['nodejs_als']);
  expect(withAsyncLocalStorage(['nodejs_compat'])).toEqual(['nodejs_compat']);
  expect(withAsyncLocalStorage([], '2026-08-03')).toEqual(['nodejs_als']);
  expect(withAsyncLocalStorage([], '2026-08-04')).toEqual([]);
  expect(withAsyncLocalStorage(['no_nodejs_compat'], '2026-08-04')).toEqual(['no_nodejs_compat', 'nodejs_als']);
});

describe('flags that workerd itself knows', () => {
  test('known, unknown, redundant and experimental flags are told apart', async () => {
    const asked = [
      'nodejs_compat',
      'global_fetch_strictly_public',
      'enable_ctx_exports',
      'experimental',
      'a_flag_from_the_future',
    ];
    expect([...(await findUnknownFlags(asked))]).toEqual(['a_flag_from_the_future']);
  });

  test('a flag that is no word cannot escape the question', async () => {
    expect([...(await findUnknownFlags(['x"], y = ["z']))]).toEqual(['x"], y = ["z']);
  });
});
