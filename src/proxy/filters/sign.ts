/**
 * Makes what the leaf sends: one clone of the request with every header change applied and the context of this attempt's
 * span, or the flat context of an RPC call. A URL endpoint gets a JWT-SVID of this service, and none of our own headers.
 */

import { appendJourneyVersion } from '../../core/context/journey.ts';
import { formatMeshContext } from '../../core/context/mesh-context.ts';
import { formatTraceparent, withoutShard, writeShard } from '../../core/context/trace-context.ts';
import { writeBaggage } from '../../core/headers/baggage.ts';
import { foldsInto } from '../../core/headers/folded-header.ts';
import { ownHopHeaders, withOwnHeader } from '../../core/headers/own-headers.ts';
import { callerName } from '../../core/principals/principal.ts';
import { authorityOf } from '../../core/urls/host.ts';
import { platformHeadersToStrip, versionOverrideHeader, wireHeader } from '../../core/wire.ts';
import type { Endpoint, Snapshot } from '../../model/snapshot.ts';
import { takesBody } from '../bounded-body.ts';
import type { Attempt, Call, FetchCall, Filter } from '../call.ts';
import type { Deps, RouteParts } from '../deps.ts';
import { applyHeaderChange } from '../header-rewrite.ts';
import { localityOf } from '../splitting/locality-of.ts';

/** Undefined without a route. Stands behind `pick`; where no SVID can be had, an attempt at a URL goes without one. */
export function sign({ deps, route, snapshot }: RouteParts): Filter | undefined {
  if (route === undefined) return undefined;
  const { trustDomain, carry } = snapshot.mesh;
  const stated = statedNames(snapshot);
  return (call, next) => {
    const { attempt } = call;
    if (attempt === undefined) throw new Error('The pick filter has not run.');
    const context = contextOf(call, attempt, trustDomain);
    if (call.kind === 'rpc') return next({ ...call, attempt: { ...attempt, context } });
    const request = outgoing(call, attempt);
    const { endpoint } = attempt;
    const { headers } = request;
    // Before the mesh writes over it: what the caller's code had set. A caller with the runtime has said it already.
    const said = headers.has(wireHeader.context);
    let own = said ? (headers.get(wireHeader.own) ?? '') : ownHopHeaders(headers);
    headers.set(wireHeader.traceparent, context.traceparent);
    // What `normalise` took out of the baggage must not go on in the header that it came in: the callee's runtime believes it.
    if (call.baggage === '') headers.delete(wireHeader.baggage);
    if (call.target !== '') followHost(call, headers);
    // They were for this edge; a backend that hands its request on must not ask for another fault.
    headers.delete(wireHeader.faultDelay);
    headers.delete(wireHeader.faultAbort);
    // A token that was meant for this edge, or what a caller wrote there in its place.
    headers.delete(wireHeader.token);
    for (const change of call.requestHeaders) applyHeaderChange(headers, change);
    const baggage = carriedAfter(call, headers, carry);
    if (endpoint.kind === 'url')
      return signForUrl(deps, call, endpoint, headers, stated).then(() =>
        next({ ...call, attempt: { ...attempt, request } }),
      );
    headers.set(wireHeader.tracestate, context.tracestate);
    if (baggage !== '') headers.set(wireHeader.baggage, baggage);
    headers.set(wireHeader.context, context.context);
    if (endpoint.kind === 'worker-version') {
      own = withOwnHeader(own, versionOverrideHeader, headers.get(versionOverrideHeader));
      headers.set(versionOverrideHeader, `${endpoint.worker}="${endpoint.workerVersion}"`);
    }
    if (own !== '') headers.set(wireHeader.own, own);
    // A caller without the runtime says nothing in it: what stands there came from further out, with the request it handed on.
    else if (!said) headers.delete(wireHeader.own);
    return next({ ...call, attempt: { ...attempt, request } });
  };
}

/** What came over HTTP says its host in a header too, and backends may read either. */
function followHost(call: FetchCall, headers: Headers): void {
  const host = authorityOf(call.target);
  if (host !== authorityOf(call.url) && headers.has('host')) headers.set('host', host);
}

/** At a gateway, where journeys begin, a route's header changes decide what the journey carries. */
function carriedAfter(call: FetchCall, headers: Headers, carry: readonly string[]): string {
  if (call.door !== 'public' || call.requestHeaders.length === 0 || carry.length === 0) return call.baggage;
  return writeBaggage(
    call.baggage,
    carry.map((name) => [name, headers.get(name)]),
  );
}

function contextOf(call: Call, attempt: Attempt, trustDomain: string) {
  const { record } = call;
  return {
    traceparent: formatTraceparent({ traceId: record.traceId, spanId: attempt.record.spanId, sampled: record.sampled }),
    tracestate: writeShard(call.tracestate, record.shard),
    baggage: call.baggage,
    context: formatMeshContext({
      hops: call.hops,
      deadline: call.deadlineMs,
      caller: callerName(trustDomain, call.principal) || undefined,
      // What an outsider may have put into the baggage of such a journey is believed nowhere on its way.
      began: call.began === 'direct' ? call.began : undefined,
      // Of this attempt: what it calls follows the version that it went to. Another service has versions of its own.
      versions:
        attempt.endpoint.kind === 'service'
          ? call.journey
          : appendJourneyVersion(call.journey, call.service, attempt.backend.version),
      locality: localityOf(call),
    }),
  };
}

/** The body goes into the clone; a call that may be retried sends the buffered copy instead, each time anew. */
function outgoing(call: FetchCall, attempt: Attempt): Request {
  const { request, bufferedBody } = call;
  const { signal } = attempt;
  if (bufferedBody !== undefined) {
    const { method, headers, redirect } = request;
    if (!takesBody(method)) return new Request(call.target || request.url, { method, headers, redirect, signal });
    // From the request itself: made of its address, it would get one that a URL parser has resolved.
    return new Request(call.target || request, { method, headers, redirect, body: bufferedBody, signal });
  }
  if (call.target === '') return signal === undefined ? new Request(request) : new Request(request, { signal });
  // The request stands for its own init here: with another address this is the one clone.
  const moved = new Request(call.target, request);
  return signal === undefined ? moved : new Request(moved, { signal });
}

/** What only the mesh says to a callee, whichever way an outsider spells it. */
function statedNames({ clientAddress, userTokens, consult }: Snapshot): ReadonlySet<string> {
  const told = clientAddress?.header === undefined ? [] : [clientAddress.header];
  const ofTokens = userTokens?.outputHeaders ?? [];
  const ofAuthorisers = [...(consult?.authorisers.values() ?? [])].flatMap(({ ownHeaders }) => ownHeaders);
  return new Set([...platformHeadersToStrip, ...Object.values(wireHeader), ...told, ...ofTokens, ...ofAuthorisers]);
}

function foldedNames(headers: Headers, stated: ReadonlySet<string>): readonly string[] {
  const found: string[] = [];
  headers.forEach((_, name) => {
    if (foldsInto(name, stated)) found.push(name);
  });
  return found;
}

async function signForUrl(
  deps: Deps,
  call: Call,
  endpoint: Extract<Endpoint, { kind: 'url' }>,
  headers: Headers,
  stated: ReadonlySet<string>,
): Promise<void> {
  for (const name of foldedNames(headers, stated)) headers.delete(name);
  headers.delete(wireHeader.context);
  headers.delete(wireHeader.own);
  headers.delete(wireHeader.baggage);
  headers.delete(versionOverrideHeader);
  const others = withoutShard(headers.get(wireHeader.tracestate) ?? '');
  if (others === '') headers.delete(wireHeader.tracestate);
  else headers.set(wireHeader.tracestate, others);
  if (endpoint.audience === '') return;
  const actor = call.principal ?? call.requestPrincipal;
  const token = await deps.identities.tokenFor(call.service, endpoint.audience, actor, call.lifetime);
  if (token === undefined) return;
  // The service's own credentials for that host stay where they are; the SVID then travels beside them.
  if (headers.has('authorization')) headers.set(wireHeader.token, token);
  else headers.set('authorization', `Bearer ${token}`);
}
