/** Tokens of end users, by the rules of the document: Istio's RequestAuthentication. */
import { outputHeaders, withWords } from '../../core/tokens/claim-output.ts';
import type { JwtRule } from '../../model/authentication-rules.ts';
import { looksLikeSpiffe, parseSpiffeId, spiffeIssuer } from '../spiffe-id.ts';
import type { BearerContext } from './bearer-context.ts';
import { discoveredKeySource } from './discovery.ts';
import { issuerKeySource } from './fetch-jwks.ts';
import { keysThatFit, type PublicJwk, publicKeys } from './jwks.ts';
import { type Invalid, invalid, noKey, quote, type UnverifiedToken, type VerifiedToken, verifyToken } from './jwt.ts';
import { findKeys, type KeyLookup, type KeySource, stillHolds } from './key-cache.ts';
import { recallVerdict, rememberVerdict, type Scope } from './token-cache.ts';
import type { UserVerdict } from './verdict.ts';

/** How far the clocks of an issuer and of the edge may lie apart, where the rule does not say; Istio's value. */
const usualSkewMs = 60_000;

/** The verdict on a token of an end user, where it is remembered and its key still held. */
export function recallUser(token: string, rules: readonly JwtRule[], context: BearerContext): UserVerdict | undefined {
  const known = recallVerdict(context.tokenCache, token, scopeOf(rules), context.now());
  if (known?.found.kind !== 'user') return undefined;
  const source = keySource(known.found.rule, context);
  return source === undefined || stillHolds(context.keyCache, source, known.key, context) ? known.found : undefined;
}

/** Verifies a token of an issuer that the rules name; where several rules name it, one by which it holds suffices. */
export async function verifyUser(
  token: string,
  read: UnverifiedToken,
  rules: readonly JwtRule[],
  context: BearerContext,
): Promise<UserVerdict | Invalid> {
  const { issuer } = read;
  const { allRules = rules } = context;
  const speaker = allRules.some((rule) => rule.issuer === issuer) ? issuer : undefined;
  let refused = invalid(`issuer ${quote(issuer)} is not one that this service trusts`);
  for (const rule of rules.filter((one) => one.issuer === speaker)) {
    const source = keySource(rule, context);
    const select = (keys: readonly PublicJwk[]) => keysThatFit(keys, read.alg, read.kid);
    const found =
      source === undefined ? inlineKeys(rule, select) : await findKeys(context.keyCache, source, select, context);
    const verified =
      found.kind === 'keys'
        ? await verifyToken(read, found.keys, {
            issuer,
            audiences: rule.audiences.length > 0 ? rule.audiences : undefined,
            nowMs: context.now(),
            clockSkewMs: rule.clockSkewMs ?? usualSkewMs,
          })
        : noKey(read, found);
    if (verified.kind === 'verified') return accepted(token, verified, read, { rule, rules, context });
    // That a token holds and is meant for others is said only where no rule finds anything else to say of it.
    if (refused.elsewhere !== true) refused = verified;
  }
  return refused;
}

interface Acceptance {
  readonly rule: JwtRule;
  readonly rules: readonly JwtRule[];
  readonly context: BearerContext;
}

function accepted(
  token: string,
  { claims, subject, endsAtMs, key }: VerifiedToken,
  { issuer }: UnverifiedToken,
  { rule, rules, context }: Acceptance,
): UserVerdict | Invalid {
  const requestPrincipal =
    subject === undefined ? null : foreignPrincipal(issuer, subject, context.allRules ?? rules, context.trustDomain);
  if (requestPrincipal !== null && typeof requestPrincipal !== 'string') return requestPrincipal;
  const [, payload = ''] = token.split('.');
  const verdict: UserVerdict = {
    kind: 'user',
    rule,
    requestPrincipal,
    claims: withWords(claims, [['scope'], ['permission'], ...(rule.wordClaims ?? [])]),
    told: outputHeaders(rule, claims, payload),
  };
  rememberVerdict(context.tokenCache, token, { ...scopeOf(rules), found: verdict, endsAtMs, key });
  return verdict;
}

/** Audiences of these tokens are those of the rules, whichever service and host is called. */
function scopeOf(rules: readonly JwtRule[]): Scope {
  return { terms: rules, service: '', host: '' };
}

/** Where the keys of a rule come from; `undefined` where they stand in it. */
function keySource(rule: JwtRule, { fetch, allowLoopback }: BearerContext): KeySource | undefined {
  const { issuer = '', jwksUri, jwks, timeoutMs } = rule;
  if (jwks !== undefined) return undefined;
  return jwksUri === undefined
    ? discoveredKeySource(issuer, fetch, allowLoopback, timeoutMs)
    : issuerKeySource(jwksUri, fetch, allowLoopback, timeoutMs);
}

/** Keys that stand in rules, read once: the platform's form of a key belongs to the object. */
const inline = new WeakMap<JwtRule, readonly PublicJwk[]>();

function inlineKeys(rule: JwtRule, select: (keys: readonly PublicJwk[]) => readonly PublicJwk[]): KeyLookup {
  const held = inline.get(rule) ?? publicKeys(rule.jwks) ?? [];
  inline.set(rule, held);
  const keys = select(held);
  return keys.length > 0 ? { kind: 'keys', keys } : { kind: 'unknown-key' };
}

/**
 * `<issuer>/<subject>`. A text that could be taken for a SPIFFE id of others, or for a subject of another issuer of the same rules,
 * is refused: an issuer that is a trust domain speaks for its own ids only, and never for this mesh's.
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
  }
  const principal = `${issuer}/${subject}`;
  const isNamed = rules.some((rule) => rule.issuer === issuer);
  for (const { issuer: other } of rules) {
    if (other === undefined || other === issuer || !principal.startsWith(`${other}/`)) continue;
    // A longer issuer that a rule names has subjects of its own, whatever a shorter one is called.
    if (!isNamed || other.length > issuer.length)
      return invalid(`the subject would read as one of issuer ${quote(other)}`);
  }
  return principal;
}
