/**
 * Who shows a bearer token at the public door: a service of this mesh (a JWT-SVID), or a subject of an issuer that the
 * document names. No rule of a document can make a principal of this mesh's trust domain.
 */
import type { JwtRule } from '../model/snapshot.ts';
import { type Fetch, issuerKeySource } from './fetch-jwks.ts';
import { keysThatFit, type PublicJwk, publicKeys } from './jwks.ts';
import {
  type Claims,
  clockSkewMs,
  type Invalid,
  invalid,
  quote,
  readToken,
  type UnverifiedToken,
  type VerifiedToken,
  verifyToken,
} from './jwt.ts';
import { findKeys, type Invocation, type KeyCache, type KeySource, stillHolds } from './key-cache.ts';
import { looksLikeSpiffe, parseSpiffeId, spiffeIssuer } from './spiffe-id.ts';
import { checkSvidHeader, verifySvid } from './svid.ts';
import { recallVerdict, rememberVerdict, type TokenCache, type Verdict } from './token-cache.ts';

export interface BearerContext extends Invocation {
  readonly trustDomain: string;
  /** Principal of the service that is called; an audience of the mesh's own tokens. */
  readonly service: string;
  /** Host of the request, with its port if it has one. */
  readonly host: string;
  /** The isolate's copies of key sets, and its verdicts. */
  readonly keyCache: KeyCache;
  readonly tokenCache: TokenCache;
  /** The mesh's own keys; undefined where the edge has no identity Worker, and then no token of the mesh is valid. */
  readonly meshKeys: KeySource | undefined;
  readonly fetch: Fetch;
  /** Only in development: JWKS URIs may lead to this machine, over http too. */
  readonly allowLoopback: boolean;
}

export type BearerVerdict =
  | { readonly kind: 'principal'; readonly principal: string; readonly claims: Claims }
  | Invalid;

/** Verifies a bearer token against the document's rules and the mesh's own keys. Never rejects. */
export async function verifyBearer(
  token: string,
  rules: readonly JwtRule[],
  context: BearerContext,
): Promise<BearerVerdict> {
  const known = recallVerdict(context.tokenCache, token, context.now());
  if (known !== undefined && stillHolding(known, rules, context)) {
    return { kind: 'principal', principal: known.principal, claims: known.claims };
  }
  const read = readToken(token);
  if (read.kind === 'invalid') return read;
  return read.issuer === spiffeIssuer(context.trustDomain)
    ? verifyOwn(token, read, rules, context)
    : verifyForeign(token, read, rules, context);
}

function stillHolding(known: Verdict, rules: readonly JwtRule[], context: BearerContext): boolean {
  if (known.rules !== rules || known.service !== context.service || known.host !== context.host) return false;
  if (known.source === undefined) return true;
  const source = sourceById(known.source, context);
  return source !== undefined && stillHolds(context.keyCache, source, known.key, context);
}

function sourceById(id: string, context: BearerContext): KeySource | undefined {
  if (context.meshKeys?.id === id) return context.meshKeys;
  return issuerKeySource(id, context.fetch, context.allowLoopback);
}

/** A JWT-SVID of this mesh. */
async function verifyOwn(
  token: string,
  read: UnverifiedToken,
  rules: readonly JwtRule[],
  context: BearerContext,
): Promise<BearerVerdict> {
  const source = context.meshKeys;
  if (source === undefined)
    return invalid('this edge has no identity Worker, so tokens of the mesh cannot be verified');
  const header = checkSvidHeader(read);
  if (header !== undefined) return header;
  const found = await findKeys(context.keyCache, source, (keys) => keysThatFit(keys, read.alg, read.kid), context);
  if (found.kind !== 'keys') return noKey(read, found);
  const { trustDomain } = context;
  const verified = await verifySvid(read, found.keys, {
    trustDomain,
    audiences: ownAudiences(context),
    nowMs: context.now(),
  });
  return verified.kind === 'invalid' ? verified : accept(token, verified, verified.subject, source.id, rules, context);
}

/** A token of an issuer that the document names; where several rules name it, one that verifies suffices. */
async function verifyForeign(
  token: string,
  read: UnverifiedToken,
  rules: readonly JwtRule[],
  context: BearerContext,
): Promise<BearerVerdict> {
  let last = invalid(`issuer ${quote(read.issuer)} is not one that this service trusts`);
  for (const rule of rules) {
    if (rule.issuer !== read.issuer) continue;
    const source =
      rule.jwksUri === undefined ? undefined : issuerKeySource(rule.jwksUri, context.fetch, context.allowLoopback);
    const select = (keys: readonly PublicJwk[]) => keysThatFit(keys, read.alg, read.kid);
    const found =
      source === undefined ? inlineKeys(rule, select) : await findKeys(context.keyCache, source, select, context);
    if (found.kind !== 'keys') {
      last = noKey(read, found);
      continue;
    }
    const audiences = rule.audiences.length > 0 ? rule.audiences : ownAudiences(context);
    const verified = await verifyToken(read, found.keys, { issuer: rule.issuer, audiences, nowMs: context.now() });
    if (verified.kind === 'invalid') {
      last = verified;
      continue;
    }
    const principal = foreignPrincipal(rule.issuer, verified.subject, rules, context.trustDomain);
    if (typeof principal !== 'string') return principal;
    return accept(token, verified, principal, source?.id, rules, context);
  }
  return last;
}

function inlineKeys(rule: JwtRule, select: (keys: readonly PublicJwk[]) => readonly PublicJwk[]) {
  const keys = select(publicKeys(rule.jwks) ?? []);
  return keys.length > 0 ? ({ kind: 'keys', keys } as const) : ({ kind: 'unknown-key' } as const);
}

function noKey(
  read: UnverifiedToken,
  found: { kind: 'unknown-key' } | { kind: 'unavailable'; detail: string },
): Invalid {
  return found.kind === 'unavailable'
    ? invalid(`the keys of ${quote(read.issuer)} are not available: ${found.detail}`)
    : invalid(`${quote(read.issuer)} has no ${read.alg} key ${quote(read.kid)}`);
}

/**
 * `<iss>/<sub>`, or the subject itself where it is a SPIFFE id and the issuer speaks for its trust domain. A text that could be
 * taken for a SPIFFE id otherwise, or for a subject of another issuer of the same rules, is refused.
 */
export function foreignPrincipal(
  issuer: string,
  subject: string,
  rules: readonly JwtRule[],
  trustDomain: string,
): string | Invalid {
  if (looksLikeSpiffe(subject) || looksLikeSpiffe(issuer)) {
    const id = parseSpiffeId(subject);
    if (id === undefined) return invalid('the subject of a SPIFFE token is not a SPIFFE id');
    if (id.trustDomain === trustDomain || issuer !== spiffeIssuer(id.trustDomain)) {
      return invalid(`issuer ${quote(issuer)} does not speak for the trust domain of ${quote(subject)}`);
    }
    return subject;
  }
  const principal = `${issuer}/${subject}`;
  const other = rules.find((rule) => rule.issuer.length > issuer.length && principal.startsWith(`${rule.issuer}/`));
  if (other !== undefined) return invalid(`the subject would read as one of issuer ${quote(other.issuer)}`);
  return principal;
}

/** What a token may be meant for when it is meant for this service: its principal, or the origin that was called, with port or without. */
function ownAudiences(context: BearerContext): string[] {
  const bare = context.host.replace(/:\d+$/, '');
  const hosts = bare === context.host ? [bare] : [context.host, bare];
  return [context.service, ...hosts.flatMap((host) => [`https://${host}`, `http://${host}`])];
}

function accept(
  token: string,
  verified: VerifiedToken,
  principal: string,
  source: string | undefined,
  rules: readonly JwtRule[],
  context: BearerContext,
): BearerVerdict {
  const { service, host } = context;
  const { claims, key } = verified;
  const endsAtMs = verified.expiresAtMs + clockSkewMs;
  rememberVerdict(context.tokenCache, token, { principal, claims, endsAtMs, rules, service, host, key, source });
  return { kind: 'principal', principal, claims };
}
