/**
 * Brings the request target into its canonical form, once, before anything judges it: what was judged is what is
 * forwarded. If the canonical form differs the request is rebuilt with it, else it goes on untouched. Then the facts that
 * matching asks about are complete, carried headers included.
 */
import { readBaggage, writeBaggage } from '../../core/baggage.ts';
import { canonicalTarget } from '../../core/canonical-path.ts';
import { MeshFailure } from '../../core/mesh-error.ts';
import type { Call, Filter } from '../call.ts';
import type { Deps } from '../deps.ts';

export function normalise(_deps: Deps): Filter {
  return (call, next) => next(call.kind === 'rpc' ? withCarried(call) : withCarried(canonical(call)));
}

function canonical(call: Extract<Call, { kind: 'fetch' }>): Call {
  const target = canonicalTarget(call.request.url, call.mounted?.snapshot.normalization ?? 'base');
  if (!target.ok) throw new MeshFailure({ code: 'bad_request', detail: target.detail });
  call.record.path = target.path;
  const request = target.changed ? new Request(target.url, call.request) : call.request;
  return { ...call, request, host: target.host, path: target.path, query: target.query };
}

/**
 * On the mesh door a header that the caller sets itself goes before one that the journey carries. On the public door, where
 * journeys begin, the carried names are taken from the request's headers, whatever its baggage says.
 */
function withCarried(call: Call): Call {
  const carry = call.mounted?.snapshot.mesh.carry ?? [];
  if (carry.length === 0) return call;
  const { header, baggage } = call;
  if (call.door === 'public') {
    return {
      ...call,
      baggage: writeBaggage(
        baggage,
        carry.map((name) => [name, header(name)] as const),
      ),
    };
  }
  if (baggage === '') return call;
  return { ...call, header: (name) => header(name) ?? (carry.includes(name) ? readBaggage(baggage, name) : null) };
}
