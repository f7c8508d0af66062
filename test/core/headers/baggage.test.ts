import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { maxBaggageBytes, readBaggage, writeBaggage } from '../../../src/core/headers/baggage.ts';

describe('reading', () => {
  const rows: readonly { name: string; baggage: string; value: string | null }[] = [
    { name: 'nothing', baggage: '', value: null },
    { name: 'a value', baggage: 'x-user=tester', value: 'tester' },
    { name: 'spaces around', baggage: 'a=1 , x-user = tester ,b=2', value: 'tester' },
    { name: 'properties are no part of the value', baggage: 'x-user=tester;ttl=3;secure', value: 'tester' },
    { name: 'percent escapes', baggage: 'x-user=a%20b%2Cc%C3%A9', value: 'a b,cé' },
    { name: 'malformed escapes count as absent', baggage: 'x-user=%zz', value: null },
    { name: 'the first of two', baggage: 'x-user=1,x-user=2', value: '1' },
    { name: 'not a name that ends so', baggage: 'my-x-user=1', value: null },
    { name: 'a member without a value', baggage: 'x-user,b=x-user=1', value: null },
    { name: 'an empty value', baggage: 'x-user=', value: '' },
    { name: 'an equals sign of the value, behind a semicolon', baggage: 'x;p=1,x-user=a=b;c=d', value: 'a=b' },
  ];
  test.each(rows)('$name', ({ baggage, value }) => {
    expect(readBaggage(baggage, 'x-user')).toBe(value);
  });

  test('thousands of members without a value are walked once (CWE-407)', () => {
    const baggage = `${'a,'.repeat(30_000)}x-user=tester`;
    const indexOf = String.prototype.indexOf;
    let walked = 0;
    const spy = vi.spyOn(String.prototype, 'indexOf').mockImplementation(function (this: string, sought, from = 0) {
      const at = indexOf.call(this, sought, from);
      walked += (at < 0 ? this.length : at) - from + 1;
      return at;
    });
    const value = readBaggage(baggage, 'x-user');
    spy.mockRestore();
    expect(value).toBe('tester');
    expect(walked).toBeLessThan(4 * baggage.length);
  });
});

describe('writing', () => {
  test('others keep their members, properties and order; ours are replaced, or removed by null', () => {
    expect(
      writeBaggage('a=1;p=2, x-user=old ,b=%20', [
        ['x-user', 'new'],
        ['x-gone', null],
      ]),
    ).toBe('a=1;p=2,b=%20,x-user=new');
    expect(
      writeBaggage('x-user=1,x-gone=2', [
        ['x-user', null],
        ['x-gone', null],
      ]),
    ).toBe('');
  });

  test('a member that would pass the bound is left out', () => {
    const long = 'v'.repeat(maxBaggageBytes);
    expect(
      writeBaggage('a=1', [
        ['long', long],
        ['b', '2'],
      ]),
    ).toBe('a=1,b=2');
  });

  test('members of others that fill the bound do not push out ours', () => {
    expect(writeBaggage(`a=${'1'.repeat(maxBaggageBytes - 10)},b=2`, [['x-user', 'tester']])).toBe('b=2,x-user=tester');
  });

  test('what is written is read back, and the bound holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary-ascii' }), (one, other) => {
        const written = writeBaggage('z=0', [
          ['x-one', one],
          ['x-other', other],
        ]);
        expect(written).toMatch(/^[\x21-\x7e]*$/);
        expect(written.length).toBeLessThanOrEqual(maxBaggageBytes);
        expect(readBaggage(written, 'x-one')).toBe(one);
        expect(readBaggage(written, 'x-other')).toBe(other);
        expect(readBaggage(written, 'z')).toBe('0');
      }),
    );
  });
});
