import { describe, expect, it } from 'vitest';
import { judgeCertificate } from '../../../src/identity/certificates/certificate.ts';
import type { CertificateWord, HeldCertificate } from '../../../src/identity/certificates/certificate-cache.ts';
import type { TlsClientAuth } from '../../../src/identity/certificates/tls-client-auth.ts';
import { compileMtls } from '../../../src/model/compile/compile-mtls.ts';

const now = Date.parse('2026-11-30T12:00:00Z');
const digest = 'ab'.repeat(32);
const subject = 'CN=partner,O=Example\\, Inc.,C=DE';
const orders = 'spiffe://mesh.local/svc/orders';
const shown: TlsClientAuth = {
  certPresented: '1',
  certVerified: 'SUCCESS',
  certRevoked: '0',
  certFingerprintSHA256: digest,
  certSubjectDNRFC2253: subject,
  certNotAfter: 'Dec  1 12:00:00 2026 GMT',
  certRFC9440: ':AAAA:',
};
/** A zone that hands over no certificate: only its fingerprint and names. */
const texts: TlsClientAuth = { ...shown, certRFC9440: '' };
const trusted = { principal: orders, validUntilMs: now + 1000 };
const wordOf = (more: Partial<CertificateWord> = {}): CertificateWord => {
  return { uris: [orders], subject, problem: '', trusted, askedAtMs: now, recheckAtMs: now + 1, ...more };
};
const untrusted = (problem: string) => wordOf({ trusted: undefined, problem });
const heldOf = (word?: CertificateWord, more: Partial<HeldCertificate> = {}): HeldCertificate => {
  const instants = { refreshAtMs: 0, askedAtMs: 0, failedAtMs: 0 };
  return { leaf: '', chain: '', toldFingerprint: '', fingerprint: digest, ...instants, word, problem: '', ...more };
};
const byFingerprint = { fingerprint: digest, principal: 'by-fingerprint' };
const bySubject = { subject, principal: 'by-subject' };
const named = (name: string) => `spiffe://mesh.local/svc/${name}`;
const unknown = { kind: 'unknown' };
const refused = expect.objectContaining({ kind: 'refused' });
const accepted = (principal: string | null) => expect.objectContaining({ kind: 'accepted', principal });

interface Row {
  readonly name: string;
  readonly trust: 'platform' | 'mesh';
  readonly certificates?: readonly (typeof byFingerprint | typeof bySubject)[];
  readonly tls?: Partial<TlsClientAuth>;
  readonly held?: HeldCertificate;
  readonly expected: unknown;
}

const rows: readonly Row[] = [
  {
    name: 'platform: the fingerprint names the principal',
    trust: 'platform',
    certificates: [byFingerprint],
    held: heldOf(),
    expected: accepted(named('by-fingerprint')),
  },
  {
    name: 'platform: the subject names the principal where no fingerprint does',
    trust: 'platform',
    certificates: [{ ...byFingerprint, fingerprint: 'cd'.repeat(32) }, bySubject],
    held: heldOf(),
    expected: accepted(named('by-subject')),
  },
  {
    name: 'platform: the first rule that fits wins',
    trust: 'platform',
    certificates: [bySubject, byFingerprint],
    held: heldOf(),
    expected: accepted(named('by-subject')),
  },
  {
    name: 'platform: a rule needs no word of the identity Worker, and goes before the SPIFFE id',
    trust: 'platform',
    certificates: [byFingerprint],
    held: heldOf(wordOf()),
    expected: {
      kind: 'accepted',
      principal: named('by-fingerprint'),
      certificate: { fingerprint: digest, subject, uri: orders },
    },
  },
  {
    name: 'platform: a subject is compared whole and as it is',
    trust: 'platform',
    certificates: [bySubject],
    tls: { certSubjectDNRFC2253: subject.toLowerCase() },
    held: heldOf(wordOf({ uris: [] })),
    expected: accepted(null),
  },
  { name: 'platform: a new certificate is read first', trust: 'platform', expected: unknown },
  { name: 'platform: the SPIFFE id is asked for', trust: 'platform', held: heldOf(), expected: unknown },
  {
    name: 'platform: the SPIFFE id is the principal, whoever else vouches for the certificate or does not',
    trust: 'platform',
    held: heldOf(untrusted('unknown_authority')),
    expected: { kind: 'accepted', principal: orders, certificate: { fingerprint: digest, subject, uri: orders } },
  },
  {
    name: 'platform: what a certificate says of itself is asked for once',
    trust: 'platform',
    held: heldOf(wordOf({ recheckAtMs: now - 1 })),
    expected: accepted(orders),
  },
  {
    name: 'platform: a certificate that names nobody is accepted, and nobody calls',
    trust: 'platform',
    held: heldOf(wordOf({ uris: ['https://example.com/x'] })),
    expected: { kind: 'accepted', principal: null, certificate: { fingerprint: digest, subject, uri: '' } },
  },
  {
    name: 'platform: of two URIs none is a SPIFFE id (X509-SVID section 2)',
    trust: 'platform',
    held: heldOf(wordOf({ uris: [orders, 'https://example.com/x'] })),
    expected: refused,
  },
  {
    name: 'platform: the id of a trust domain is nobody who calls',
    trust: 'platform',
    held: heldOf(wordOf({ uris: ['spiffe://mesh.local'] })),
    expected: refused,
  },
  {
    name: 'platform: a SPIFFE id that is not well formed is none',
    trust: 'platform',
    held: heldOf(wordOf({ uris: ['spiffe://mesh.local/a/../b'] })),
    expected: refused,
  },
  {
    name: 'platform: bytes that nobody can read prove nothing',
    trust: 'platform',
    held: heldOf(wordOf({ uris: undefined, problem: 'no certificate' })),
    expected: { kind: 'refused', detail: 'no certificate' },
  },
  ...['NONE', 'FAILED', 'FAILED:self signed certificate', '', 'success', undefined].map((certVerified): Row => {
    return {
      name: `platform: ${certVerified} is no verification`,
      trust: 'platform',
      certificates: [byFingerprint],
      tls: { certVerified },
      held: heldOf(wordOf()),
      expected: refused,
    };
  }),
  {
    name: 'platform: a certificate ends while its connection goes on',
    trust: 'platform',
    certificates: [byFingerprint],
    tls: { certNotAfter: 'Nov 30 12:00:00 2026 GMT' },
    held: heldOf(wordOf()),
    expected: refused,
  },
  ...['', undefined].map((certNotAfter): Row => {
    return {
      name: `platform: where it says no end there is none: ${certNotAfter}`,
      trust: 'platform',
      tls: { certNotAfter },
      held: heldOf(wordOf()),
      expected: accepted(orders),
    };
  }),
  ...['never', '20261201120000Z', 'Dec 1 25:00:00 2026 GMT'].map((certNotAfter): Row => {
    return {
      name: `platform: an end that cannot be read is over: ${certNotAfter}`,
      trust: 'platform',
      certificates: [byFingerprint],
      tls: { certNotAfter },
      held: heldOf(wordOf()),
      expected: refused,
    };
  }),
  {
    name: 'platform: its own fingerprint counts where it hands no certificate over',
    trust: 'platform',
    certificates: [byFingerprint],
    tls: { ...texts, certFingerprintSHA256: digest.toUpperCase().replace(/(..)(?=.)/g, '$1:') },
    expected: accepted(named('by-fingerprint')),
  },
  {
    name: 'platform: without the certificate its end counts too',
    trust: 'platform',
    certificates: [byFingerprint],
    tls: { ...texts, certNotAfter: 'Nov 30 12:00:00 2026 GMT' },
    expected: refused,
  },
  {
    name: 'platform: a certificate that nobody sees and no rule names is refused, since it may be one that is denied',
    trust: 'platform',
    tls: texts,
    expected: refused,
  },
  {
    name: 'platform: empty texts match no rule',
    trust: 'platform',
    certificates: [
      { fingerprint: '', principal: 'x' },
      { subject: '', principal: 'y' },
    ],
    tls: { ...texts, certFingerprintSHA256: '', certSubjectDNRFC2253: '' },
    expected: refused,
  },
  { name: 'mesh: a new certificate is read first', trust: 'mesh', expected: unknown },
  { name: 'mesh: nothing is believed unasked', trust: 'mesh', held: heldOf(), expected: unknown },
  {
    name: 'mesh: the SPIFFE id is the principal',
    trust: 'mesh',
    held: heldOf(wordOf()),
    expected: { kind: 'accepted', principal: orders, certificate: { fingerprint: digest, subject, uri: orders } },
  },
  ...['NONE', 'FAILED:unable to verify the first certificate', 'FAILED'].map((certVerified): Row => {
    return {
      name: `mesh: our bundle counts, whatever the platform says: ${certVerified}`,
      trust: 'mesh',
      tls: { certVerified },
      held: heldOf(wordOf()),
      expected: accepted(orders),
    };
  }),
  {
    name: "mesh: the platform's SUCCESS counts for nothing",
    trust: 'mesh',
    certificates: [byFingerprint, bySubject],
    held: heldOf(untrusted('unknown_authority: x')),
    expected: { kind: 'refused', detail: 'unknown_authority: x' },
  },
  {
    name: 'mesh: a rule names the principal of a certificate that is trusted',
    trust: 'mesh',
    certificates: [byFingerprint],
    held: heldOf(wordOf()),
    expected: accepted(named('by-fingerprint')),
  },
  {
    name: 'mesh: the subject is the one that the identity Worker read',
    trust: 'mesh',
    certificates: [bySubject],
    held: heldOf(wordOf({ subject: 'CN=other' })),
    expected: accepted(orders),
  },
  {
    name: 'mesh: from its recheck on a verdict is asked for anew',
    trust: 'mesh',
    held: heldOf(wordOf({ recheckAtMs: now })),
    expected: unknown,
  },
  {
    name: 'mesh: so is a refusal',
    trust: 'mesh',
    held: heldOf({ ...untrusted('revoked'), recheckAtMs: now }),
    expected: unknown,
  },
  {
    name: 'mesh: a certificate ends before its recheck',
    trust: 'mesh',
    held: heldOf(wordOf({ trusted: { ...trusted, validUntilMs: now } })),
    expected: refused,
  },
  ...(['platform', 'mesh'] as const).flatMap((trust) =>
    ['1', 'true'].map((certRevoked): Row => {
      return {
        name: `${trust}: what the platform does not call unrevoked is refused, whatever else is known of it: ${certRevoked}`,
        trust,
        certificates: [byFingerprint],
        tls: { certRevoked },
        held: heldOf(wordOf()),
        expected: refused,
      };
    }),
  ),
];

describe('a client certificate', () => {
  for (const { name, trust, certificates = [], tls, held, expected } of rows) {
    it(name, () => {
      const rule = compileMtls({ trust, certificates: [...certificates] }, 'mesh.local');
      expect(judgeCertificate({ ...shown, ...tls }, rule, held, now)).toEqual(expected);
    });
  }
});
