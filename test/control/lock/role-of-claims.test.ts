import { describe, expect, it } from 'vitest';
import { type RoleRule, roleOfClaims } from '../../../src/control/lock/role-of-claims.ts';

const rules: readonly RoleRule[] = [
  { role: 'viewer', claims: { team: 'shop' } },
  { role: 'admin', claims: { groups: 'platform' } },
  { role: 'operator', claims: { groups: ['on-call', 'release'], email_verified: 'true' } },
  { role: 'operator', claims: { 'realm.roles': 'operator' } },
];

describe('roleOfClaims', () => {
  it.each([
    { name: 'a text', claims: { team: 'shop' }, role: 'viewer' },
    { name: 'an item of a list', claims: { groups: ['other', 'platform'] }, role: 'admin' },
    { name: 'the highest of several counts', claims: { team: 'shop', groups: 'platform' }, role: 'admin' },
    { name: 'one of several texts', claims: { groups: ['release'], email_verified: true }, role: 'operator' },
    { name: 'all claims of a rule must hold', claims: { groups: ['release'] }, role: undefined },
    { name: 'a nested claim', claims: { realm: { roles: ['operator'] } }, role: 'operator' },
    {
      name: 'a claim whose name has a dot is not a nested one',
      claims: { 'realm.roles': 'operator' },
      role: undefined,
    },
    { name: 'a part of a text is another text', claims: { groups: 'platform-guests' }, role: undefined },
    { name: 'case tells texts apart', claims: { groups: 'Platform' }, role: undefined },
    { name: 'an object is no text', claims: { groups: { platform: true } }, role: undefined },
    { name: 'nothing is no role', claims: {}, role: undefined },
  ])('$name', ({ claims, role }) => {
    expect(roleOfClaims(claims, rules)).toBe(role);
  });

  it('a rule without claims is for every token of the issuer', () => {
    expect(roleOfClaims({}, [{ role: 'viewer' }])).toBe('viewer');
  });

  it('a rule whose name names no claim is for nobody', () => {
    expect(roleOfClaims({ 'a..b': 'x' }, [{ role: 'admin', claims: { 'a..b': 'x' } }])).toBeUndefined();
  });

  it('what every object has is no claim', () => {
    expect(roleOfClaims({}, [{ role: 'admin', claims: { 'constructor.name': 'Object' } }])).toBeUndefined();
  });
});
