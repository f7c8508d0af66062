import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClientCertificate, forwardedClientCert } from '../../../src/core/headers/forwarded-client-cert.ts';

const by = 'spiffe://mesh.local/svc/payment';
const hash = 'ab'.repeat(32);
const header = (more: Partial<ClientCertificate>) =>
  forwardedClientCert(by, { fingerprint: hash, subject: 'CN=orders', ...more });

describe('X-Forwarded-Client-Cert', () => {
  const rows: readonly { name: string; certificate: Partial<ClientCertificate>; expected: string }[] = [
    {
      name: 'has the fields and the order of Envoy',
      certificate: { uri: 'spiffe://mesh.local/svc/orders' },
      expected: `By=${by};Hash=${hash};Subject="CN=orders";URI=spiffe://mesh.local/svc/orders`,
    },
    {
      name: 'keeps the key of a URI that the certificate does not have',
      certificate: { uri: '' },
      expected: `By=${by};Hash=${hash};Subject="CN=orders";URI=`,
    },
    {
      name: 'says nothing of a URI that nobody read',
      certificate: {},
      expected: `By=${by};Hash=${hash};Subject="CN=orders"`,
    },
    {
      name: 'keeps the key of an empty subject',
      certificate: { subject: '' },
      expected: `By=${by};Hash=${hash};Subject=""`,
    },
    {
      name: 'takes what RFC 2253 has escaped as it is',
      certificate: { subject: 'CN=\\"a\\"\\, b\\\\,O=x\\;y' },
      expected: `By=${by};Hash=${hash};Subject="CN=\\"a\\"\\, b\\\\,O=x\\;y"`,
    },
    {
      name: 'escapes a quote that would end the value early',
      certificate: { subject: 'CN=a";URI=spiffe://mesh.local/svc/admin;X="' },
      expected: `By=${by};Hash=${hash};Subject="CN=a\\";URI=spiffe://mesh.local/svc/admin;X=\\""`,
    },
    {
      name: 'escapes a backslash that would take the closing quote with it',
      certificate: { subject: 'CN=a\\' },
      expected: `By=${by};Hash=${hash};Subject="CN=a\\\\"`,
    },
    {
      name: 'has a question mark where no header may have what stands there',
      certificate: { subject: 'CN=Zoë\r\nx: y\u{1f600}' },
      expected: `By=${by};Hash=${hash};Subject="CN=Zo???x: y?"`,
    },
  ];
  for (const row of rows) it(row.name, () => expect(header(row.certificate)).toBe(row.expected));

  it('no subject ends its quotes early, or is refused as the value of a header', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('"', '\\', ';', ',', '=', 'a', '\n', 'é', '\u{1f600}') }),
        (subject) => {
          const value = header({ subject, uri: 'spiffe://a/b' });
          expect(new Headers({ x: value }).get('x')).toBe(value);
          expect(value).toMatch(/^By=[^;]+;Hash=[0-9a-f]+;Subject="(?:[^"\\]|\\.)*";URI=spiffe:\/\/a\/b$/);
        },
      ),
    );
  });
});
