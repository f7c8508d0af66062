/**
 * Which keys and signatures certificates may have: ECDSA on P-256 and P-384, Ed25519, RSA from 2048 bits on (PKCS #1 v1.5), each
 * with SHA-256 or longer. MD5, SHA-1, DSA and other curves are not on the list and so not allowed.
 */
import { type DerValue, derTag, objectId, readDer, readDerItems } from './der.ts';

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
  const [id] = readDerItems(algorithm.content);
  return id !== undefined && signatureAlgorithms.has(objectId(id));
}

/** The kind of a key by its SubjectPublicKeyInfo, or `undefined` for one that is not allowed. Throws where it is no key. */
export function keyKind(spki: DerValue): KeyKind | undefined {
  const [algorithm, key] = readDerItems(spki.content);
  if (algorithm === undefined || key?.tag !== derTag.bitString) throw new Error('no public key');
  const [id, parameters] = readDerItems(algorithm.content);
  if (id === undefined) throw new Error('no algorithm of a public key');
  switch (objectId(id)) {
    case '1.2.840.10045.2.1':
      return parameters?.tag === derTag.objectId ? curves[objectId(parameters)] : undefined;
    case '1.3.101.112':
      return 'Ed25519';
    case '1.2.840.113549.1.1.1':
      return isLongEnough(key) ? 'RSA' : undefined;
    default:
      return undefined;
  }
}

const curves: Readonly<Record<string, KeyKind>> = { '1.2.840.10045.3.1.7': 'P-256', '1.3.132.0.34': 'P-384' };

/** RSAPublicKey of RFC 8017 appendix A.1.1, in a bit string without unused bits. */
function isLongEnough(key: DerValue): boolean {
  const [modulus] = readDerItems(readDer(key.content.subarray(1), derTag.sequence).content);
  const digits = modulus?.content[0] === 0 ? modulus.content.subarray(1) : modulus?.content;
  if (digits?.[0] === undefined) return false;
  const bits = digits.length * 8 - Math.clz32(digits[0]) + 24;
  return bits >= leastModulusBits && bits <= mostModulusBits;
}
