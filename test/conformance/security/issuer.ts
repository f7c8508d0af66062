/** An issuer of tokens that cases take for verified: they say what a token claims, and hold none. */
import { generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keyId = 'conformance';

/** The keys, as an issuer publishes them. */
export const issuerKeys: { readonly keys: readonly JsonWebKey[] } = {
  keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keyId, alg: 'ES256', use: 'sig' }],
};

/** Long after any test has ended. */
const expires = 4_102_444_800;

/** A token with these claims. */
export function signedToken(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'ES256', kid: keyId, typ: 'JWT' })}.${part({ exp: expires, ...claims })}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}
