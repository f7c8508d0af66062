import { describe, expect, test } from 'vitest';
import { bySpecificity, intersect } from './hostnames.ts';
import { byPrecedence, type Entry } from './precedence.ts';

function entry(more: Partial<Entry>, name = 'route'): Entry {
  return {
    listenerHostname: undefined,
    hostname: undefined,
    route: { kind: 'HTTPRoute', metadata: { name, namespace: 'infra' }, spec: {} },
    rule: {},
    match: {},
    position: [0, 0],
    ...more,
  };
}

describe('the order of matches', () => {
  const header = { name: 'a', value: '1' };
  const rows: { name: string; first: Entry; second: Entry }[] = [
    {
      name: 'the more specific listener comes before the more specific route',
      first: entry({ listenerHostname: '*.a.com', hostname: '*.a.com' }),
      second: entry({ listenerHostname: '*.com', hostname: 'x.a.com' }),
    },
    {
      name: 'an exact host comes before a wildcard',
      first: entry({ hostname: 'a.b' }),
      second: entry({ hostname: '*.longer.b' }),
    },
    {
      name: 'an exact path comes before a longer prefix',
      first: entry({ match: { path: { type: 'Exact', value: '/a' } } }),
      second: entry({ match: { path: { type: 'PathPrefix', value: '/a/b' } } }),
    },
    {
      name: 'the longer prefix comes before the method',
      first: entry({ match: { path: { type: 'PathPrefix', value: '/a' } } }),
      second: entry({ match: { method: 'GET' } }),
    },
    {
      name: 'the method comes before headers',
      first: entry({ match: { method: 'GET' } }),
      second: entry({ match: { headers: [header, header] } }),
    },
    {
      name: 'headers come before query parameters',
      first: entry({ match: { headers: [header] } }),
      second: entry({ match: { queryParams: [header, header] } }),
    },
    { name: 'then names decide', first: entry({}, 'a'), second: entry({}, 'b') },
    { name: 'then the place in the route', first: entry({ position: [0, 1] }), second: entry({ position: [1, 0] }) },
  ];
  test.each(rows)('$name', ({ first, second }) => {
    expect([second, first].sort(byPrecedence)).toEqual([first, second]);
  });
});

describe('hostnames', () => {
  test.each([
    { name: 'none and one', a: undefined, b: 'a.com', both: 'a.com' },
    { name: 'a wildcard and a name below it', a: '*.a.com', b: 'x.y.a.com', both: 'x.y.a.com' },
    { name: 'a wildcard does not cover its own suffix', a: '*.a.com', b: 'a.com', both: null },
    { name: 'two wildcards', a: '*.x.a.com', b: '*.a.com', both: '*.x.a.com' },
    { name: 'nothing in common', a: 'a.com', b: 'b.com', both: null },
  ])('the narrower of two: $name', ({ a, b, both }) => {
    expect(intersect(a, b)).toBe(both);
    expect(intersect(b, a)).toBe(both);
  });

  test('names before wildcards before everything', () => {
    expect([undefined, '*.com', 'a.b', '*.a.com'].sort(bySpecificity)).toEqual(['a.b', '*.a.com', '*.com', undefined]);
  });
});
