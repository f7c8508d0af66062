/**
 * The order of filters, once, by name, outermost first.
 *
 * `call` filters run before the route is known and are composed once per edge; `route` and `attempt` filters are composed
 * for each route of a snapshot, and one that a route does not need is left out. Everything after `retry` runs anew for
 * each attempt. A sentence stands beside each entry whose place matters.
 */
import type { Route, Snapshot } from '../model/snapshot.ts';
import type { Filter, Service } from './call.ts';
import type { Deps, RouteParts } from './deps.ts';
import { dispatch } from './dispatch.ts';
import { admit } from './filters/admit.ts';
import { authorise } from './filters/authorise.ts';
import { backendRewrite } from './filters/backend-rewrite.ts';
import { clientAddress } from './filters/client-address.ts';
import { consult } from './filters/consult.ts';
import { cors } from './filters/cors.ts';
import { deadline } from './filters/deadline.ts';
import { fault } from './filters/fault.ts';
import { identify } from './filters/identify.ts';
import { match } from './filters/match.ts';
import { backendMirror, mirror } from './filters/mirror.ts';
import { noRoute } from './filters/no-route.ts';
import { normalise } from './filters/normalise.ts';
import { pick } from './filters/pick.ts';
import { record } from './filters/record.ts';
import { rescue } from './filters/rescue.ts';
import { backendRespond, respond } from './filters/respond.ts';
import { retry } from './filters/retry.ts';
import { rewrite } from './filters/rewrite.ts';
import { sign } from './filters/sign.ts';
import { snapshot } from './filters/snapshot.ts';
import { span } from './filters/span.ts';
import { timeOut } from './filters/time-out.ts';
import { trace } from './filters/trace.ts';
import { backendUrlRewrite, urlRewrite } from './filters/url-rewrite.ts';
import { stack } from './service.ts';

type CallFilters = Readonly<Record<string, (deps: Deps) => Filter>>;
type RouteFilters = Readonly<Record<string, (parts: RouteParts) => Filter | undefined>>;

export interface Pipeline {
  readonly call: CallFilters;
  readonly route: RouteFilters;
  readonly attempt: RouteFilters;
}

export const pipeline: Pipeline = {
  call: {
    // Outermost, since every filter below writes into the record of the call that it opens.
    trace,
    // Above rescue, so that it sees the answer that the caller gets.
    record,
    // Above everything that may fail; below it errors are data, above it they are answers.
    rescue,
    // Before anything reads a header: what an outsider may not say is gone, and a loop ends here.
    admit,
    // Everything below judges by one document, the same to the end of the call even when a newer one arrives meanwhile.
    snapshot,
    // Before anything asks for an address, or for the header that tells it.
    'client-address': clientAddress,
    // After snapshot, because the document says how paths are read; before match and authorise, which must judge what is forwarded.
    normalise,
    // Before match, because a route may ask who calls.
    identify,
    // Only finds; the 404 comes after authorisation, so that routes cannot be enumerated.
    match,
  },
  route: {
    // Before authorise, because a preflight carries no credentials; and so that errors of the mesh tell browsers who may read them.
    cors,
    // Before authorise, as in Istio: custom goes before deny, and what an authoriser says in headers the other rules may ask for.
    consult,
    authorise,
    'no-route': noRoute,
    // Above everything that waits: the request's time covers an injected delay, all attempts and the waits between them.
    deadline,
    // Before respond, so that redirects can be made late too; above retry, which would otherwise repair what was broken on purpose.
    fault,
    respond,
    rewrite,
    'url-rewrite': urlRewrite,
    // After both rewrites, because a copy is what the backend gets; above retry, because a call is copied once.
    mirror,
    // The hinge: everything after it runs anew for each attempt, so that an attempt picks anew.
    retry,
  },
  attempt: {
    pick,
    // After pick, since the changes are those of the backend that was picked.
    'backend-rewrite': backendRewrite,
    'backend-url-rewrite': backendUrlRewrite,
    // Above span: where a backend answers itself, nothing is attempted.
    'backend-respond': backendRespond,
    'backend-mirror': backendMirror,
    // Above time-out, so that an attempt which timed out is a span that says so.
    span,
    'time-out': timeOut,
    // Last: it clones the request once, with all header changes gathered above and the ids of this attempt's span.
    sign,
  },
};

/** The service that a door hands its calls to. */
export function edgeService(deps: Deps): Service {
  const filters = Object.values(pipeline.call).map((build) => build(deps));
  return stack(filters, (call) => {
    if (call.mounted === undefined) throw new Error('The snapshot filter has not run.');
    return call.mounted.serviceFor(call.route)(call);
  });
}

/** The service behind `match` for one route of one snapshot, or for calls that matched none. */
export function routeService(deps: Deps, snapshotOfRoute: Snapshot, route: Route | undefined): Service {
  const parts: RouteParts = { deps, snapshot: snapshotOfRoute, route };
  const builders = [...Object.values(pipeline.route), ...Object.values(pipeline.attempt)];
  return stack(
    builders.flatMap((build) => build(parts) ?? []),
    dispatch(deps),
  );
}
