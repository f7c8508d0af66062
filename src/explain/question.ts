/** What a person asks about: a call that nobody made, brought into the form in which the data path sees one. */

import { clientAddress } from '../core/addresses/client-address.ts';
import { defaultUpstream } from '../core/configs/edge-config.ts';
import { servicePrincipal } from '../core/principals/principal.ts';
import { isWholePrincipal } from '../core/principals/principal-match.ts';
import { canonicalTarget } from '../core/urls/canonical-path.ts';
import { platformHeader } from '../core/wire.ts';
import type { Geo } from '../model/call-facts.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Call } from '../proxy/call.ts';
import { strippedOnPublicDoor } from '../proxy/filters/admit.ts';
import { newRecord } from '../telemetry/batch.ts';

export interface Question {
  readonly kind: 'fetch' | 'rpc';
  /** HTTP method, or the name of the RPC method. */
  readonly method: string;
  /** Absolute; not read for an RPC call. */
  readonly url: string;
  /** Repeated names count as one header, as on the wire. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** A service of the mesh, or a whole principal; undefined for an anonymous caller from outside. */
  readonly caller?: string;
  /** Which door the call comes to: through a binding, or from outside. */
  readonly door: 'mesh' | 'public';
  /** The end user, as `<issuer>/<subject>` of a token that was verified. */
  readonly user?: string;
  /** Of a token that holds; where they name issuer and subject and `user` is absent, those are the end user. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly geo?: Partial<Geo>;
  /** Address of a client outside; what `X-Forwarded-For` says by the service's trusted proxies where it is absent. */
  readonly address?: string;
  /** The address that connected, where it is another than the client's: that of a proxy. */
  readonly peerAddress?: string;
  /** Versions chosen further up: `orders:v2,cart:v1`. */
  readonly journey?: string;
  /** When the call is made, in milliseconds since the epoch: access rules may have their hours. */
  readonly atMs: number;
}

/** The call, or why its target is refused before anything is asked. */
export type AskedCall = { readonly ok: true; readonly call: Call } | { readonly ok: false; readonly detail: string };

/** A call as the filters above `match` would hand it on: the same canonical target, the same principal. */
export function askedCall(question: Question, snapshot: Snapshot): AskedCall {
  const { method, door, journey = '', atMs } = question;
  const headers = new Headers();
  for (const [name, value] of question.headers) headers.append(name, value);
  if (door === 'public') for (const name of strippedOnPublicDoor) headers.delete(name);
  const peerAddress = question.peerAddress ?? question.address ?? headers.get(platformHeader.connectingAddress) ?? '';
  const { trustedProxies = 0, header: told } = snapshot.clientAddress ?? {};
  const address =
    question.address ?? clientAddress(peerAddress, headers.get(platformHeader.forwardedFor), trustedProxies);
  // As the filter clientAddress shows it to matchers.
  if (told !== undefined && door === 'public') {
    headers.delete(told);
    if (address !== '') headers.set(told, address);
  }
  const principal = principalOf(question, snapshot.mesh.trustDomain);
  const caller = question.caller !== undefined && !isWholePrincipal(question.caller) ? question.caller : '';
  const base = {
    door,
    service: snapshot.service,
    upstream: defaultUpstream,
    caller,
    method,
    header: (name: string) => headers.get(name),
    principal,
    ...endUserOf(question),
    geo: () => geoOf(question),
    journey,
    locality: '',
    peerAddress: () => (door === 'public' ? peerAddress : ''),
    address: () => (door === 'public' ? address : ''),
    startMs: atMs,
    hops: 1,
    traceparent: '',
    tracestate: '',
    baggage: '',
    requestHeaders: [],
    matchedPrefix: '/',
    target: '',
    lifetime: { waitUntil: () => {}, end: () => {} },
    record: newRecord(snapshot.service, caller, question.kind, door, method, 0, 1),
    mounted: { snapshot, serviceFor: () => () => Promise.reject(new Error('Nothing is sent.')) },
  };
  if (question.kind === 'rpc') {
    return {
      ok: true,
      call: { ...base, kind: 'rpc', host: '', path: '', query: '', url: '', member: method, args: [] },
    };
  }
  const target = canonicalTarget(question.url, snapshot.normalization);
  if (!target.ok) return target;
  const { host, path, query, url } = target;
  const request = new Request(url, { method, headers });
  return { ok: true, call: { ...base, kind: 'fetch', host, path, query, url, request } };
}

function principalOf({ caller }: Question, trustDomain: string): string | null {
  if (caller === undefined) return null;
  return isWholePrincipal(caller) ? caller : servicePrincipal(trustDomain, caller);
}

function endUserOf({ user, claims }: Question): Pick<Call, 'requestPrincipal' | 'claims'> {
  if (user === undefined) {
    const named = typeof claims?.iss === 'string' && typeof claims.sub === 'string';
    return { requestPrincipal: named ? `${claims.iss}/${claims.sub}` : null, claims: claims ?? null };
  }
  const slash = user.lastIndexOf('/');
  const [iss, sub] = [user.slice(0, slash), user.slice(slash + 1)];
  return { requestPrincipal: user, claims: { iss, sub, ...claims } };
}

function geoOf({ door, geo }: Question): Geo | null {
  if (door === 'mesh' || geo === undefined) return null;
  return { continent: geo.continent ?? '', country: geo.country ?? '', colo: geo.colo ?? '' };
}
