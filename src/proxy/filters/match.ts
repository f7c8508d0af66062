/** Finds the route, and nothing more: the call goes on to the route's own stack, or to the one for calls without a route. */
import type { Filter } from '../call.ts';
import type { Deps } from '../deps.ts';

export function match(_deps: Deps): Filter {
  return (call, next) => {
    const route = call.mounted?.snapshot.findRoute(call);
    if (route === undefined) return next(call);
    call.record.route = route.name;
    return next({ ...call, route });
  };
}
