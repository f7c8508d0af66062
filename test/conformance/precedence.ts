import { bySpecificity, type Hostname } from './hostnames.ts';
import { type HttpRoute, namespaceOf, type RouteMatch, type RouteRule } from './manifests.ts';

/** One match of one rule, for one hostname of one listener: what becomes one route of a document. */
export interface Entry {
  readonly listenerHostname: Hostname;
  readonly hostname: Hostname;
  readonly route: HttpRoute;
  readonly rule: RouteRule;
  readonly match: RouteMatch;
  /** Position of rule and match in the HTTPRoute. */
  readonly position: readonly [rule: number, match: number];
}

/**
 * The Gateway API picks the most specific match of all routes; a document's first route that matches decides. So the entries are
 * put in the API's order: listener, hostname, exact path, prefix length, method, headers, query, then the order of the objects.
 */
export function byPrecedence(a: Entry, b: Entry): number {
  return (
    bySpecificity(a.listenerHostname, b.listenerHostname) ||
    bySpecificity(a.hostname, b.hostname) ||
    pathRank(b.match) - pathRank(a.match) ||
    pathLength(b.match) - pathLength(a.match) ||
    Number(b.match.method !== undefined) - Number(a.match.method !== undefined) ||
    (b.match.headers?.length ?? 0) - (a.match.headers?.length ?? 0) ||
    (b.match.queryParams?.length ?? 0) - (a.match.queryParams?.length ?? 0) ||
    fullName(a.route).localeCompare(fullName(b.route)) ||
    a.position[0] - b.position[0] ||
    a.position[1] - b.position[1]
  );
}

function pathRank(match: RouteMatch): number {
  if (match.path?.type === 'Exact') return 2;
  return match.path?.type === 'RegularExpression' ? 1 : 0;
}

function pathLength(match: RouteMatch): number {
  return (match.path?.value ?? '/').length;
}

export function fullName(route: HttpRoute): string {
  return `${namespaceOf(route)}/${route.metadata.name}`;
}
