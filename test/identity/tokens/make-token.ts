/** Makers of keys and tokens, good and bad, for the tests of this folder. */
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { PublicJwk } from '../../../src/identity/tokens/jwks.ts';

export interface TestKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: PublicJwk;
}

export async function makeKey(kid: string, alg = 'ES256'): Promise<TestKey> {
  const pair = await generateKeyPair(alg, { extractable: true });
  const jwk = (await exportJWK(pair.publicKey)) as PublicJwk;
  return { kid, alg, privateKey: pair.privateKey, jwk: { ...jwk, kid, alg, use: 'sig' } };
}

/** A token with exactly these claims and header members. */
export function makeToken(key: TestKey, claims: JWTPayload, header: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })
    .sign(key.privateKey);
}

/** A token put together by hand, for what no library would sign. */
export function rawToken(header: unknown, claims: unknown, signature = ''): string {
  return `${encode(header)}.${encode(claims)}.${signature}`;
}

export function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
