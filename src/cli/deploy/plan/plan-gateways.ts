/** The public routes of gateways: services that a document makes public, and that no Worker is named after. */
import { routeHost } from '../../../derive/plan/public-routes.ts';
import { publicHostsOf, type StoredDocuments } from '../../dev/registry/documents.ts';
import { answersUnder, type PublicRoute } from './public-route.ts';

export interface GatewayRoute {
  readonly service: string;
  readonly route: PublicRoute;
  /** Deployed name of the Worker whose config has the route. */
  readonly from?: string;
}

/** A Worker with public routes of its own. */
interface Holder {
  readonly name: string;
  readonly service: string;
  readonly routes: readonly PublicRoute[];
  /** The document says that they stay with it. */
  readonly keeps: boolean;
}

interface GatewayPlan {
  readonly routes: readonly GatewayRoute[];
  readonly notes: readonly string[];
}

/**
 * A route that a Worker's config has goes to the gateway that lists its host, unless the Worker's own document lists it too, or says that
 * the Worker keeps its addresses. What is then still missing is made: a custom domain for a name, a zone route for a wildcard.
 */
export function planGateways(holders: readonly Holder[], documents: StoredDocuments): GatewayPlan {
  const hosts = Object.entries(publicHostsOf(documents));
  const withWorker = new Set(holders.map(({ service }) => service));
  const open = hosts.filter(([, service]) => !withWorker.has(service));
  if (open.length === 0) return { routes: [], notes: [] };
  const routes: GatewayRoute[] = [];
  const notes: string[] = [];
  const served = new Set<string>();
  for (const { name, service, routes: held, keeps } of holders) {
    for (const route of held) {
      const host = routeHost(route.pattern);
      const listed = open.filter(([pattern]) => pattern !== '*' && answersUnder(pattern, host));
      const [, gateway] = listed.find(([pattern]) => pattern === host) ?? listed[0] ?? [];
      if (gateway === undefined || hosts.some(([pattern, owner]) => owner === service && answersUnder(pattern, host)))
        continue;
      for (const [pattern] of listed) if (coveredBy(route.pattern, pattern)) served.add(pattern);
      if (keeps)
        notes.push(
          `${name}: ${route.pattern} stays with it (public.via: worker), so the gateway ${gateway}, which lists the host, does not get its calls`,
        );
      else routes.push({ service: gateway, route, from: name });
    }
  }
  for (const [pattern, service] of open) {
    if (served.has(pattern)) continue;
    if (pattern === '*')
      notes.push(
        `${service}: a listener without a hostname takes calls of any host that comes to its edge; routes are only made for hosts that the document names`,
      );
    else routes.push({ service, route: newRoute(pattern) });
    if (pattern.startsWith('*.'))
      notes.push(
        `${service}: the zone needs a proxied DNS record for ${pattern}; a certificate for one label below the zone is there already`,
      );
  }
  return { routes, notes };
}

/** Whether a route brings all calls of a listed host: one for a path, or for one name of a wildcard, leaves others. */
function coveredBy(routePattern: string, listed: string): boolean {
  const host = routeHost(routePattern);
  const whole = /^[^/]*(?:\/\*)?$/.test(routePattern.replace(/^[a-z*]+:\/\//i, ''));
  return whole && (host === listed || (host.startsWith('*') && listed.endsWith(host.slice(1))));
}

function newRoute(host: string): PublicRoute {
  return host.startsWith('*') ? { pattern: `${host}/*`, custom: false } : { pattern: host, custom: true };
}
