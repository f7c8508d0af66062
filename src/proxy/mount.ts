/** Mounting turns a snapshot into services: one stack per route, holding only the filters that the route needs. */
import { httpsRedirectRoute } from '../model/compile-match.ts';
import type { Route, Snapshot } from '../model/snapshot.ts';
import type { Mounted, Service } from './call.ts';
import type { Deps } from './deps.ts';
import { routeService } from './pipeline.ts';

export function mount(snapshot: Snapshot, deps: Deps): Mounted {
  const unmatched = routeService(deps, snapshot, undefined);
  const services = new Map<Route, Service>();
  for (const route of [...snapshot.routes, httpsRedirectRoute])
    services.set(route, routeService(deps, snapshot, route));
  return {
    snapshot,
    serviceFor: (route) => (route === undefined ? unmatched : (services.get(route) ?? unmatched)),
  };
}
