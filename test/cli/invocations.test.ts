import { describe, expect, test } from 'vitest';
import { type Call, invocationBounds } from '../../src/cli/init/invocations.ts';

/** `a>b` is a call inside the mesh, `a>>x` one that leaves it. */
function bounds(workers: string, calls: string, versions: Readonly<Record<string, readonly string[]>> = {}) {
  const all = workers.split(' ');
  const parsed = calls.split(' ').map((call): Call => {
    const [from = '', to = ''] = call.split(/>+/);
    return { from, to, inside: !call.includes('>>') };
  });
  return invocationBounds(all, calls === '' ? [] : parsed, (service) => versions[service] ?? [service]);
}

describe('the worst declared chain', () => {
  test.each([
    { name: 'a Worker alone costs its edge and itself', workers: 'a', calls: '', path: 'a', cost: 2, wide: 2 },
    { name: 'each hop costs two', workers: 'a b c', calls: 'a>b b>c', path: 'a b c', cost: 6, wide: 6 },
    { name: 'the longest branch counts', workers: 'a b c d', calls: 'a>b a>c c>d', path: 'a c d', cost: 6, wide: 8 },
    { name: 'what is not in the mesh costs one', workers: 'a', calls: 'a>>x', path: 'a x', cost: 3, wide: 3 },
    {
      name: 'each binding is a call where all are made',
      workers: 'a b',
      calls: 'a>b a>b',
      path: 'a b',
      cost: 4,
      wide: 6,
    },
    {
      name: 'a diamond is gone through twice',
      workers: 'a b c d',
      calls: 'a>b a>c b>d c>d',
      path: 'a b d',
      cost: 6,
      wide: 10,
    },
  ])('$name', ({ workers, calls, path, cost, wide }) => {
    const { chain, fanOut, cycles } = bounds(workers, calls);
    expect([chain.path.join(' '), chain.invocations, fanOut?.invocations, cycles]).toEqual([path, cost, wide, []]);
  });

  test('a service may be answered by any of its versions', () => {
    const { chain } = bounds('a b b2 c', 'a>b b2>c', { b: ['b', 'b2'] });
    expect(chain).toEqual({ path: ['a', 'b2', 'c'], invocations: 6 });
  });

  test.each([
    { name: 'a group that calls itself', calls: 'a>b b>c c>b', cycles: [['b', 'c']], cost: 6 },
    { name: 'a Worker that binds itself', calls: 'a>b b>b', cycles: [['b']], cost: 4 },
  ])('$name has no bound and is named', ({ calls, cycles, cost }) => {
    const found = bounds('a b c', calls);
    expect(found.cycles).toEqual(cycles);
    expect(found.chain.invocations).toBe(cost);
    expect(found.fanOut).toBeUndefined();
  });
});
