/** JWT-SVIDs of callers: of services of this mesh by its own keys, and of trust domains that it federates with by theirs. */
import type { BearerContext } from './bearer-context.ts';
import { keysThatFit } from './jwks.ts';
import { type Invalid, invalid, noKey, quote, type UnverifiedToken } from './jwt.ts';
import { findKeys, type KeyCache, type KeySource, stillHolds } from './key-cache.ts';
import { checkSvidHeader, verifySvid } from './svid.ts';
import { recallVerdict, rememberVerdict, type Scope } from './token-cache.ts';
import type { PeerVerdict, Unclaimed } from './verdict.ts';

const noAliases: readonly string[] = [];

/** The verdict on a token of a caller, where it is remembered and its key still held. */
export function recallPeer(token: string, context: BearerContext): PeerVerdict | undefined {
  const known = recallVerdict(context.tokenCache, token, scopeOf(context), context.now());
  if (known?.found.kind !== 'principal') return undefined;
  const { cache, source } = keysOf(known.trustDomain ?? '', context);
  return source !== undefined && stillHolds(cache, source, known.key, context) ? known.found : undefined;
}

/** Verifies a token of which the issuer is a trust domain. */
export async function verifyPeer(
  token: string,
  read: UnverifiedToken,
  trustDomain: string,
  context: BearerContext,
): Promise<PeerVerdict | Unclaimed | Invalid> {
  const own = [context.trustDomain, ...(context.aliases ?? noAliases)];
  const isOwn = own.includes(trustDomain);
  const domain = isOwn ? context.trustDomain : trustDomain;
  const { cache, source } = keysOf(domain, context);
  if (source === undefined)
    return isOwn
      ? invalid('no keys of the mesh are at hand here, so that its tokens cannot be verified')
      : { kind: 'unclaimed' };
  const header = checkSvidHeader(read);
  if (header !== undefined) return header;
  const found = await findKeys(cache, source, (keys) => keysThatFit(keys, read.alg, read.kid), context);
  if (found.kind !== 'keys') {
    // The answer may have been that nobody knows the trust domain.
    return keysOf(domain, context).source === undefined ? { kind: 'unclaimed' } : noKey(read, found);
  }
  const verified = await verifySvid(read, found.keys, {
    trustDomains: isOwn ? own : [trustDomain],
    servicesOnly: isOwn,
    audiences: ownAudiences(context, own),
    nowMs: context.now(),
  });
  if (verified.kind === 'invalid') return verified;
  const { endsAtMs, key, subject } = verified;
  if (subject === undefined) return invalid(`a JWT-SVID of ${quote(trustDomain)} without sub`);
  const verdict: PeerVerdict = { kind: 'principal', principal: subject, byToken: true };
  rememberVerdict(context.tokenCache, token, {
    ...scopeOf(context),
    found: verdict,
    endsAtMs,
    key,
    trustDomain: domain,
  });
  return verdict;
}

function scopeOf({ aliases = noAliases, service, host }: BearerContext): Scope {
  return { terms: aliases, service, host };
}

function keysOf(
  trustDomain: string,
  { keyCache, meshKeys, federated, ...context }: BearerContext,
): { readonly cache: KeyCache; readonly source: KeySource | undefined } {
  if (trustDomain === context.trustDomain) return { cache: keyCache, source: meshKeys };
  return { cache: federated?.cache ?? keyCache, source: federated?.source(trustDomain) };
}

/** What a token may be meant for when it is meant for this service: its principal, or the origin that was called, with port or without. */
function ownAudiences({ service, host }: BearerContext, [home = '', ...aliases]: readonly string[]): string[] {
  const bare = host.replace(/:\d+$/, '');
  const hosts = bare === host ? [bare] : [host, bare];
  const path = service.slice(`spiffe://${home}`.length);
  return [
    service,
    ...aliases.map((alias) => `spiffe://${alias}${path}`),
    ...hosts.flatMap((name) => [`https://${name}`, `http://${name}`]),
  ];
}
