import { describe, expect, it } from 'vitest';
import { claimsHold, type WantedClaims } from '../../../src/core/tokens/claims-hold.ts';

const claims = { team: 'shop', groups: ['ops', 'dev', ['deep']], run: 7, nested: { team: 'pay' }, none: null };

describe('claimsHold', () => {
  const rows: [name: string, wanted: WantedClaims, holds: boolean][] = [
    ['a text', { team: 'shop' }, true],
    ['one of several texts', { team: ['pay', 'shop'] }, true],
    ['no text of several', { team: ['pay', 'ship'] }, false],
    ['of no texts none', { team: [] }, false],
    ['an item of a list', { groups: 'dev' }, true],
    ['but not an item of an item', { groups: 'deep' }, false],
    ['a number as text', { run: '7' }, true],
    ['a nested claim', { 'nested.team': 'pay' }, true],
    ['all that is wanted', { team: 'shop', run: '8' }, false],
    ['nothing wanted', {}, true],
    ['a claim that is null', { none: 'null' }, false],
    ['a name that names no claim', { 'nested..team': 'pay' }, false],
    ['what every object has', { constructor: 'Object' }, false],
  ];
  for (const [name, wanted, holds] of rows) {
    it(name, () => expect(claimsHold(claims, wanted, (said, text) => said === text)).toBe(holds));
  }

  it('compares as the caller wants it', () => {
    expect(claimsHold(claims, { team: 'SHOP' }, (said, text) => said === text.toLowerCase())).toBe(true);
  });
});
