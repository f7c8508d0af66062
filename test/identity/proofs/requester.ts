/** What somebody without a binding does to get a certificate: a key pair, a request, and a proof. */
import { createHash, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { Pkcs10CertificateRequestGenerator } from '../../../src/identity/ca/x509.ts';
import { p256 } from '../ca/certificates.ts';
import { trustDomain } from '../identity-worker.ts';

export const audience = `spiffe://${trustDomain}/selvedge/identity`;

export interface Requester {
  readonly keys: CryptoKeyPair;
  /** DER in base64. */
  readonly csr: string;
}

/** The subject and its names are those of somebody else: none of it may reach a certificate. */
export async function makeRequester(algorithm: object = p256): Promise<Requester> {
  const keys = (await crypto.subtle.generateKey(algorithm as never, true, ['sign', 'verify'])) as CryptoKeyPair;
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: 'CN=admin,O=evil.test',
    keys,
    signingAlgorithm: { ...keys.privateKey.algorithm, hash: 'SHA-256' } as never,
  });
  return { keys, csr: Buffer.from(request.rawData).toString('base64') };
}

export function digestOf(csr: string): string {
  return createHash('sha256').update(Buffer.from(csr, 'base64')).digest('base64url');
}

/** A proof that somebody holds the key of a certificate, with claims that a test may spoil. */
export function holderJws(
  key: CryptoKey,
  digest: string,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  return new SignJWT({ aud: audience, iat, jti: randomUUID(), digest, ...claims })
    .setProtectedHeader({ alg: 'ES256', ...header })
    .sign(key);
}
