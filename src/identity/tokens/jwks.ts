/** JSON Web Key Sets (RFC 7517): what of them is kept, and which key may verify which token. */

/** A public key for signatures; private and symmetric keys never become one. */
export interface PublicJwk {
  readonly kty: string;
  readonly kid?: string;
  readonly alg?: string;
  readonly use?: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
}

/** No more keys than this are kept of one set: no issuer has as many, and a look-up runs over all of them. */
const mostKeys = 64;

const members = ['kty', 'kid', 'alg', 'use', 'crv', 'x', 'y', 'n', 'e'] as const;

/** The public signature keys of a key set; `undefined` where the value is no key set. Keys of other kinds are left out (RFC 7517 section 5). */
export function publicKeys(set: unknown): PublicJwk[] | undefined {
  if (typeof set !== 'object' || set === null || !('keys' in set) || !Array.isArray(set.keys)) return undefined;
  const found: PublicJwk[] = [];
  for (const key of set.keys as unknown[]) {
    const kept = publicKey(key);
    if (kept !== undefined) found.push(kept);
    if (found.length === mostKeys) break;
  }
  return found;
}

function publicKey(key: unknown): PublicJwk | undefined {
  if (typeof key !== 'object' || key === null) return undefined;
  const given = key as Record<string, unknown>;
  if (given.d !== undefined || given.k !== undefined || given.priv !== undefined) return undefined;
  if (given.use !== undefined && given.use !== 'sig') return undefined;
  const { key_ops: operations = ['verify'] } = given;
  if (!Array.isArray(operations) || !operations.includes('verify')) return undefined;
  const kept: Record<string, string> = {};
  for (const member of members) {
    const value = given[member];
    if (value === undefined) continue;
    if (typeof value !== 'string') return undefined;
    kept[member] = value;
  }
  return kept.kty === undefined ? undefined : { ...kept, kty: kept.kty };
}

const rsa = { kty: 'RSA', crv: undefined } as const;

/** Key type and curve that each allowed algorithm demands (RFC 7518 section 3.1, RFC 8037). `none` and the HMACs are not here and so not allowed. */
const keyOfAlgorithm = {
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  RS256: rsa,
  RS384: rsa,
  RS512: rsa,
  PS256: rsa,
  PS384: rsa,
  PS512: rsa,
} as const;

export type Algorithm = keyof typeof keyOfAlgorithm;

export function isAllowedAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && Object.hasOwn(keyOfAlgorithm, name);
}

/**
 * The keys that may have made a signature: right type and curve, right `kid` where the token names one. In a set of which no key has a
 * name, that of a token says nothing, as in Envoy.
 */
export function keysThatFit(keys: readonly PublicJwk[], alg: Algorithm, kid: string | undefined): PublicJwk[] {
  const { kty, crv } = keyOfAlgorithm[alg];
  const named = kid !== undefined && keys.some((key) => key.kid !== undefined);
  return keys.filter(
    (key) =>
      key.kty === kty &&
      (crv === undefined || key.crv === crv) &&
      (key.alg === undefined || key.alg === alg) &&
      (!named || key.kid === kid),
  );
}
