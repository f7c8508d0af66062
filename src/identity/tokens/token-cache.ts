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

const mostTokens = 1000;
/** Characters of all tokens, each counted once for each of its verdicts: claims may take more than ten times the room of their text (measured). */
const mostText = 2 * 1024 * 1024;
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
  if (cache.size > mostTokens / 8) {
    cache.delete(token);
    cache.set(token, verdicts);
  }
  return verdict;
}

/** Remembers a verdict; the tokens that were not asked for longest make room. */
export function rememberVerdict(cache: TokenCache, token: string, verdict: Verdict): void {
  const others = (cache.get(token) ?? []).filter((one) => !isOf(one, verdict));
  cache.delete(token);
  cache.set(token, [verdict, ...others].slice(0, mostScopes));
  let text = 0;
  for (const [held, { length }] of cache) text += held.length * length;
  for (const [oldest, { length }] of cache) {
    if (cache.size <= mostTokens && text <= mostText) break;
    cache.delete(oldest);
    text -= oldest.length * length;
  }
}

function isOf(one: Scope, { terms, service, host }: Scope): boolean {
  return one.terms === terms && one.service === service && one.host === host;
}
