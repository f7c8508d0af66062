import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hopHeaders, ownHopHeaders, parseOwnHeaders, withOwnHeader } from '../../../src/core/headers/own-headers.ts';

const headersOf = (entries: Readonly<Record<string, string>>) => ({ get: (name: string) => entries[name] ?? null });

describe('headers that the code had set itself', () => {
  it('come back as they were, whatever they hold', () => {
    const value = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) });
    const entries = fc.dictionary(fc.constantFrom(...hopHeaders), value);
    fc.assert(
      fc.property(entries, (set) => {
        expect(Object.fromEntries(parseOwnHeaders(ownHopHeaders(headersOf(set))))).toEqual({ ...set });
      }),
    );
  });

  const override = 'cloudflare-workers-version-overrides';
  it.each([
    { name: 'a header that was not there is told apart from an empty one', own: override, members: [[override, null]] },
    { name: 'an empty one', own: 'baggage=', members: [['baggage', '']] },
    {
      name: 'a name that the mesh never writes is ignored',
      own: 'cookie=a&host=b&baggage=c',
      members: [['baggage', 'c']],
    },
    {
      name: 'so is a value that is no encoding of any',
      own: 'baggage=%zz&tracestate=a',
      members: [['tracestate', 'a']],
    },
    { name: 'nothing', own: '', members: [] },
  ])('$name', ({ own, members }) => {
    expect(parseOwnHeaders(own)).toEqual(members);
  });

  it('members are added one by one', () => {
    expect(withOwnHeader(withOwnHeader('', 'baggage', 'a=1'), override, null)).toBe(`baggage=a%3D1&${override}`);
  });
});
