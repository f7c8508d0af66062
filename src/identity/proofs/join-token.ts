/** Join tokens: secrets that an operator makes for one identity, and that serve once. */
import { toBase64Url } from '../../core/encoding/base64url.ts';
import { sha256 } from '../same-secret.ts';

const form = /^sjt_[\w-]{43}$/;

export interface MadeToken {
  readonly token: string;
  /** What is stored instead of the token: 32 random bytes need no slower hash. */
  readonly hash: string;
}

export async function makeJoinToken(): Promise<MadeToken> {
  const token = `sjt_${toBase64Url(crypto.getRandomValues(new Uint8Array(32)))}`;
  return { token, hash: toBase64Url(await sha256(token)) };
}

/** The stored form of a token that somebody shows; `undefined` where the text is none. */
export async function joinTokenHash(token: unknown): Promise<string | undefined> {
  return typeof token === 'string' && form.test(token) ? toBase64Url(await sha256(token)) : undefined;
}

/** By which people and the audit log name a token; nothing about the token can be learned from it. */
export function joinTokenId(hash: string): string {
  return hash.slice(0, 10);
}
