/** What Cloudflare's front says of a client certificate, made from a TLS connection of Node: `request.cf.tlsClientAuth`. */
import { X509Certificate } from 'node:crypto';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { X509Certificate as ParsedCertificate, SubjectKeyIdentifierExtension } from '../../src/identity/ca/x509.ts';

/** The platform hands over certificates of at most 10 kB, and chains of at most 16 kB. */
const longestCertificate = 10_240;
const longestChain = 16_384;

const failures: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'FAILED:self signed certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'FAILED:unable to verify the first certificate',
  CERT_NOT_YET_VALID: 'FAILED:certificate is not yet valid',
  CERT_HAS_EXPIRED: 'FAILED:certificate has expired',
};

/** The placeholders of a connection without a client certificate. */
const absent = {
  certPresented: '0',
  certVerified: 'NONE',
  certRevoked: '0',
  certIssuerDN: '',
  certSubjectDN: '',
  certIssuerDNRFC2253: '',
  certSubjectDNRFC2253: '',
  certIssuerDNLegacy: '',
  certSubjectDNLegacy: '',
  certSerial: '',
  certIssuerSerial: '',
  certSKI: '',
  certIssuerSKI: '',
  certFingerprintSHA1: '',
  certFingerprintSHA256: '',
  certNotBefore: '',
  certNotAfter: '',
  certRFC9440: '',
  certRFC9440TooLarge: false,
  certChainRFC9440: '',
  certChainRFC9440TooLarge: false,
};

export type ClientAuth = typeof absent;

/** What the platform knows of itself; fingerprints are SHA-256 in lower-case hex. */
export interface PlatformLists {
  readonly revoked: ReadonlySet<string>;
  /** The authorities by which it verifies clients. */
  readonly roots: ReadonlySet<string>;
}

export function clientAuthOf(socket: TLSSocket, { revoked, roots }: PlatformLists): ClientAuth {
  // Node adds the roots that it knows to what the client has sent.
  const [leaf, ...above] = shownChain(socket).filter(({ fingerprint256 }) => !roots.has(digits(fingerprint256)));
  if (leaf === undefined) return absent;
  const fingerprint = digits(leaf.fingerprint256);
  const issuer = above[0];
  const chain = above.map(byteSequence).join(', ');
  const isLong = leaf.raw.length > longestCertificate;
  const chainIsLong = above.reduce((sum, { raw }) => sum + raw.length, 0) > longestChain;
  return {
    certPresented: '1',
    certVerified: socket.authorized ? 'SUCCESS' : (failures[String(socket.authorizationError)] ?? 'FAILED'),
    certRevoked: revoked.has(fingerprint) ? '1' : '0',
    ...names('Issuer', leaf.issuer),
    ...names('Subject', leaf.subject),
    certSerial: leaf.serialNumber,
    certIssuerSerial: issuer?.serialNumber ?? '',
    certSKI: keyIdentifier(leaf),
    certIssuerSKI: issuer === undefined ? '' : keyIdentifier(issuer),
    certFingerprintSHA1: digits(leaf.fingerprint),
    certFingerprintSHA256: fingerprint,
    certNotBefore: leaf.validFrom,
    certNotAfter: leaf.validTo,
    certRFC9440: isLong ? '' : byteSequence(leaf),
    certRFC9440TooLarge: isLong,
    certChainRFC9440: chainIsLong ? '' : chain,
    certChainRFC9440TooLarge: chainIsLong,
  };
}

/** The client's certificates, its own first; Node leaves out what issued none of the others. */
function shownChain(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let at: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (at?.raw !== undefined) {
    const certificate = new X509Certificate(at.raw);
    if (chain.some(({ fingerprint256 }) => fingerprint256 === certificate.fingerprint256)) break;
    chain.push(certificate);
    at = at.issuerCertificate;
  }
  return chain;
}

function byteSequence({ raw }: X509Certificate): string {
  return `:${raw.toString('base64')}:`;
}

/** The three forms of a name; Node gives one attribute a line, its values escaped as RFC 2253 has it. */
function names<Role extends 'Issuer' | 'Subject'>(role: Role, lines: string) {
  const parts = lines === '' ? [] : lines.split('\n');
  const last = [...parts].reverse();
  return {
    [`cert${role}DN`]: last.join(', '),
    [`cert${role}DNRFC2253`]: last.join(','),
    [`cert${role}DNLegacy`]: parts.map((part) => `/${part}`).join(''),
  } as Pick<ClientAuth, `cert${Role}DN` | `cert${Role}DNRFC2253` | `cert${Role}DNLegacy`>;
}

function keyIdentifier({ raw }: X509Certificate): string {
  const id = new ParsedCertificate(raw).getExtension(SubjectKeyIdentifierExtension)?.keyId ?? '';
  return id.toUpperCase().replace(/(..)(?=.)/g, '$1:');
}

function digits(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}
