import { describe, expect, it } from 'vitest';
import { certificatePrincipal, type TlsClientAuth } from '../../src/identity/certificate.ts';

const digest = 'ab'.repeat(32);
const good: TlsClientAuth = {
  certPresented: '1',
  certVerified: 'SUCCESS',
  certRevoked: '0',
  certFingerprintSHA256: digest,
  certSubjectDNRFC2253: 'CN=partner,O=Example\\, Inc.,C=DE',
};
const rules = [
  { fingerprint: digest, principal: 'spiffe://mesh/svc/by-fingerprint' },
  { subject: 'CN=partner,O=Example\\, Inc.,C=DE', principal: 'spiffe://mesh/svc/by-subject' },
];

describe('client certificates', () => {
  const rows: {
    name: string;
    tls: TlsClientAuth | null | undefined;
    rules?: typeof rules;
    expected: string | undefined;
  }[] = [
    { name: 'the fingerprint names the principal', tls: good, expected: 'spiffe://mesh/svc/by-fingerprint' },
    {
      name: 'the first rule that fits wins',
      tls: good,
      rules: [...rules].reverse() as typeof rules,
      expected: 'spiffe://mesh/svc/by-subject',
    },
    {
      name: 'a fingerprint is hex in either case, with or without colons',
      tls: { ...good, certFingerprintSHA256: digest.toUpperCase().replace(/(..)(?=.)/g, '$1:') },
      expected: 'spiffe://mesh/svc/by-fingerprint',
    },
    {
      name: 'the subject names the principal where no fingerprint does',
      tls: { ...good, certFingerprintSHA256: 'cd'.repeat(32) },
      expected: 'spiffe://mesh/svc/by-subject',
    },
    {
      name: 'a subject is compared whole and as it is',
      tls: { ...good, certFingerprintSHA256: '', certSubjectDNRFC2253: 'cn=partner' },
      expected: undefined,
    },
    { name: 'no certificate is nobody', tls: { ...good, certPresented: '0' }, expected: undefined },
    {
      name: 'an unverified certificate is nobody',
      tls: { ...good, certVerified: 'FAILED:self signed certificate' },
      expected: undefined,
    },
    { name: 'verification that was not done is nobody', tls: { ...good, certVerified: 'NONE' }, expected: undefined },
    { name: 'a revoked certificate is nobody', tls: { ...good, certRevoked: '1' }, expected: undefined },
    { name: 'a request without TLS facts is nobody', tls: undefined, expected: undefined },
    { name: 'null TLS facts are nobody', tls: null, expected: undefined },
    {
      name: 'the empty placeholders of a zone without mTLS match no rule, not even an empty one',
      tls: { certPresented: '1', certVerified: 'SUCCESS', certFingerprintSHA256: '', certSubjectDNRFC2253: '' },
      rules: [
        { fingerprint: '', principal: 'spiffe://mesh/svc/x' },
        { subject: '', principal: 'spiffe://mesh/svc/y' },
      ] as typeof rules,
      expected: undefined,
    },
    { name: 'no rules, no principal', tls: good, rules: [] as unknown as typeof rules, expected: undefined },
  ];
  for (const row of rows) {
    it(row.name, () => expect(certificatePrincipal(row.tls, row.rules ?? rules)).toBe(row.expected));
  }
});
