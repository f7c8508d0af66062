import { describe, expect, it } from 'vitest';
import { besideCertificate } from '../../../src/platform/identity/beside-certificate.ts';
import type { Identification } from '../../../src/proxy/deps.ts';

const certificate = { fingerprint: 'ab', subject: 'O=x' };
const orders = 'spiffe://mesh.local/svc/orders';

const rows: readonly {
  name: string;
  found: Identification;
  holder: string | null | undefined;
  expected: unknown;
}[] = [
  {
    name: 'without a certificate the token says it all',
    found: { kind: 'principal', principal: orders, byToken: true },
    holder: undefined,
    expected: { kind: 'principal', principal: orders, byToken: true },
  },
  {
    name: 'without a token the certificate says who calls',
    found: { kind: 'anonymous' },
    holder: orders,
    expected: { kind: 'principal', principal: orders, certificate },
  },
  {
    name: 'a certificate that names nobody is told of all the same',
    found: { kind: 'anonymous' },
    holder: null,
    expected: { kind: 'anonymous', certificate },
  },
  {
    name: 'a JWT-SVID of the same service agrees with the certificate',
    found: { kind: 'principal', principal: orders, byToken: true },
    holder: orders,
    expected: { kind: 'principal', principal: orders, byToken: true, certificate },
  },
  {
    name: 'a JWT-SVID of another service refuses the call',
    found: { kind: 'principal', principal: 'spiffe://mesh.local/svc/storefront', byToken: true },
    holder: orders,
    expected: expect.objectContaining({ kind: 'invalid' }),
  },
  {
    name: 'a JWT-SVID beside a certificate that names nobody says who calls',
    found: { kind: 'principal', principal: orders, byToken: true },
    holder: null,
    expected: { kind: 'principal', principal: orders, byToken: true, certificate },
  },
  {
    name: 'a token that does not hold refuses the call, whatever the certificate',
    found: { kind: 'invalid', detail: 'expired' },
    holder: orders,
    expected: { kind: 'invalid', detail: 'expired' },
  },
];

describe('a token beside a client certificate', () => {
  for (const { name, found, holder, expected } of rows) {
    it(name, () => {
      const shown = holder === undefined ? undefined : { principal: holder, certificate };
      expect(besideCertificate(found, shown)).toEqual(expected);
    });
  }
});
