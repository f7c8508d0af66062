/** How somebody without a binding proves who he is when he asks for a certificate or a token. */
import type { Refused } from '../authority.ts';
import { refused } from '../requests.ts';

export type Proof =
  /** Made by an operator for this very purpose; serves once. */
  | { readonly kind: 'join-token'; readonly token: string }
  /** A valid X509-SVID of the own trust domain, with a JWS by its key over what is asked (see `holder-proof.ts`). */
  | { readonly kind: 'x509-svid'; readonly chain: readonly string[]; readonly jws: string }
  /** A valid JWT-SVID of the own trust domain whose audience is the identity service; serves once. */
  | { readonly kind: 'jwt-svid'; readonly token: string }
  /** A token of an issuer for which an operator has made a claim rule; serves once. */
  | { readonly kind: 'platform-jwt'; readonly token: string };

/** For whom proofs are meant: `aud` of the tokens and signatures in them. No service can have this id. */
export function proofAudience(trustDomain: string): string {
  return `spiffe://${trustDomain}/selvedge/identity`;
}

/** Tokens of CI providers are long, and nobody needs longer ones. */
const longestToken = 8192;

export function readProof(value: unknown): Proof | Refused {
  const { kind, token, chain, jws } = (value ?? {}) as Record<string, unknown>;
  if (kind === 'join-token' || kind === 'jwt-svid' || kind === 'platform-jwt') {
    return isShort(token)
      ? { kind, token }
      : refused('bad_request', `proof.token must be a text of at most ${longestToken} characters.`);
  }
  if (kind === 'x509-svid') {
    return Array.isArray(chain) && isShort(jws)
      ? { kind, chain, jws }
      : refused(
          'bad_request',
          'proof.chain must be a list of certificates, and proof.jws a signature by the key of the first.',
        );
  }
  return refused('bad_request', 'proof.kind must be join-token, x509-svid, jwt-svid or platform-jwt.');
}

function isShort(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longestToken;
}
