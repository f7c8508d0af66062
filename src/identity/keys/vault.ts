/**
 * Private keys at rest: sealed with AES-256-GCM under a key that HKDF derives from the secret ENCRYPTION_KEY. What is sealed is
 * bound to the place where it lies, so that nobody who can write storage can exchange two keys.
 */

import { fromBase64Url, toBase64Url } from '../../core/encoding/base64url.ts';
import type { IdentityErrorCode } from '../authority.ts';

/** The secrets as a deployment gives them, each 32 random bytes or more in base64. */
export interface VaultSecrets {
  readonly ENCRYPTION_KEY?: string;
  /** The secret before the current one, while rows sealed under it are there. */
  readonly ENCRYPTION_KEY_PREVIOUS?: string;
}

/** Why there is no vault, or why a sealed text cannot be opened; the message names the remedy. */
export class VaultProblem extends Error {
  readonly code: Extract<IdentityErrorCode, `encryption_key_${string}`>;

  constructor(code: VaultProblem['code'], message: string) {
    super(message);
    this.code = code;
  }
}

interface VaultKey {
  /** Tells which secret sealed a text, and nothing else about the secret. */
  readonly id: string;
  readonly key: CryptoKey;
}

const leastSecretBytes = 32;
/** 32 random bytes have fewer different values than this less often than once in 10^18 secrets. */
const leastDifferentBytes = 16;
const form = 'v1';
const makeOne = 'Make one by `openssl rand -base64 32` and set it by `npx wrangler secret put ENCRYPTION_KEY`.';

/** Seals and opens texts. Make one for each trust domain: a vault of another cannot open what it sealed. */
export class Vault {
  readonly #current: VaultKey;
  readonly #known: readonly VaultKey[];

  private constructor(known: readonly [VaultKey, ...VaultKey[]]) {
    this.#current = known[0];
    this.#known = known;
  }

  /** Rejects with a `VaultProblem` where a secret is absent or weak. */
  static async open(secrets: VaultSecrets, trustDomain: string): Promise<Vault> {
    const { ENCRYPTION_KEY: current, ENCRYPTION_KEY_PREVIOUS: previous } = secrets;
    if (!current) {
      const why = 'The secret ENCRYPTION_KEY of the identity Worker is not set, so its private keys cannot be kept.';
      throw new VaultProblem('encryption_key_not_set', `${why} ${makeOne}`);
    }
    const first = await deriveKey('ENCRYPTION_KEY', current, trustDomain);
    if (!previous) return new Vault([first]);
    return new Vault([first, await deriveKey('ENCRYPTION_KEY_PREVIOUS', previous, trustDomain)]);
  }

  /** `place` says where the text will lie; only there it can be opened. */
  async seal(text: string, place: string): Promise<string> {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const bytes = await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(place) },
      this.#current.key,
      new TextEncoder().encode(text),
    );
    return [form, this.#current.id, toBase64Url(iv), toBase64Url(new Uint8Array(bytes))].join('.');
  }

  /** Rejects with a `VaultProblem` where no secret that is set has sealed the text, or it was sealed for another place. */
  async unseal(sealed: string, place: string): Promise<string> {
    const [version, id, iv = '', body = ''] = sealed.split('.');
    const held = version === form ? this.#known.find((known) => known.id === id) : undefined;
    if (held === undefined) throw wrongKey();
    try {
      const additionalData = new TextEncoder().encode(place);
      const [nonce, content] = [fromBase64Url(iv), fromBase64Url(body)];
      if (nonce === undefined || content === undefined) throw wrongKey();
      const bytes = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce, additionalData }, held.key, content);
      return new TextDecoder().decode(bytes);
    } catch {
      throw wrongKey();
    }
  }

  /**
   * What has to be stored instead of a text so that it is sealed under the current secret: for plaintext of earlier deployments
   * and for what the previous secret sealed. `undefined` where nothing is to be done, or nothing can be.
   */
  async renewed(stored: string, place: string): Promise<string | undefined> {
    if (isPlaintext(stored)) return this.seal(stored, place);
    const [, id] = stored.split('.');
    if (id === this.#current.id || !this.#known.some((known) => known.id === id)) return undefined;
    return this.seal(await this.unseal(stored, place), place);
  }
}

/** Earlier deployments stored a private key as the JSON of its JWK. */
export function isPlaintext(stored: string): boolean {
  return stored.startsWith('{');
}

function wrongKey(): VaultProblem {
  return new VaultProblem(
    'encryption_key_wrong',
    'A private key was sealed under another ENCRYPTION_KEY than those that are set. Set that one as ' +
      'ENCRYPTION_KEY_PREVIOUS; if it is lost, revoke the keys (`selvedge identity revoke --key ID`), and new ones are made.',
  );
}

async function deriveKey(name: string, secret: string, trustDomain: string): Promise<VaultKey> {
  const bytes = secretBytes(secret);
  if (bytes === undefined || new Set(bytes).size < leastDifferentBytes) {
    const why = `The secret ${name} of the identity Worker is not ${leastSecretBytes} random bytes in base64.`;
    throw new VaultProblem('encryption_key_weak', `${why} ${makeOne}`);
  }
  const material = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey', 'deriveBits']);
  const derivation = (purpose: string) => ({
    name: 'HKDF',
    hash: 'SHA-256',
    salt: new TextEncoder().encode('selvedge identity'),
    info: new TextEncoder().encode(`${purpose} ${trustDomain}`),
  });
  const aes = { name: 'AES-GCM', length: 256 };
  const [key, id] = await Promise.all([
    crypto.subtle.deriveKey(derivation('seal'), material, aes, false, ['encrypt', 'decrypt']),
    crypto.subtle.deriveBits(derivation('id'), material, 48),
  ]);
  return { id: toBase64Url(new Uint8Array(id)), key };
}

function secretBytes(secret: string): Uint8Array<ArrayBuffer> | undefined {
  const digits = secret.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  const bytes = fromBase64Url(digits);
  return bytes === undefined || bytes.length < leastSecretBytes ? undefined : bytes;
}
