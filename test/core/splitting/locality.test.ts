import { describe, expect, it } from 'vitest';
import { distance, formatLocality, liesIn, parseLocality, sharesFrom } from '../../../src/core/splitting/locality.ts';

const here = ['EU', 'DE', 'TXL'];
const terms = {
  distribute: [
    { from: ['EU', 'DE'], to: [[['EU'], 100]] },
    { from: [], to: [[['NA'], 100]] },
  ],
  failover: [{ from: ['EU'], to: ['NA'] }],
} as const;

describe('localities', () => {
  it.each([
    ['region', 'EU', ['EU']],
    ['region, zone and sub-zone', 'EU/DE/TXL', here],
    ['nothing', '', []],
    ['more than three parts are none', 'a/b/c/d', []],
    ['other characters are none', 'EU/D;E', []],
  ])('%s', (_rule, text, parts) => {
    expect(parseLocality(text)).toEqual(parts);
  });

  it.each([
    ['all that is known', ['EU', 'DE', 'TXL'], 'EU/DE/TXL'],
    ['up to the first part that is not', ['EU', '', 'TXL'], 'EU'],
    ['nothing', ['', '', ''], ''],
    ['what could be taken for something else ends it', ['EU', 'D;E', 'TXL'], 'EU'],
  ])('are written as %s', (_rule, parts, text) => {
    expect(formatLocality(parts)).toBe(text);
  });

  it.each([
    ['the same sub-zone', here, ['EU', 'DE', 'TXL'], 0],
    ['the same zone', here, ['EU', 'DE', 'FRA'], 1],
    ['an endpoint that tells its zone only', here, ['EU', 'DE'], 1],
    ['the same region', here, ['EU', 'FR', 'TXL'], 2],
    ['the region that calls fail over to', here, ['NA', 'US', 'SEA'], 3],
    ['any other region', here, ['AS', 'JP', 'NRT'], 4],
    ['an endpoint that says nothing', here, [], 4],
    ['a caller of whom nothing is known', [], ['EU'], 4],
    ['a zone of the same name elsewhere', here, ['NA', 'DE', 'TXL'], 3],
  ])('%s', (_rule, from, to, expected) => {
    expect(distance(from, to, terms)).toBe(expected);
  });

  it('lie in their areas, and everything in the area without parts', () => {
    expect([
      liesIn(here, ['EU', 'DE']),
      liesIn(['EU'], ['EU', 'DE']),
      liesIn(here, ['EU', 'FR']),
      liesIn([], []),
    ]).toEqual([true, false, false, true]);
  });

  it('the first rule that is for a place shares out its calls', () => {
    expect([sharesFrom(here, terms), sharesFrom(['EU', 'FR'], terms)]).toEqual([[[['EU'], 100]], [[['NA'], 100]]]);
  });
});
