/** Who shows a JWT to control, and as what: the tokens of the issuers that OPERATORS names, or of Cloudflare Access. */
import { type Fetch, issuerKeySource } from '../../identity/tokens/fetch-jwks.ts';
import { keysThatFit, type PublicJwk } from '../../identity/tokens/jwks.ts';
import { type Claims, closeClocksMs, quote, readToken, verifyToken } from '../../identity/tokens/jwt.ts';
import { findKeys, type Invocation, type KeyCache, type KeyLookup } from '../../identity/tokens/key-cache.ts';
import type { TokenIssuer } from './operator-config.ts';
import { highestRole, type Role } from './role.ts';
import { roleOfClaims } from './role-of-claims.ts';

export interface TokenContext extends Invocation {
  readonly keyCache: KeyCache;
  readonly fetch: Fetch;
  /** Whether a JWKS may lie on this machine. */
  readonly allowLoopback: boolean;
}

export type TokenVerdict =
  | {
      readonly kind: 'known';
      readonly principal: string;
      readonly role: Role;
      readonly claims: Claims;
      readonly expiresAtMs: number;
    }
  /** The token holds, and no rule gives its bearer a role. */
  | { readonly kind: 'no-role'; readonly principal: string; readonly claims: Claims }
  /** `unavailable`: the issuer's keys cannot be had, so nothing is known about the token. `detail` is for the log. */
  | { readonly kind: 'unavailable'; readonly detail: string }
  | { readonly kind: 'wrong'; readonly detail: string };

export interface TokenKind {
  /** What the record calls whoever shows such a token. */
  readonly principal: (issuer: string, claims: Claims) => string;
  /** Whether a token may have no subject. */
  readonly anonymous: boolean;
}

/** A JWT of an issuer of our own choice. */
export const issuedToken: TokenKind = {
  principal: (issuer, claims) => `${issuer}/${claims.sub}`,
  anonymous: false,
};

/** Cloudflare Access knows people by their mail address, and service tokens, which have no subject, by their client id (`common_name`). */
export const accessToken: TokenKind = {
  principal: (issuer, { email, common_name: client, sub }) =>
    [email, client].find((name): name is string => typeof name === 'string' && name !== '') ?? `${issuer}/${sub}`,
  anonymous: true,
};

/** Verifies a token; where several entries name its issuer, one that verifies suffices, and the highest role counts. Never rejects. */
export async function verifyOperator(
  token: string,
  issuers: readonly TokenIssuer[],
  kind: TokenKind,
  context: TokenContext,
): Promise<TokenVerdict> {
  const read = readToken(token);
  if (read.kind === 'invalid') return wrong(read.detail);
  let refused: TokenVerdict = wrong(`issuer ${quote(read.issuer)} is not one that control trusts`);
  const found: Role[] = [];
  let verified: { readonly claims: Claims; readonly expiresAtMs: number } | undefined;
  for (const entry of issuers) {
    if (entry.issuer !== read.issuer) continue;
    const select = (keys: readonly PublicJwk[]) => keysThatFit(keys, read.alg, read.kid);
    const keys = await lookUp(entry, select, context);
    if (keys.kind !== 'keys') {
      refused =
        keys.kind === 'unavailable' ? keys : wrong(`${quote(read.issuer)} has no ${read.alg} key ${quote(read.kid)}`);
      continue;
    }
    const { issuer, audiences, roles } = entry;
    const expected = { issuer, audiences, nowMs: context.now(), clockSkewMs: closeClocksMs, anonymous: kind.anonymous };
    const verdict = await verifyToken(read, keys.keys, expected);
    if (verdict.kind === 'invalid' || (verdict.subject === undefined && !kind.anonymous)) {
      refused = wrong(verdict.kind === 'invalid' ? verdict.detail : 'the token names nobody (sub)');
      continue;
    }
    verified = { claims: verdict.claims, expiresAtMs: verdict.endsAtMs - closeClocksMs };
    const role = roleOfClaims(verdict.claims, roles);
    if (role !== undefined) found.push(role);
  }
  if (verified === undefined) return refused;
  const principal = kind.principal(read.issuer, verified.claims);
  if (issuers.some(({ issuer }) => issuer !== read.issuer && principal.startsWith(`${issuer}/`)))
    return wrong(`${quote(principal)} could be taken for a subject of another issuer`);
  const role = highestRole(found);
  const { claims, expiresAtMs } = verified;
  return role === undefined
    ? { kind: 'no-role', principal, claims }
    : { kind: 'known', principal, role, claims, expiresAtMs };
}

function wrong(detail: string): TokenVerdict {
  return { kind: 'wrong', detail };
}

async function lookUp(
  { keys, jwksUri }: TokenIssuer,
  select: (keys: readonly PublicJwk[]) => readonly PublicJwk[],
  context: TokenContext,
): Promise<KeyLookup> {
  if (keys === undefined)
    return findKeys(
      context.keyCache,
      issuerKeySource(jwksUri ?? '', context.fetch, context.allowLoopback),
      select,
      context,
    );
  const fitting = select(keys);
  return fitting.length > 0 ? { kind: 'keys', keys: fitting } : { kind: 'unknown-key' };
}
