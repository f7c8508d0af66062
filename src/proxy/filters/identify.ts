/**
 * Establishes who calls, and who the end user is: two facts. Who calls say the binding's props on the mesh door, and nothing else is
 * looked at; on the public door a JWT-SVID or a client certificate. Who the end user is says, on both doors, a token of an issuer that
 * the document names. What is shown and does not hold refuses the call. Where the verdicts on its tokens are remembered, a call
 * does not wait here.
 */

import { isPreflight } from '../../core/cors/preflight.ts';
import { MeshFailure } from '../../core/errors/mesh-error.ts';
import { forwardedClientCert } from '../../core/headers/forwarded-client-cert.ts';
import { callerName, servicePrincipal } from '../../core/principals/principal.ts';
import { afterPrefix, type TokenPlace, tokensAt } from '../../core/tokens/token-place.ts';
import { clientCertHeader } from '../../core/wire.ts';
import type { UserTokenPlace, UserTokens } from '../../model/authentication-rules.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Call, FetchCall, Filter, Reply, Service } from '../call.ts';
import { carriedAs } from '../carried-as.ts';
import type { Deps, Identification, UserFound, UserIdentification } from '../deps.ts';
import { type CalleeView, seenByCallee } from '../user-call.ts';

/** More tokens than a call could need; each of them may cost a verification. */
const mostTokens = 8;

/**
 * For every call. Throws `invalid_token`, `audience_denied`, `unauthenticated` where a token that a rule demands is missing, and what
 * judging a client certificate throws.
 */
export function identify(deps: Deps): Filter {
  return (call, next) => {
    const snapshot = call.mounted?.snapshot;
    if (snapshot === undefined) throw new Error('The snapshot filter has not run.');
    if (call.door === 'mesh') {
      const principal = servicePrincipal(snapshot.mesh.trustDomain, call.caller ?? '');
      return identifyUser(deps, call, snapshot, { kind: 'principal', principal }, next);
    }
    const { bearer, request, host, lifetime } = call as FetchCall;
    const peer = deps.identities.identifyPublic({ bearer, request, host, snapshot, lifetime });
    if (peer instanceof Promise) return peer.then((found) => identifyUser(deps, call, snapshot, found, next));
    return identifyUser(deps, call, snapshot, peer, next);
  };
}

function identifyUser(deps: Deps, call: Call, snapshot: Snapshot, peer: Identification, next: Service): Promise<Reply> {
  if (peer.kind === 'invalid') throw new MeshFailure({ code: 'invalid_token', detail: peer.detail });
  const { userTokens } = snapshot;
  const own = ownPlace(call, peer);
  const shown = userTokens === undefined ? noTokens : shownTokens(userTokens, call, own);
  // A preflight carries no credentials: what it shows is neither judged nor passed on, as in Envoy.
  if (isPreflight(call)) return next(identified(call, snapshot, peer, own, shown, undefined));
  const { lifetime } = call;
  const found = shown.map(({ token, place }) =>
    deps.identities.identifyUser({ token, rules: place.rules, snapshot, lifetime }),
  );
  if (found.every(isSettled)) return next(identified(call, snapshot, peer, own, shown, found));
  return Promise.all(found).then((settled) => next(identified(call, snapshot, peer, own, shown, settled)));
}

interface ShownToken {
  readonly place: UserTokenPlace;
  readonly token: string;
}

const noTokens: readonly ShownToken[] = [];

/** The place of the token by which the caller proved who he is: it is for this edge alone, and no end user's. */
const bearerPlace = { kind: 'header', name: 'authorization', prefix: 'bearer ' } as const;

function ownPlace(call: Call, peer: Identification): TokenPlace | undefined {
  if (peer.kind !== 'principal' || peer.byToken !== true) return undefined;
  const token = afterPrefix(call.header(bearerPlace.name), bearerPlace.prefix);
  return token === call.bearer ? bearerPlace : undefined;
}

function shownTokens({ places }: UserTokens, call: Call, own: TokenPlace | undefined): readonly ShownToken[] {
  const { bearer } = call;
  const shown: ShownToken[] = [];
  for (const place of places) {
    if (own !== undefined && place.kind === own.kind && place.name === own.name) continue;
    // The very text that the door read is known by its hash already.
    for (const token of tokensAt(place, call)) shown.push({ place, token: token === bearer ? bearer : token });
  }
  if (shown.length > mostTokens)
    throw new MeshFailure({ code: 'invalid_token', detail: `${shown.length} tokens, and ${mostTokens} are the most` });
  return shown;
}

function isSettled(found: UserIdentification | Promise<UserIdentification>): found is UserIdentification {
  return !(found instanceof Promise);
}

/** The call with both facts; `verdicts` are those on the tokens that it showed, undefined where none of them is looked at. */
function identified(
  call: Call,
  snapshot: Snapshot,
  peer: Identification,
  own: TokenPlace | undefined,
  shown: readonly ShownToken[],
  verdicts: readonly UserIdentification[] | undefined,
): Call {
  const { userTokens, mesh } = snapshot;
  const users = verdicts?.map(userOf) ?? [];
  if (userTokens !== undefined && verdicts !== undefined) demandRequired(userTokens, users);
  const inOrder = userTokens === undefined || users.length < 2 ? users : byRule(users, userTokens);
  const hidden: TokenPlace[] = own === undefined ? [] : [own];
  for (let index = 0; index < shown.length; index += 1)
    if (users[index]?.rule.forward !== true) hidden.push((shown[index] as ShownToken).place);
  const user = inOrder[0];
  const principal = peer.kind === 'principal' ? peer.principal : null;
  const requestPrincipal = user?.requestPrincipal ?? null;
  // Never those of a caller's own token: another mesh, with which ours federates, may write there what it likes.
  const claims = user?.claims ?? null;
  if (call.door === 'public') call.record.caller = callerName(mesh.trustDomain, principal ?? requestPrincipal);
  const told = inOrder.length === 1 ? (user?.told ?? []) : inOrder.flatMap((each) => each.told);
  const outputHeaders = userTokens?.outputHeaders ?? [];
  const view = { hidden, outputHeaders, told };
  const seen = seenByCallee(call, snapshot.mtls === undefined ? view : withCertificate(view, snapshot, peer));
  const { header, requestHeaders, query, url, target } = seen;
  // A cookie's header is called as its kind is.
  const nameOf = ({ kind, name }: TokenPlace) => (kind === 'header' ? name : kind);
  const baggage =
    mesh.carry.length === 0 ? call.baggage : carriedAs(call, [...hidden.map(nameOf), ...outputHeaders], header);
  // Member by member: to spread an object of which the keys are not known costs a microsecond.
  return { ...call, principal, requestPrincipal, claims, baggage, header, requestHeaders, query, url, target };
}

/** Where certificates count, the callee may believe that its edge alone tells of them: what callers say is removed, on both doors. */
function withCertificate({ hidden, outputHeaders, told }: CalleeView, { principal }: Snapshot, peer: Identification) {
  const certificate = peer.kind === 'invalid' ? undefined : peer.certificate;
  const value = certificate && forwardedClientCert(principal, certificate);
  return {
    hidden,
    outputHeaders: [...outputHeaders, clientCertHeader],
    told: value === undefined ? told : [[clientCertHeader, value] as const, ...told],
  };
}

function userOf(found: UserIdentification): UserFound {
  if (found.kind === 'user') return found;
  const { detail, elsewhere } = found;
  throw new MeshFailure({ code: elsewhere === true ? 'audience_denied' : 'invalid_token', detail });
}

/** One token for each issuer that must have spoken. */
function demandRequired({ rules }: UserTokens, users: readonly UserFound[]): void {
  for (const { required, issuer } of rules) {
    if (required === true && !users.some(({ rule }) => rule.issuer === issuer))
      throw new MeshFailure({ code: 'unauthenticated' });
  }
}

/** Of several tokens that of the earliest rule is the end user's. */
function byRule(users: readonly UserFound[], { rules }: UserTokens): readonly UserFound[] {
  return users.toSorted((one, other) => rules.indexOf(one.rule) - rules.indexOf(other.rule));
}
