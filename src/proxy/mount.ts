/** Mounting turns a snapshot into services: one stack per route, holding only the filters that the route needs. */
import type { Route, Snapshot } from '../model/snapshot.ts';
import type { Mounted, Service } from './call.ts';
import type { Deps } from './deps.ts';
import { routeService } from './pipeline.ts';

/** A stack is composed when the first call needs it: of the routes of a large gateway an isolate sees few. */
export function mount(snapshot: Snapshot, deps: Deps): Mounted {
  const services = new Map<Route | undefined, Service>();
  return {
    snapshot,
    serviceFor: (route) => {
      let service = services.get(route);
      if (service === undefined) {
        service = routeService(deps, snapshot, route);
        services.set(route, service);
      }
      return service;
    },
  };
}
