/**
 * The doorkeeper: on the public door, what only a mesh may say is taken out of the request; on both, a call that has
 * passed too many edges ends here.
 */
import { MeshFailure } from '../../core/errors/mesh-error.ts';
import { maxHops, platformHeadersToStrip, wireHeader } from '../../core/wire.ts';
import type { Call, FetchCall, Filter } from '../call.ts';
import type { Deps } from '../deps.ts';

/** Headers that only a mesh, or the platform, may set: what outsiders send under these names is removed. */
export const strippedOnPublicDoor = [...platformHeadersToStrip, wireHeader.context, wireHeader.own, wireHeader.token];

/** For every call. Throws `too_many_hops` where it has passed more than `maxHops` edges. */
export function admit(_deps: Deps): Filter {
  return (call, next) => {
    if (call.hops > maxHops) throw new MeshFailure({ code: 'too_many_hops', hops: call.hops });
    return next(call.door === 'public' && call.kind === 'fetch' ? stripped(call) : call);
  };
}

/** The clone is made only for a request that carries one of the names: honest traffic goes on untouched. */
function stripped(call: FetchCall): Call {
  const found = strippedOnPublicDoor.filter((name) => call.request.headers.has(name));
  if (found.length === 0) return call;
  const request = new Request(call.request);
  for (const name of found) request.headers.delete(name);
  return { ...call, request, header: (name) => request.headers.get(name) };
}
