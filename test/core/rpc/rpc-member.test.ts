import { describe, expect, it } from 'vitest';
import { isRpcMember, memberName, ownName, refuseLocal } from '../../../src/core/rpc/rpc-member.ts';

describe('a member', () => {
  it.each([
    { name: 'is a name', value: 'charge', holds: true },
    { name: 'is the empty name too', value: '', holds: true },
    { name: 'is a path of names', value: ['users', 'list'], holds: true },
    { name: 'is no empty path', value: [], holds: false },
    { name: 'is no path of other things', value: ['users', 5], holds: false },
    { name: 'is no object', value: { 0: 'a', length: 1 }, holds: false },
    { name: 'is not absent', value: undefined, holds: false },
  ])('$name', ({ value, holds }) => {
    expect(isRpcMember(value)).toBe(holds);
  });
  it('is known by its path', () => {
    expect([memberName('charge'), memberName(['users', 'list'])]).toEqual(['charge', 'users.list']);
  });
  it('cannot name the reserved method, at any depth', () => {
    expect([ownName('selvedge:call'), ownName(['a', 'selvedge:call', 'b'])]).toEqual([
      'selvedge:call',
      'selvedge:call',
    ]);
    expect([ownName('selvedge:call2'), ownName(['selvedge', 'call'])]).toEqual([undefined, undefined]);
  });
});

describe('names that belong to the language or the platform', () => {
  it.each([
    ...['fetch', 'connect', 'constructor', 'then', '__proto__', 'toString', 'hasOwnProperty'],
    ...[
      ['a', 'then'],
      ['a', 'catch'],
      ['a', 'finally'],
      ['a', 'constructor'],
      ['a', 'b', '__proto__'],
      ['a', 'fetch'],
    ],
  ])('are refused: %s', (member) => {
    expect(() => refuseLocal(member)).toThrow(TypeError);
  });
  it.each(['catch', 'finally', 'call', 'apply', 'bind', 'get', 'name', 'length', 'toJSON', 'selvedge', ['a', 'call']])(
    'but not those of users: %s',
    (member) => {
      expect(() => refuseLocal(member)).not.toThrow();
    },
  );
});
