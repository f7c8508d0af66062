import { expect, it } from 'vitest';
import { addressNetwork } from '../../../src/core/addresses/address-network.ts';

it.each([
  { name: 'an IPv4 address stands for itself', address: '192.0.2.7', network: '192.0.2.7' },
  { name: 'of an IPv6 address its first 64 bits count', address: '2001:db8:1:2:a:b:c:d', network: '2001:db8:1:2::/64' },
  {
    name: 'another address of the same network is the same',
    address: '2001:0DB8:0001:2::1',
    network: '2001:db8:1:2::/64',
  },
  { name: 'zeros that are left out are there', address: '2001:db8::1', network: '2001:db8:0:0::/64' },
  { name: 'they may be left out at the beginning', address: '::1', network: '0:0:0:0::/64' },
  { name: 'and at the end', address: 'fe80::', network: 'fe80:0:0:0::/64' },
  { name: 'an IPv4 address in the dress of IPv6 is one', address: '::ffff:192.0.2.7', network: '192.0.2.7' },
  { name: 'what is no address stands for itself', address: 'x:y', network: 'x:y' },
  { name: 'so does nothing', address: '', network: '' },
])('$name', ({ address, network }) => {
  expect(addressNetwork(address)).toBe(network);
});
