/**
 * Trust bundles in SPIFFE's JSON form (SPIFFE Trust Domain and Bundle, section 4): a JWK set whose keys say whether they verify
 * X509-SVIDs (`x5c` holds the root) or JWT-SVIDs.
 */
import { fromBase64, toBase64 } from '../../core/encoding/base64.ts';
import { type PublicJwk, publicKeys } from '../tokens/jwks.ts';
import { type ParsedCertificate, parseCertificate } from './parsed-certificate.ts';

/** A key of a bundle as it stands in JSON. */
export interface BundleKey extends Omit<PublicJwk, 'use'> {
  readonly use: 'x509-svid' | 'jwt-svid';
  /** One certificate, DER in base64. */
  readonly x5c?: readonly [string];
}

export interface SpiffeBundle {
  readonly keys: readonly BundleKey[];
  readonly spiffe_sequence: number;
  /** In seconds. */
  readonly spiffe_refresh_hint: number;
}

/** A bundle that was read and found to be one. */
export interface ReadBundle {
  readonly roots: readonly ParsedCertificate[];
  readonly jwtKeys: readonly PublicJwk[];
  /** `undefined` where the bundle has none, and then it is not held against the one before. */
  readonly sequence: number | undefined;
  readonly refreshHintMs: number | undefined;
  /** Why an authority was passed over, the first of them. */
  readonly problem: string | undefined;
}

/** More roots than this are no trust domain's. */
const mostRoots = 32;

/**
 * Reads a bundle; rejects with a sentence for operators where it is none. Keys that cannot be used are passed over, and a bundle without
 * any is one by which a trust domain takes back all that it had (section 4.1.3).
 */
export async function readBundle(value: unknown): Promise<ReadBundle> {
  if (typeof value !== 'object' || value === null || !('keys' in value) || !Array.isArray(value.keys)) {
    throw new Error('the bundle is no JSON object with a list of keys');
  }
  const { spiffe_sequence: sequence, spiffe_refresh_hint: hint } = value as Record<string, unknown>;
  const keys = value.keys.filter((key): key is Record<string, unknown> => typeof key === 'object' && key !== null);
  const roots: ParsedCertificate[] = [];
  let problem: string | undefined;
  for (const { use, kty, x5c } of keys) {
    if (use !== 'x509-svid' || typeof kty !== 'string') continue;
    const root = await readRoot(x5c);
    if (typeof root === 'string') problem ??= root;
    else roots.push(root);
    if (roots.length > mostRoots) throw new Error(`the bundle has more than ${mostRoots} X.509 authorities`);
  }
  const jwt = keys.filter((key) => key.use === 'jwt-svid' && typeof key.kid === 'string');
  const jwtKeys = publicKeys({ keys: jwt.map((key) => ({ ...key, use: 'sig' })) }) ?? [];
  return {
    roots,
    jwtKeys,
    sequence: isWholeNumber(sequence) ? sequence : undefined,
    refreshHintMs: isWholeNumber(hint) && hint > 0 ? hint * 1000 : undefined,
    problem,
  };
}

/** Whether a bundle vouches for nothing. */
export function isEmptyBundle({ roots, jwtKeys }: Pick<ReadBundle, 'roots' | 'jwtKeys'>): boolean {
  return roots.length === 0 && jwtKeys.length === 0;
}

/** A root of ours, with its public key. */
export interface BundleRoot {
  readonly der: Uint8Array;
  readonly jwk: PublicJwk;
}

/** The form in which others get our bundle. */
export function writeBundle(bundle: {
  readonly roots: readonly BundleRoot[];
  readonly jwtKeys: readonly PublicJwk[];
  readonly sequence: number;
  readonly refreshHintMs: number;
}): SpiffeBundle {
  const roots = bundle.roots.map(({ der, jwk: { kty, crv, x, y } }): BundleKey => {
    return { kty, use: 'x509-svid', crv, x, y, x5c: [toBase64(der)] };
  });
  const jwts = bundle.jwtKeys.map((key): BundleKey => ({ ...key, use: 'jwt-svid' }));
  return {
    keys: [...roots, ...jwts],
    spiffe_sequence: bundle.sequence,
    spiffe_refresh_hint: Math.max(1, Math.floor(bundle.refreshHintMs / 1000)),
  };
}

/** The authority of an entry, or why there is none. Of several certificates only the first counts (X509-SVID section 6.2). */
async function readRoot(x5c: unknown): Promise<ParsedCertificate | string> {
  const [text] = Array.isArray(x5c) ? (x5c as unknown[]) : [];
  if (typeof text !== 'string') return 'an X.509 authority has no certificate';
  const root = await parseCertificate(fromBase64(text) ?? new Uint8Array()).catch(() => undefined);
  if (root === undefined) return 'the certificate of an X.509 authority cannot be read';
  return root.isCa ? root : `the certificate ${root.subject} is no authority`;
}

function isWholeNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
