/** Certificate signing requests (PKCS #10, RFC 2986): a key, and the proof that who asks holds it. */
import { fromBase64 } from '../../core/encoding/base64.ts';
import type { Refused } from '../authority.ts';
import { refused } from '../requests.ts';
import { isAllowedSignature, keyKind } from './algorithms.ts';
import { checkDer } from './check-der.ts';
import { derTag, hexOf, readDer, readDerItems } from './der.ts';
import { Pkcs10CertificateRequest, type PublicKey } from './x509.ts';

const longestBytes = 16_384;

/** What is taken from a request: the key, and the bytes, which proofs are bound to. Its subject and its extensions say nothing here. */
export interface CheckedRequest {
  readonly publicKey: PublicKey;
  readonly der: Uint8Array<ArrayBuffer>;
}

/** Reads a request in PEM or in base64 DER and verifies that it is signed by its own key. */
export async function readCsr(text: unknown): Promise<CheckedRequest | Refused> {
  const der = typeof text === 'string' && text.length <= 2 * longestBytes ? derOf(text) : undefined;
  if (der === undefined || der.length > longestBytes) {
    return refused(
      'bad_csr',
      `csr must be a PKCS #10 request in PEM or base64 DER, at most ${longestBytes} bytes long.`,
    );
  }
  try {
    const whole = readDer(der, derTag.sequence);
    checkDer(whole);
    const [info, algorithm, signature, ...behind] = readDerItems(whole.content);
    const [, , spki] = info === undefined ? [] : readDerItems(info.content);
    if (algorithm === undefined || spki === undefined || signature === undefined || behind.length > 0) {
      throw new Error('no request');
    }
    if (keyKind(spki) === undefined || !isAllowedSignature(algorithm)) {
      return refused(
        'bad_csr',
        'The key of the csr must be P-256, P-384, Ed25519 or RSA of 2048 bits or more, with SHA-256 or longer.',
      );
    }
    const request = new Pkcs10CertificateRequest(der);
    if (!(await request.verify())) throw new Error('not signed by its own key');
    // What was looked at above is what will be certified.
    if (hexOf(new Uint8Array(request.publicKey.rawData)) !== hexOf(spki.whole)) throw new Error('two keys');
    return { publicKey: request.publicKey, der };
  } catch {
    return refused('bad_csr', 'The csr cannot be read, or is not signed by its own key.');
  }
}

function derOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  const body = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]*)-----END/.exec(text)?.[1] ?? text;
  const digits = body.replaceAll(/\s/g, '');
  if (digits === '' || digits.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(digits)) return undefined;
  return fromBase64(digits);
}
