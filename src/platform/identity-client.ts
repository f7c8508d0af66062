/**
 * The edge's side of identity: JWT-SVIDs for URL endpoints, the mesh's own keys, and the verification of public callers.
 * The identity Worker is asked in the background; a call waits for it only where there is nothing usable, and never long.
 */

import { authorityOf } from '../core/host.ts';
import { MeshFailure } from '../core/mesh-error.ts';
import { servicePrincipal } from '../core/principal.ts';
import type { IdentityAuthority, Issued } from '../identity/authority.ts';
import { type BearerContext, verifyBearer } from '../identity/bearer.ts';
import type { CertificateCache } from '../identity/certificate-cache.ts';
import type { Fetch } from '../identity/fetch-jwks.ts';
import { claimedIssuer } from '../identity/jwt.ts';
import type { KeyCache, KeySource } from '../identity/key-cache.ts';
import { defaultKeySchedule } from '../identity/keys.ts';
import { isPlainText } from '../identity/requests.ts';
import { settledWithin } from '../identity/settled-within.ts';
import { spiffeIssuer } from '../identity/spiffe-id.ts';
import type { TlsClientAuth } from '../identity/tls-client-auth.ts';
import type { TokenCache } from '../identity/token-cache.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Lifetime } from '../proxy/call.ts';
import type { Identification, Identities } from '../proxy/deps.ts';
import { besideCertificate } from './beside-certificate.ts';
import { certificateHolder } from './client-certificates.ts';

/** Longest wait of a call for the identity Worker. */
const waitMs = 500;
/** A refresh that has not ended by then was cancelled, and another call may begin one. */
const leaseMs = 5_000;
/** No token is sent in the last seconds of its life: the callee's clock may be ahead, and the call takes time. */
const marginMs = 10_000;
/** Distinct (audience, actor) pairs whose tokens an isolate keeps. */
const mostTokens = 256;

interface HeldToken {
  issued: Issued | undefined;
  /** Half of its life, from when it arrived. */
  refreshAtMs: number;
  startedAtMs: number;
  problem: string;
}

/** Tokens that an isolate holds for one service, by audience and actor: plain data. Make it with `new Map()`. */
export type TokenState = Map<string, HeldToken>;

/**
 * A JWT-SVID for an audience, from the copy that is held where there is one. From half of its life on it is refreshed in the
 * background; only where there is none, or it has expired, does the call wait. Rejects with `identity_unavailable`.
 * `state` belongs to one authority: tokens carry the service that the authority's binding names. An actor is informative, so one
 * that no token can carry is left out instead of failing the call.
 */
export function tokenFor(
  audience: string,
  actor: string | null,
  state: TokenState,
  authority: IdentityAuthority,
  now: () => number,
  lifetime: Pick<Lifetime, 'waitUntil'>,
): string | Promise<string> {
  const told = isPlainText(actor) ? actor : null;
  const held = heldToken(state, `${audience}\n${told ?? ''}`);
  const at = now();
  const renew = () => {
    held.startedAtMs = at;
    const work = renewToken(held, audience, told, authority, now);
    // Not only awaited: what it brings after the wait below is over still serves the next call.
    lifetime.waitUntil(work);
    return work;
  };
  if (held.issued !== undefined && at < held.issued.expiresAtMs - marginMs) {
    if (at >= held.refreshAtMs && at - held.startedAtMs >= leaseMs) renew();
    return held.issued.token;
  }
  return settledWithin(renew(), waitMs).then(() => {
    if (held.issued !== undefined && now() < held.issued.expiresAtMs) return held.issued.token;
    throw new MeshFailure({ code: 'identity_unavailable', detail: held.problem });
  });
}

function heldToken(state: TokenState, key: string): HeldToken {
  const known = state.get(key);
  if (known !== undefined) {
    state.delete(key);
    state.set(key, known);
    return known;
  }
  const oldest = state.size >= mostTokens ? state.keys().next().value : undefined;
  if (oldest !== undefined) state.delete(oldest);
  const fresh: HeldToken = {
    issued: undefined,
    refreshAtMs: 0,
    startedAtMs: Number.NEGATIVE_INFINITY,
    problem: `no token within ${waitMs} ms`,
  };
  state.set(key, fresh);
  return fresh;
}

async function renewToken(
  held: HeldToken,
  audience: string,
  actor: string | null,
  authority: IdentityAuthority,
  now: () => number,
): Promise<void> {
  try {
    const reply = await authority.issue(actor === null ? { audience } : { audience, actor });
    if ('error' in reply) {
      held.problem = `${reply.error.code}: ${reply.error.message}`;
      return;
    }
    // Copied member by member: what came over RPC must not outlive the invocation as an object of the runtime.
    const { token, expiresAtMs } = reply;
    if (held.issued !== undefined && held.issued.expiresAtMs > expiresAtMs) return;
    held.issued = { token, expiresAtMs };
    held.refreshAtMs = now() + (expiresAtMs - now()) / 2;
  } catch (error) {
    held.problem = error instanceof Error ? error.message : String(error);
  }
}

/** The mesh's own keys, by the identity Worker, which says itself how old a copy may be; the ages here are the default schedule's. */
export function meshKeySource(trustDomain: string, authority: IdentityAuthority): KeySource {
  return {
    id: `mesh:${trustDomain}`,
    refreshAfterMs: defaultKeySchedule.jwksMaxAgeMs / 2,
    waitAfterMs: defaultKeySchedule.jwksMaxAgeMs,
    waitMs,
    load: async () => {
      const bundle = await authority.jwks();
      if ('error' in bundle) return { kind: 'problem', detail: `${bundle.error.code}: ${bundle.error.message}` };
      const keys = bundle.keys.map((key) => ({ ...key }));
      return { kind: 'keys', keys, text: JSON.stringify(keys), maxAgeMs: bundle.maxAgeMs };
    },
  };
}

/** What an isolate keeps about identities, all of it plain data. */
interface IdentityState {
  readonly keyCache: KeyCache;
  readonly tokenCache: TokenCache;
  readonly certificates: CertificateCache;
  readonly tokens: Map<string, TokenState>;
}

export interface EdgeIdentityOptions {
  /** The identity binding whose props name this service; undefined where the edge has none for it. */
  readonly authorityOf: (service: string) => IdentityAuthority | undefined;
  readonly fetch: Fetch;
  readonly now: () => number;
  /** Only in development: JWKS URIs may lead to this machine. */
  readonly allowLoopback: boolean;
}

/** The identities of an edge, as the data path asks for them. Make it once an isolate. */
export function edgeIdentities(options: EdgeIdentityOptions): Identities {
  const state: IdentityState = {
    keyCache: new Map(),
    tokenCache: new Map(),
    certificates: new Map(),
    tokens: new Map(),
  };
  const { authorityOf, now } = options;
  const certificateContext = ({ service }: Snapshot, lifetime: Lifetime) => {
    return { cache: state.certificates, authority: authorityOf(service), now, lifetime };
  };
  return {
    identifyPublic: async ({ bearer, request, snapshot, lifetime }): Promise<Identification> => {
      const holder =
        snapshot.mtls &&
        (await certificateHolder(tlsOf(request), snapshot.mtls, certificateContext(snapshot, lifetime)));
      if (bearer !== undefined && isForTheMesh(bearer, snapshot)) {
        const context = bearerContext(options, state, { request, snapshot, lifetime });
        const verdict = await verifyBearer(bearer, snapshot.jwt, context);
        return besideCertificate(verdict, holder);
      }
      return besideCertificate({ kind: 'anonymous' }, holder);
    },
    tokenFor: async (service, audience, actor, lifetime) => {
      const authority = authorityOf(service);
      if (authority === undefined) return undefined;
      let tokens = state.tokens.get(service);
      if (tokens === undefined) {
        tokens = new Map();
        state.tokens.set(service, tokens);
      }
      return tokenFor(audience, actor, tokens, authority, now, lifetime);
    },
  };
}

function tlsOf(request: Request): TlsClientAuth | undefined {
  return (request as { readonly cf?: { readonly tlsClientAuth?: TlsClientAuth } }).cf?.tlsClientAuth;
}

function bearerContext(
  options: EdgeIdentityOptions,
  state: IdentityState,
  call: Pick<Parameters<Identities['identifyPublic']>[0], 'request' | 'snapshot' | 'lifetime'>,
): BearerContext {
  const { service, mesh } = call.snapshot;
  const { trustDomain } = mesh;
  const authority = options.authorityOf(service);
  return {
    trustDomain,
    service: servicePrincipal(trustDomain, service),
    host: authorityOf(call.request.url),
    keyCache: state.keyCache,
    tokenCache: state.tokenCache,
    meshKeys: authority === undefined ? undefined : meshKeySource(trustDomain, authority),
    fetch: options.fetch,
    allowLoopback: options.allowLoopback,
    now: options.now,
    lifetime: call.lifetime,
  };
}

/**
 * Services have bearer tokens of their own, which are none of the mesh's business: without JWT rules a token is looked at only
 * where it claims to be the mesh's, and passes through to the service otherwise.
 */
function isForTheMesh(bearer: string, { jwt, mesh }: Snapshot): boolean {
  return jwt.length > 0 || claimedIssuer(bearer) === spiffeIssuer(mesh.trustDomain);
}
