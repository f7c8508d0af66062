/**
 * Verdicts about tokens that were verified before: a verification costs tens of microseconds, a look-up less than one.
 * A verdict holds in its own scope only, until the token expires, and while its key is still held.
 */
import type { PublicJwk } from './jwks.ts';
import type { PeerVerdict, UserVerdict } from './verdict.ts';

/** What a verdict was made for: another scope makes another one. */
export interface Scope {
  /** The rules, or the trust domain's aliases, as the very object that the snapshot holds: another revision has another one. */
  readonly terms: object;
  /** Principal of the service that the token was shown to, and the host under which it was called; `''` where neither matters. */
  readonly service: string;
  readonly host: string;
}

export interface Verdict extends Scope {
  readonly found: PeerVerdict | UserVerdict;
  /** Milliseconds since the epoch, clock skew included. */
  readonly endsAtMs: number;
  readonly key: PublicJwk;
  /** Trust domain of a caller whose keys these are; of end users' tokens the rule says where keys come from. */
  readonly trustDomain?: string;
}

/** Verdicts by token: services that share an edge may each have one. Make it with `new Map()`, once an isolate. */
export type TokenCache = Map<string, readonly Verdict[]>;

/** A thousand tokens of at most 8 KiB each stay well below what an isolate has. */
const mostTokens = 1000;
/** Services that share an edge and are shown the same token. */
const mostScopes = 16;

/** The verdict on a token in a scope. */
export function recallVerdict(cache: TokenCache, token: string, scope: Scope, nowMs: number): Verdict | undefined {
  const verdicts = cache.get(token);
  if (verdicts === undefined) return undefined;
  const [first] = verdicts;
  const verdict = first !== undefined && isOf(first, scope) ? first : verdicts.find((one) => isOf(one, scope));
  if (verdict === undefined) return undefined;
  if (verdict.endsAtMs <= nowMs) {
    cache.delete(token);
    return undefined;
  }
  // The youngest are those that were asked for last; before there are many, nobody asks for their order.
  if (cache.size > mostTokens / 2) {
    cache.delete(token);
    cache.set(token, verdicts);
  }
  return verdict;
}

/** Remembers a verdict; the token that was not asked for longest makes room. */
export function rememberVerdict(cache: TokenCache, token: string, verdict: Verdict): void {
  const others = (cache.get(token) ?? []).filter((one) => !isOf(one, verdict));
  cache.delete(token);
  const oldest = cache.size >= mostTokens ? cache.keys().next().value : undefined;
  if (oldest !== undefined) cache.delete(oldest);
  cache.set(token, [verdict, ...others].slice(0, mostScopes));
}

function isOf(one: Scope, { terms, service, host }: Scope): boolean {
  return one.terms === terms && one.service === service && one.host === host;
}
