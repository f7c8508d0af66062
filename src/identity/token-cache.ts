/**
 * Verdicts about tokens that were verified before: a verification costs tens of microseconds, a look-up less than one.
 * A verdict holds for the same service, host and rules only, until the token expires, and while its key is still held.
 */
import type { JwtRule } from '../model/snapshot.ts';
import type { PublicJwk } from './jwks.ts';
import type { Claims } from './jwt.ts';
import type { KeySource } from './key-cache.ts';

export interface Verdict {
  readonly principal: string;
  readonly claims: Claims;
  /** Milliseconds since the epoch, clock skew included. */
  readonly endsAtMs: number;
  /** The rules, as the very object that the snapshot holds: another revision has another one. */
  readonly rules: readonly JwtRule[];
  /** Principal of the service that the token was shown to. */
  readonly service: string;
  readonly host: string;
  readonly key: PublicJwk;
  /** Where the key came from; `undefined` for keys that stand in the rules themselves. */
  readonly source: KeySource['id'] | undefined;
}

/** By token. Make it with `new Map()`, once an isolate. */
export type TokenCache = Map<string, Verdict>;

/** A thousand tokens of at most 8 KiB each stay well below what an isolate has. */
const mostVerdicts = 1000;

/** The verdict on a token, made the youngest by asking for it. */
export function recallVerdict(cache: TokenCache, token: string, nowMs: number): Verdict | undefined {
  const verdict = cache.get(token);
  if (verdict === undefined) return undefined;
  cache.delete(token);
  if (verdict.endsAtMs <= nowMs) return undefined;
  cache.set(token, verdict);
  return verdict;
}

/** Remembers a verdict; the one that was not asked for longest makes room. */
export function rememberVerdict(cache: TokenCache, token: string, verdict: Verdict): void {
  cache.delete(token);
  const oldest = cache.size >= mostVerdicts ? cache.keys().next().value : undefined;
  if (oldest !== undefined) cache.delete(oldest);
  cache.set(token, verdict);
}
