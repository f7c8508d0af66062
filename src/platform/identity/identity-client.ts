/**
 * The edge's side of identity: JWT-SVIDs for URL endpoints, the mesh's own keys, and the verification of public callers.
 * The identity Worker is asked in the background; a call waits for it only where there is nothing usable, and never long.
 */

import { MeshFailure } from '../../core/errors/mesh-error.ts';
import { makeRoom } from '../../core/make-room.ts';
import { authorityOf } from '../../core/urls/host.ts';
import type { IdentityAuthority, Issued } from '../../identity/authority.ts';
import type { CertificateCache } from '../../identity/certificates/certificate-cache.ts';
import type { TlsClientAuth } from '../../identity/certificates/tls-client-auth.ts';
import { isPlainText } from '../../identity/requests.ts';
import { settledWithin } from '../../identity/settled-within.ts';
import { issuerTrustDomain } from '../../identity/spiffe-id.ts';
import { isPeerIssuer, recallBearer, verifyBearer } from '../../identity/tokens/bearer.ts';
import type { BearerContext } from '../../identity/tokens/bearer-context.ts';
import { type ClaimedIssuers, issuerOf } from '../../identity/tokens/claimed-issuers.ts';
import type { Fetch } from '../../identity/tokens/fetch-jwks.ts';
import type { KeyCache } from '../../identity/tokens/key-cache.ts';
import { recallPeer } from '../../identity/tokens/peer-token.ts';
import type { TokenCache } from '../../identity/tokens/token-cache.ts';
import type { BearerVerdict } from '../../identity/tokens/verdict.ts';
import type { JwtRule } from '../../model/authentication-rules.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Lifetime } from '../../proxy/call.ts';
import type { Identification, Identities, UserIdentification } from '../../proxy/deps.ts';
import { besideCertificate } from './beside-certificate.ts';
import { type CertificateHolder, certificateHolder } from './client-certificates.ts';
import { type FederationState, federatedKeys, meshKeySource } from './mesh-keys.ts';

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
  makeRoom(state, mostTokens);
  const fresh: HeldToken = {
    issued: undefined,
    refreshAtMs: 0,
    startedAtMs: -Infinity,
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

/** What an isolate keeps about identities, all of it plain data. */
interface IdentityState {
  readonly keyCache: KeyCache;
  readonly tokenCache: TokenCache;
  readonly issuers: ClaimedIssuers;
  readonly certificates: CertificateCache;
  readonly tokens: Map<string, TokenState>;
  readonly federation: FederationState;
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
    issuers: new Map(),
    certificates: new Map(),
    tokens: new Map(),
    federation: { cache: new Map(), strangers: new Map() },
  };
  const { now } = options;
  return {
    identifyPublic: (asked) => {
      const holder = certificateOf(options, state, asked);
      const peer = peerByToken(options, state, asked);
      if (!(holder instanceof Promise || peer instanceof Promise)) return besideCertificate(peer, holder);
      return Promise.all([peer, holder]).then(([found, held]) => besideCertificate(found, held));
    },
    identifyUser: ({ token, rules, snapshot, lifetime }) => {
      const context = userContext(options, state, snapshot, lifetime);
      const known = recallBearer(token, rules, context);
      return known === undefined ? verifyBearer(token, rules, context).then(userOf) : userOf(known);
    },
    tokenFor: async (service, audience, actor, lifetime) => {
      const authority = options.authorityOf(service);
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

const noRules: readonly JwtRule[] = [];
const noAliases: readonly string[] = [];

type Asked = Parameters<Identities['identifyPublic']>[0];

const anonymous: Identification = { kind: 'anonymous' };

/** Who calls by a JWT-SVID. */
function peerByToken(
  options: EdgeIdentityOptions,
  state: IdentityState,
  { bearer, request, snapshot, lifetime }: Asked,
): Identification | Promise<Identification> {
  if (bearer === undefined || !isForTheMesh(issuerOf(state.issuers, bearer), snapshot)) return anonymous;
  const context = peerContext(options, state, { request, snapshot, lifetime });
  return recallPeer(bearer, context) ?? verifyBearer(bearer, noRules, context).then(peerOf);
}

/** Who calls by a client certificate; undefined where none was shown, or the document has no `mtls`. */
function certificateOf(
  { authorityOf, now }: EdgeIdentityOptions,
  { certificates }: IdentityState,
  { request, snapshot, lifetime }: Asked,
): CertificateHolder | undefined | Promise<CertificateHolder> {
  const { mtls, service } = snapshot;
  if (mtls === undefined) return undefined;
  const tls = (request as { readonly cf?: { readonly tlsClientAuth?: TlsClientAuth } }).cf?.tlsClientAuth;
  return certificateHolder(tls, mtls, { cache: certificates, authority: authorityOf(service), now, lifetime });
}

/** Without rules no token is an end user's. */
function peerOf(verdict: BearerVerdict): Identification {
  return verdict.kind === 'principal' || verdict.kind === 'invalid' ? verdict : anonymous;
}

/** A token of a service proves nothing where those of end users are looked for. */
function userOf(verdict: BearerVerdict): UserIdentification {
  if (verdict.kind === 'user' || verdict.kind === 'invalid') return verdict;
  return { kind: 'invalid', detail: 'a token of a service in the place of one of an end user' };
}

/** Without keys of services: a token of one proves nothing here, whoever holds it. */
function userContext(
  { now, fetch, allowLoopback }: EdgeIdentityOptions,
  { keyCache, tokenCache }: IdentityState,
  { principal, userTokens, mesh: { trustDomain, trustDomainAliases: aliases = noAliases } }: Snapshot,
  lifetime: Lifetime,
): BearerContext {
  return {
    trustDomain,
    aliases,
    service: principal,
    host: '',
    keyCache,
    tokenCache,
    meshKeys: undefined,
    federated: undefined,
    fetch,
    allowLoopback,
    now,
    lifetime,
    allRules: userTokens?.rules,
  };
}

function peerContext(
  options: EdgeIdentityOptions,
  state: IdentityState,
  {
    request,
    snapshot,
    lifetime,
  }: Pick<Parameters<Identities['identifyPublic']>[0], 'request' | 'snapshot' | 'lifetime'>,
): BearerContext {
  const context = userContext(options, state, snapshot, lifetime);
  const authority = options.authorityOf(snapshot.service);
  return {
    ...context,
    host: authorityOf(request.url),
    meshKeys: authority && meshKeySource(context.trustDomain, authority),
    federated: authority && federatedKeys(state.federation, authority, options.now),
  };
}

/**
 * Services have bearer tokens of their own, which are none of the mesh's business: a token is a caller's only where its issuer is a
 * trust domain, and no rule of the document says that it is one of end users.
 */
function isForTheMesh(issuer: string, { userTokens, mesh }: Snapshot): boolean {
  const trustDomain = issuerTrustDomain(issuer);
  if (trustDomain === undefined) return false;
  const context = { trustDomain: mesh.trustDomain, aliases: mesh.trustDomainAliases ?? [] };
  return isPeerIssuer(trustDomain, userTokens?.rules ?? noRules, context);
}
