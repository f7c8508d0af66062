/**
 * JSON Web Signatures in their compact form (RFC 7515 section 3.1), read and verified with the platform's own cryptography. An edge
 * verifies by a few algorithms and never signs, so that it needs a small part of what a whole JOSE library brings.
 */
import { fromBase64Url } from '../../core/encoding/base64url.ts';
import { isObject } from '../../core/is-object.ts';
import type { Algorithm, PublicJwk } from './jwks.ts';

export type Members = Readonly<Record<string, unknown>>;

/** A token taken apart; none of it is to be believed before its signature is verified. */
export interface Jws {
  readonly header: Members;
  readonly claims: Members;
  readonly signature: Uint8Array<ArrayBuffer>;
  /** What the signature is of. */
  readonly signed: string;
}

/** Takes a token apart; `undefined` where it is none whose header and payload are JSON objects. */
export function decodeJws(token: string): Jws | undefined {
  const { 0: head = '', 1: body = '', 2: tail = '', length } = token.split('.');
  if (length !== 3) return undefined;
  const header = members(head);
  const claims = members(body);
  const signature = fromBase64Url(tail);
  if (header === undefined || claims === undefined || signature === undefined) return undefined;
  return { header, claims, signature, signed: `${head}.${body}` };
}

/** By algorithm what the platform calls it, with a key and with a signature (RFC 7518 section 3.1, RFC 8037). */
function platformName(alg: Algorithm) {
  const bits = Number(alg.slice(2));
  const hash = `SHA-${bits}`;
  if (alg === 'EdDSA') return { name: 'Ed25519' };
  if (alg.startsWith('ES')) return { name: 'ECDSA', namedCurve: `P-${bits === 512 ? 521 : bits}`, hash };
  return alg.startsWith('RS') ? { name: 'RSASSA-PKCS1-v1_5', hash } : { name: 'RSA-PSS', hash, saltLength: bits / 8 };
}

/** RFC 7518 sections 3.3 and 3.5. */
const leastModulusBits = 2048;

/** Keys as the platform holds them, by the key they were made of. */
const imported = new WeakMap<PublicJwk, Partial<Record<Algorithm, CryptoKey>>>();

/** Whether a key made the signature by this algorithm, whatever the header says. Rejects where the key is not fit for it. */
export async function signatureHolds({ signature, signed }: Jws, alg: Algorithm, jwk: PublicJwk): Promise<boolean> {
  const key = await importedKey(alg, jwk);
  try {
    return await crypto.subtle.verify(platformName(alg), key, signature, new TextEncoder().encode(signed));
  } catch {
    return false;
  }
}

async function importedKey(alg: Algorithm, jwk: PublicJwk): Promise<CryptoKey> {
  let keys = imported.get(jwk);
  if (keys === undefined) {
    keys = {};
    imported.set(jwk, keys);
  }
  const held = keys[alg];
  if (held !== undefined) return held;
  const { kty, crv, x, y, n, e } = jwk;
  const key = await crypto.subtle.importKey('jwk', { kty, crv, x, y, n, e }, platformName(alg), false, ['verify']);
  const { modulusLength } = key.algorithm as { readonly modulusLength?: number };
  if (modulusLength !== undefined && modulusLength < leastModulusBits)
    throw new Error(`an RSA key of ${modulusLength} bits, and ${leastModulusBits} are the least`);
  keys[alg] = key;
  return key;
}

/** The JSON object that a part holds. */
function members(part: string): Members | undefined {
  const read = fromBase64Url(part);
  if (read === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(read));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
