/**
 * Brings the request target into its canonical form, once, before anything judges it: what was judged is what is
 * forwarded. If the canonical form differs the request is rebuilt with it, else it goes on untouched. Then the facts that
 * matching asks about are complete, carried headers included.
 */

import { MeshFailure } from '../../core/errors/mesh-error.ts';
import { maxBaggageBytes, readBaggage, writeBaggage } from '../../core/headers/baggage.ts';
import { canonicalTarget } from '../../core/urls/canonical-path.ts';
import { wireHeader } from '../../core/wire.ts';
import type { Call, FetchCall, Filter } from '../call.ts';
import type { Deps } from '../deps.ts';

/** For every call. Throws `bad_request` where the target has no canonical form. */
export function normalise(_deps: Deps): Filter {
  return (call, next) => next(call.kind === 'rpc' ? withCarried(call) : withCarried(canonical(call)));
}

function canonical(call: FetchCall): Call {
  const target = canonicalTarget(call.request.url, call.mounted?.snapshot.normalization ?? 'base');
  if (!target.ok) throw new MeshFailure({ code: 'bad_request', detail: target.detail });
  call.record.path = target.path;
  const request = target.changed ? new Request(target.url, call.request) : call.request;
  const canonical = { ...call, request, host: target.host, path: target.path, query: target.query, url: request.url };
  return call.mounted?.snapshot.judgesHost === true ? withHost(canonical, target.authority) : canonical;
}

/**
 * A Worker may write another `Host` than its URL has, and some frameworks read that one. Where access rules have judged the URL's, the
 * callee gets it in both places; elsewhere the header is the caller's word, as it is without a mesh.
 */
function withHost(call: FetchCall, authority: string): Call {
  const said = call.request.headers.get('host');
  if (said === null || said.toLowerCase() === authority.toLowerCase()) return call;
  const request = new Request(call.request);
  request.headers.set('host', authority);
  return { ...call, request, header: (name) => request.headers.get(name) };
}

/**
 * On the mesh door a header that the caller sets itself goes before one that the journey carries. On the public door, where
 * journeys begin, the carried names are taken from the request's headers, whatever its baggage says. A journey that began past an edge
 * carries none: no gateway has looked at what its baggage says.
 */
function withCarried(call: Call): Call {
  const carry = call.mounted?.snapshot.mesh.carry ?? [];
  if (carry.length === 0) return call;
  const { header, baggage } = call;
  if (call.door === 'public') {
    const entries = carry.map((name) => [name, header(name)] as const);
    return { ...withoutForged(call, carry), baggage: writeBaggage(baggage, entries) };
  }
  if (baggage === '') return call;
  if (call.began === 'direct') return { ...call, baggage: without(baggage, carry) };
  return { ...call, header: (name) => header(name) ?? (carry.includes(name) ? readBaggage(baggage, name) : null) };
}

/**
 * The callee sees the baggage header that came in, and may send it on with the same request; the next edge would believe what
 * an outsider said there. The clone is made only for a request that says a carried name.
 */
function withoutForged(call: Call, carry: readonly string[]): Call {
  const { baggage } = call;
  if (baggage === '' || call.kind === 'rpc') return call;
  const others = without(baggage, carry);
  // Longer baggage is cut in both forms, and what was cut off may be a carried name too.
  if (baggage.length < maxBaggageBytes && others === writeBaggage(baggage, [])) return call;
  const request = new Request(call.request);
  if (others === '') request.headers.delete(wireHeader.baggage);
  else request.headers.set(wireHeader.baggage, others);
  return { ...call, request, header: (name) => request.headers.get(name) };
}

function without(baggage: string, carry: readonly string[]): string {
  return writeBaggage(
    baggage,
    carry.map((name) => [name, null]),
  );
}
