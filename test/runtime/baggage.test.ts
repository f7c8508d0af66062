import { expect, test } from 'vitest';
import { joinBaggage } from '../../src/runtime/baggage.ts';

test.each([
  { name: 'nothing of its own: what is carried', own: null, carried: 'a=1', joined: 'a=1' },
  { name: 'blank counts as nothing', own: '  ', carried: 'a=1', joined: 'a=1' },
  { name: 'nothing carried: its own', own: 'a=1', carried: '', joined: 'a=1' },
  { name: 'both: its own first', own: 'b=2', carried: 'a=1', joined: 'b=2,a=1' },
  { name: 'its own value of a carried key wins', own: 'a = mine;p=1', carried: 'a=1,c=3', joined: 'a = mine;p=1,c=3' },
  { name: 'what was forwarded is not doubled', own: 'a=1,b=2', carried: 'a=1,b=2', joined: 'a=1,b=2' },
])('$name', ({ own, carried, joined }) => {
  expect(joinBaggage(own, carried)).toBe(joined);
});
