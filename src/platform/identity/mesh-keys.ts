/** Where an edge gets the keys of services from: those of its own mesh, and of trust domains that the mesh federates with. */
import type { IdentityAuthority, Refused, TrustBundle } from '../../identity/authority.ts';
import { defaultKeySchedule } from '../../identity/keys/signing-keys.ts';
import type { FederatedKeys } from '../../identity/tokens/bearer-context.ts';
import type { KeyCache, KeySource, LoadedKeys } from '../../identity/tokens/key-cache.ts';

/** Longest wait of a call for the identity Worker. */
const waitMs = 500;
/** So long a trust domain counts as unknown that identity did not know. */
const strangerMs = 30_000;
/** So many of them at once; then all that are not known count as unknown. Anybody can invent trust domains. */
const mostStrangers = 64;

/** What an isolate knows of other trust domains, plain data. */
export interface FederationState {
  readonly cache: KeyCache;
  /** Until when each counts as unknown. */
  readonly strangers: Map<string, number>;
}

/** The mesh's own keys, by the identity Worker, which says itself how old a copy may be; the ages here are the default schedule's. */
export function meshKeySource(trustDomain: string, authority: IdentityAuthority): KeySource {
  return keySource(trustDomain, async () => loadedKeys(await authority.jwks()));
}

/** Keys of other trust domains, by the identity Worker, which knows those that the mesh federates with. */
export function federatedKeys(
  { cache, strangers }: FederationState,
  authority: IdentityAuthority,
  now: () => number,
): FederatedKeys {
  const isStranger = (trustDomain: string): boolean => {
    const until = strangers.get(trustDomain);
    if (until !== undefined) return now() < until;
    if (strangers.size < mostStrangers || cache.has(idOf(trustDomain))) return false;
    for (const [name, end] of strangers) if (end <= now()) strangers.delete(name);
    return strangers.size >= mostStrangers;
  };
  return {
    cache,
    source: (trustDomain) => {
      if (isStranger(trustDomain)) return undefined;
      return keySource(trustDomain, async () => {
        const reply = await authority.jwks(trustDomain);
        if ('error' in reply && reply.error.code === 'unknown_trust_domain') {
          strangers.set(trustDomain, now() + strangerMs);
          // Its keys count no more, where it was known before.
          cache.delete(idOf(trustDomain));
        } else strangers.delete(trustDomain);
        return loadedKeys(reply);
      });
    },
  };
}

function idOf(trustDomain: string): string {
  return `mesh:${trustDomain}`;
}

function keySource(trustDomain: string, load: KeySource['load']): KeySource {
  const { jwksMaxAgeMs } = defaultKeySchedule;
  return { id: idOf(trustDomain), refreshAfterMs: jwksMaxAgeMs / 2, waitAfterMs: jwksMaxAgeMs, waitMs, load };
}

function loadedKeys(bundle: TrustBundle | Refused): LoadedKeys {
  if ('error' in bundle) return { kind: 'problem', detail: `${bundle.error.code}: ${bundle.error.message}` };
  // Copied member by member: what came over RPC must not outlive the invocation as an object of the runtime.
  const keys = bundle.keys.map((key) => ({ ...key }));
  return { kind: 'keys', keys, text: JSON.stringify(keys), maxAgeMs: bundle.maxAgeMs };
}
