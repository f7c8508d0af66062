import { describe, expect, it } from 'vitest';
import {
  fingerprintDigits,
  shownChain,
  type TlsClientAuth,
} from '../../../src/identity/certificates/tls-client-auth.ts';

describe('the certificates that the platform hands over', () => {
  const absent = 'no certificate handed over';
  const malformed = 'malformed chain';
  const tooLong = 'too long a chain';
  const rows: readonly { name: string; tls: TlsClientAuth; expected: readonly string[] | string }[] = [
    { name: 'the certificate alone', tls: { certRFC9440: ':AAAA:', certChainRFC9440: '' }, expected: ['AAAA'] },
    {
      name: 'its chain comes behind it, in the order in which it was sent',
      tls: { certRFC9440: ':AAAA:', certChainRFC9440: ':BBB=:, :CC==:' },
      expected: ['AAAA', 'BBB=', 'CC=='],
    },
    {
      name: 'a chain that is too large counts as not sent',
      tls: { certRFC9440: ':AAAA:', certChainRFC9440: ':BB', certChainRFC9440TooLarge: true },
      expected: ['AAAA'],
    },
    { name: 'no certificate is none', tls: {}, expected: absent },
    { name: 'two certificates in the place of one are none', tls: { certRFC9440: ':AAAA:, :BBBB:' }, expected: absent },
    { name: 'base64 without colons is none', tls: { certRFC9440: 'AAAA' }, expected: absent },
    { name: 'base64 that is cut off is none', tls: { certRFC9440: ':AAAAA:' }, expected: absent },
    { name: 'an empty byte sequence is none', tls: { certRFC9440: '::' }, expected: absent },
    { name: 'parameters are not taken', tls: { certRFC9440: ':AAAA:;a=1' }, expected: absent },
    {
      name: 'a chain of something else is malformed',
      tls: { certRFC9440: ':AAAA:', certChainRFC9440: ':BBBB:,' },
      expected: malformed,
    },
    {
      name: 'eight certificates are the most',
      tls: { certRFC9440: ':AAAA:', certChainRFC9440: Array(7).fill(':BBBB:').join(', ') },
      expected: ['AAAA', ...Array(7).fill('BBBB')],
    },
    {
      name: 'nine are too many',
      tls: { certRFC9440: ':AAAA:', certChainRFC9440: Array(8).fill(':BBBB:').join(', ') },
      expected: tooLong,
    },
    {
      name: 'a certificate of more than 16 kB is too long',
      tls: { certRFC9440: `:${'AAAA'.repeat(5_462 + 1)}:` },
      expected: tooLong,
    },
  ];
  for (const row of rows) {
    it(row.name, () => {
      const shown = shownChain(row.tls);
      expect(shown.ok ? shown.chain : shown.detail).toEqual(row.expected);
    });
  }
});

describe('a fingerprint', () => {
  const digits = 'ab'.repeat(32);
  const rows: readonly [rule: string, text: string | undefined, expected: string][] = [
    ['is 64 hex digits', digits, digits],
    ['may be in upper case with colons', 'AB:'.repeat(31).concat('AB'), digits],
    ['of another length is none', 'ab'.repeat(64), ''],
    ['of other characters is none', 'xy'.repeat(32), ''],
    ['that is absent is none', undefined, ''],
  ];
  for (const [rule, text, expected] of rows) it(rule, () => expect(fingerprintDigits(text)).toBe(expected));
});
