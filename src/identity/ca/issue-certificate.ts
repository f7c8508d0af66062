/** Makes certificates: self-signed roots, intermediates, and X509-SVIDs (SPIFFE X509-SVID section 4). */
import { hexOf } from './der.ts';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from './x509.ts';

/** Keys of authorities are of this kind. */
export const authorityKeyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** Certificates are valid from a minute before they are made, for verifiers whose clocks are behind. */
export const backdateMs = 60_000;

const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';

/** An authority that signs: its certificate as DER and its private key. */
export interface Signer {
  readonly certificate: Uint8Array<ArrayBuffer>;
  readonly privateKey: CryptoKey;
}

interface Validity {
  readonly nowMs: number;
  readonly expiresAtMs: number;
}

/** A self-signed root of a trust domain; `kid` tells roots with the same name apart. */
export async function makeRoot(
  keys: CryptoKeyPair,
  authority: Validity & { readonly trustDomain: string; readonly kid: string },
): Promise<Uint8Array<ArrayBuffer>> {
  const name = authorityName('Root', authority.trustDomain, authority.kid);
  const made = await X509CertificateGenerator.createSelfSigned({
    ...common(authority),
    name,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 1, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      new SubjectAlternativeNameExtension([{ type: 'url', value: `spiffe://${authority.trustDomain}` }]),
    ],
  });
  return new Uint8Array(made.rawData);
}

/** An intermediate, which may sign leaves and no further authority. */
export async function makeIntermediate(
  publicKey: CryptoKey,
  signer: Signer,
  authority: Validity & { readonly trustDomain: string; readonly kid: string },
): Promise<Uint8Array<ArrayBuffer>> {
  const issuer = new X509Certificate(signer.certificate);
  const made = await X509CertificateGenerator.create({
    ...common(authority),
    subject: authorityName('Intermediate', authority.trustDomain, authority.kid),
    issuer: issuer.subjectName,
    publicKey,
    signingKey: signer.privateKey,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      new SubjectAlternativeNameExtension([{ type: 'url', value: `spiffe://${authority.trustDomain}` }]),
    ],
  });
  return new Uint8Array(made.rawData);
}

export interface LeafContent extends Validity {
  readonly spiffeId: string;
  readonly trustDomain: string;
  readonly dnsNames: readonly string[];
  /** Of the requester: nothing but the key is taken from a request. */
  readonly publicKey: PublicKey;
}

/** An X509-SVID for clients and servers. The subject names the trust domain only: the identity is the URI. */
export async function makeLeaf(content: LeafContent, signer: Signer): Promise<Uint8Array<ArrayBuffer>> {
  const issuer = new X509Certificate(signer.certificate);
  const dnsNames = content.dnsNames.map((value) => ({ type: 'dns' as const, value }));
  const made = await X509CertificateGenerator.create({
    ...common(content),
    subject: [organization(content.trustDomain)],
    issuer: issuer.subjectName,
    publicKey: content.publicKey,
    signingKey: signer.privateKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([serverAuth, clientAuth]),
      await SubjectKeyIdentifierExtension.create(content.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      new SubjectAlternativeNameExtension([{ type: 'url', value: content.spiffeId }, ...dnsNames]),
    ],
  });
  return new Uint8Array(made.rawData);
}

/** No longer than RFC 5280 appendix A.1 allows it (ub-organization-name); nobody reads the trust domain from it. */
function organization(trustDomain: string): Record<string, string[]> {
  return { O: [trustDomain.slice(0, 64)] };
}

function authorityName(role: string, trustDomain: string, kid: string): Record<string, string[]>[] {
  return [organization(trustDomain), { CN: [`Selvedge ${role} ${kid}`] }];
}

/** Certificates count in whole seconds: both instants are rounded down, so that none outlives what was asked for. */
function common({ nowMs, expiresAtMs }: Validity) {
  return {
    serialNumber: randomSerial(),
    notBefore: wholeSeconds(nowMs - backdateMs),
    notAfter: wholeSeconds(expiresAtMs),
    signingAlgorithm,
  };
}

function wholeSeconds(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}

/** 128 random bits behind a byte that keeps the number positive and its length the same (RFC 5280 section 4.1.2.2: 20 bytes at most). */
function randomSerial(): string {
  return `01${hexOf(crypto.getRandomValues(new Uint8Array(16)))}`;
}
