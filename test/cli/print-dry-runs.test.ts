import { expect, test } from 'vitest';
import { dryRunLines } from '../../src/cli/access/print-dry-runs.ts';

test('dry runs are told by service, with the rule, the caller and the route of what would change', () => {
  const line = { rule: '', becomes: 'refused', caller: '', route: '', kind: 'fetch', calls: 7 } as const;
  const one = { service: 'payment', calls: 15, wouldRefuse: 8, wouldLetIn: 1, sinceMs: 0 };
  const lines = [line, { ...line, rule: 'no-carts', caller: 'cart', route: 'charge', kind: 'rpc', calls: 1 } as const];
  expect(dryRunLines([{ ...one, lines }], 7_200_000)).toEqual([
    '',
    'dry run of payment: of 15 calls in 2 h 8 would be refused, 1 more let in',
    '  7  refused  no rule lets it in  from nobody known  route none',
    '  1  refused  by no-carts         from cart          rpc charge',
  ]);
  expect(dryRunLines([{ ...one, lines: Array(23).fill(line) }], 1).at(-1)).toBe('  and 3 more');
  expect(dryRunLines([], 1)).toEqual([]);
});
