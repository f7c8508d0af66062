/**
 * Which keys and signatures certificates may have: ECDSA on P-256 and P-384, Ed25519, RSA from 2048 bits on (PKCS #1 v1.5), each
 * with SHA-256 or longer. MD5, SHA-1, DSA and other curves are not on the list and so not allowed.
 */
import { type DerValue, derTag, objectId, octetsOf, readDer, readDerItems } from './der.ts';

/** RFC 5758 section 3.2, RFC 8410 section 3, RFC 4055 section 5. */
const signatureAlgorithms = new Set([
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.3.101.112',
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
]);

const leastModulusBits = 2048;
/** A verification costs the square of it. */
const mostModulusBits = 8192;

export type KeyKind = 'P-256' | 'P-384' | 'Ed25519' | 'RSA';

/** Whether an AlgorithmIdentifier is of an allowed signature. */
export function isAllowedSignature(algorithm: DerValue): boolean {
  return signatureAlgorithms.has(algorithmId(algorithm));
}

/** Whether it is ECDSA, whose signatures are two numbers (RFC 3279 section 2.2.3). */
export function isEcdsa(algorithm: DerValue): boolean {
  return algorithmId(algorithm).startsWith('1.2.840.10045.4.');
}

/** An AlgorithmIdentifier holds an object identifier and, perhaps, one value of parameters (RFC 5280 section 4.1.1.2). */
function algorithmId({ tag, content }: DerValue): string {
  const [id, ...parameters] = readDerItems(content);
  if (tag !== derTag.sequence || id === undefined || parameters.length > 1) throw new Error('no algorithm');
  return objectId(id);
}

/** The kind of a key by its SubjectPublicKeyInfo, or `undefined` for one that is not allowed. Throws where it is no key. */
export function keyKind(spki: DerValue): KeyKind | undefined {
  const [algorithm, key, ...more] = readDerItems(spki.content);
  if (algorithm === undefined || key === undefined || more.length > 0) throw new Error('no public key');
  const octets = octetsOf(key);
  const [, parameters] = readDerItems(algorithm.content);
  switch (algorithmId(algorithm)) {
    case '1.2.840.10045.2.1':
      return parameters?.tag === derTag.objectId ? curves[objectId(parameters)] : undefined;
    case '1.3.101.112':
      return 'Ed25519';
    case '1.2.840.113549.1.1.1':
      return isLongEnough(octets) ? 'RSA' : undefined;
    default:
      return undefined;
  }
}

const curves: Readonly<Record<string, KeyKind>> = { '1.2.840.10045.3.1.7': 'P-256', '1.3.132.0.34': 'P-384' };

/** RSAPublicKey of RFC 8017 appendix A.1.1. */
function isLongEnough(key: Uint8Array<ArrayBuffer>): boolean {
  const [modulus, exponent, ...more] = readDerItems(readDer(key, derTag.sequence).content);
  if (exponent === undefined || more.length > 0) throw new Error('no RSA key');
  const digits = modulus?.content[0] === 0 ? modulus.content.subarray(1) : modulus?.content;
  if (digits?.[0] === undefined) return false;
  const bits = digits.length * 8 - Math.clz32(digits[0]) + 24;
  return bits >= leastModulusBits && bits <= mostModulusBits;
}
