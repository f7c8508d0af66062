/** Ends a call that matched no route; the whole rest of the list is left out for it. */
import { MeshFailure } from '../../core/errors/mesh-error.ts';
import type { Filter } from '../call.ts';
import type { RouteParts } from '../deps.ts';

/** Undefined where there is a route. Throws `no_route` for every call. */
export function noRoute({ route }: RouteParts): Filter | undefined {
  if (route !== undefined) return undefined;
  return () => {
    throw new MeshFailure({ code: 'no_route' });
  };
}
