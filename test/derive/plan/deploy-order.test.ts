/** Callees are deployed before their callers, and Workers that call each other are named. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deployOrder } from '../../../src/derive/plan/deploy-order.ts';

describe('deployOrder', () => {
  test.each([
    { name: 'nobody', callees: {}, order: [], cycles: [] },
    {
      name: 'callees come first, ties by the alphabet',
      callees: { web: ['orders', 'stock'], orders: ['pay', 'stock'], stock: [], pay: [] },
      order: ['pay', 'stock', 'orders', 'web'],
      cycles: [],
    },
    { name: 'a Worker that calls itself is no cycle', callees: { a: ['a'] }, order: ['a'], cycles: [] },
    { name: 'what is not deployed is passed over', callees: { a: ['elsewhere'] }, order: ['a'], cycles: [] },
    {
      name: 'a cycle stands as one between what it calls and what calls it',
      callees: { web: ['ping'], ping: ['pong'], pong: ['ping', 'sink'], sink: [] },
      order: ['sink', 'ping', 'pong', 'web'],
      cycles: [['ping', 'pong']],
    },
  ] as { name: string; callees: Record<string, string[]>; order: string[]; cycles: string[][] }[])(
    '$name',
    ({ callees, order, cycles }) => {
      expect(deployOrder(callees)).toEqual({ order, cycles });
    },
  );

  test('within a cycle, what must be there before its caller is uploaded comes first', () => {
    const callees = { a: ['b'], b: ['c'], c: ['a', 'b'] };
    expect(deployOrder(callees).order).toEqual(['a', 'b', 'c']);
    expect(deployOrder(callees, { a: ['c'], b: ['outside'] }).order).toEqual(['c', 'a', 'b']);
  });

  test('every Worker is there once, and only within a cycle does a caller come before its callee', () => {
    const names = [...'abcdefg'];
    const graphs = fc.tuple(...names.map(() => fc.subarray(names))).map((all) => {
      return Object.fromEntries(names.map((name, index) => [name, all[index] as string[]]));
    });
    fc.assert(
      fc.property(graphs, (callees) => {
        const { order, cycles } = deployOrder(callees);
        expect([...order].sort()).toEqual(names);
        for (const [caller, called] of Object.entries(callees)) {
          for (const callee of called) {
            const together = cycles.some((cycle) => cycle.includes(caller) && cycle.includes(callee));
            if (caller !== callee && !together) expect(order.indexOf(callee)).toBeLessThan(order.indexOf(caller));
          }
        }
      }),
    );
  });
});
