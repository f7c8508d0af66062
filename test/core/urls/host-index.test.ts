import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostIndex } from '../../../src/core/urls/host-index.ts';

const patterns = ['shop.example.com', '*.example.com', '*.deep.example.com', '*.com', 'Case.Example.ORG'];
const find = hostIndex(patterns.map((pattern) => [pattern, pattern] as const));

const rows: readonly { readonly name: string; readonly host: string; readonly found: string | undefined }[] = [
  { name: 'a name goes before wildcards', host: 'shop.example.com', found: 'shop.example.com' },
  { name: 'the longest wildcard goes first', host: 'a.deep.example.com', found: '*.deep.example.com' },
  { name: 'a wildcard stands for several labels', host: 'a.b.c.example.com', found: '*.example.com' },
  { name: 'a wildcard stands for one label at least', host: 'example.com', found: '*.com' },
  { name: 'a dot in front is no label', host: '.example.com', found: '*.com' },
  { name: 'patterns may have any case', host: 'case.example.org', found: 'Case.Example.ORG' },
  { name: 'an unknown host', host: 'example.net', found: undefined },
  { name: 'a host without dots', host: 'localhost', found: undefined },
  { name: 'no host', host: '', found: undefined },
];

describe('what is said for a host', () => {
  test.each(rows)('$name', ({ host, found }) => {
    expect(find(host)).toBe(found);
  });

  test('the star comes last, and of equal patterns the first counts', () => {
    const all = hostIndex([
      ['*', 'any'],
      ['a.test', 'first'],
      ['A.test', 'second'],
      ['*.test', 'wild'],
      ['*', 'other'],
    ]);
    expect(['a.test', 'b.test', 'x.y', ''].map(all)).toEqual(['first', 'wild', 'any', 'any']);
  });

  test('agrees with trying every pattern, the longest that fits first', () => {
    const label = fc.constantFrom('a', 'b', 'c');
    const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
    const pattern = fc.oneof(
      host,
      host.map((name) => `*.${name}`),
      fc.constant('*'),
    );
    const fits = (one: string, name: string) =>
      one === '*' ||
      one === name ||
      (one.startsWith('*.') && name.length > one.length - 1 && name.endsWith(one.slice(1)));
    const rank = (one: string) => (one === '*' ? -1 : one.startsWith('*') ? one.length : Number.POSITIVE_INFINITY);
    fc.assert(
      fc.property(fc.array(pattern), host, (list, name) => {
        const [best] = list.filter((one) => fits(one, name)).sort((one, other) => rank(other) - rank(one));
        expect(hostIndex(list.map((one) => [one, one] as const))(name)).toBe(best);
      }),
    );
  });
});
