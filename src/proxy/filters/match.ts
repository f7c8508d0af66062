/** Finds the route, and nothing more: the call goes on to the route's own stack, or to the one for calls without a route. */
import type { Filter } from '../call.ts';
import type { Deps } from '../deps.ts';

/** For every call; one that no route takes goes on without a route. */
export function match(_deps: Deps): Filter {
  return (call, next) => {
    const found = call.mounted?.snapshot.findRoute(call);
    if (found === undefined) return next(call);
    call.record.route = found.route.name;
    return next({ ...call, route: found.route, matchedPrefix: found.prefix });
  };
}
