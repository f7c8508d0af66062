import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientAddress } from '../../../src/core/addresses/client-address.ts';

const rows: readonly {
  readonly name: string;
  readonly connected?: string;
  readonly forwarded: string | null;
  readonly proxies: number;
  readonly address: string;
}[] = [
  {
    name: 'without trusted proxies the header is no one',
    forwarded: '1.1.1.1, 9.9.9.9',
    proxies: 0,
    address: '9.9.9.9',
  },
  { name: 'without a header the address that connected counts', forwarded: null, proxies: 2, address: '9.9.9.9' },
  {
    name: 'one proxy: the entry before the last',
    forwarded: '6.6.6.6, 1.1.1.1, 9.9.9.9',
    proxies: 1,
    address: '1.1.1.1',
  },
  {
    name: "Istio's case, with the peer appended",
    forwarded: '56.5.6.7, 72.9.5.6, 98.1.2.3, 9.9.9.9',
    proxies: 2,
    address: '72.9.5.6',
  },
  {
    name: "Istio's case, with nothing appended",
    forwarded: '56.5.6.7, 72.9.5.6, 98.1.2.3',
    proxies: 2,
    address: '72.9.5.6',
  },
  {
    name: 'no platform says who connected',
    connected: '',
    forwarded: '56.5.6.7, 72.9.5.6, 98.1.2.3',
    proxies: 2,
    address: '72.9.5.6',
  },
  {
    name: 'fewer entries than proxies: the address that connected',
    forwarded: '1.1.1.1, 9.9.9.9',
    proxies: 5,
    address: '9.9.9.9',
  },
  { name: 'the first entry of all', forwarded: '1.1.1.1,9.9.9.9', proxies: 1, address: '1.1.1.1' },
  { name: 'a word that is no address', forwarded: 'unknown, 9.9.9.9', proxies: 1, address: '9.9.9.9' },
  { name: 'an empty entry', forwarded: ', 9.9.9.9', proxies: 1, address: '9.9.9.9' },
  { name: 'a port is not part of the address', forwarded: '1.1.1.1:4711, 9.9.9.9', proxies: 1, address: '1.1.1.1' },
  { name: 'IPv6', connected: '2001:db8::9', forwarded: '2001:db8::1, 2001:db8::9', proxies: 1, address: '2001:db8::1' },
  { name: 'IPv6 in brackets with a port', forwarded: '[2001:db8::1]:443, 9.9.9.9', proxies: 1, address: '2001:db8::1' },
  ...['999.1.1.1', '010.0.0.1', '10.0.0.0/8', '[::1', 'fe80::1%eth0'].map((entry) => ({
    name: `${entry} is no address, of which rules would know nothing`,
    forwarded: `${entry}, 9.9.9.9`,
    proxies: 1,
    address: '9.9.9.9',
  })),
  { name: 'markup is no address', forwarded: '<script>, 9.9.9.9', proxies: 1, address: '9.9.9.9' },
];

describe('the address of a client', () => {
  test.each(rows)('$name', ({ connected = '9.9.9.9', forwarded, proxies, address }) => {
    expect(clientAddress(connected, forwarded, proxies)).toBe(address);
  });

  test('what a client writes to the left of the trusted entries decides nothing', () => {
    const address = fc.ipV4();
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary-ascii' }).map((text) => text.replaceAll(',', ''))),
        fc.array(address, { minLength: 2, maxLength: 5 }),
        (said, chain) => {
          const connected = chain.at(-1) as string;
          const expected = clientAddress(connected, chain.join(', '), chain.length - 1);
          expect(expected).toBe(chain[0]);
          expect(clientAddress(connected, [...said, ...chain].join(', '), chain.length - 1)).toBe(expected);
        },
      ),
    );
  });
});
