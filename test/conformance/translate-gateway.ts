import type { ConformanceCase } from './case-file.ts';
import { type Hostname, intersect } from './hostnames.ts';
import {
  type Cluster,
  type Gateway,
  type HttpRoute,
  hasLabels,
  type Listener,
  namespaceOf,
  type ParentRef,
} from './manifests.ts';
import { gatewayAddress, type Plan, type PlannedEdge } from './plan.ts';
import { byPrecedence, type Entry } from './precedence.ts';
import { DocumentBuilder } from './translate-rule.ts';

/** One edge, with one document, for every port of a Gateway that the case's requests dial. */
export function planGatewayCase(file: ConformanceCase, cluster: Cluster): Plan {
  const edges: PlannedEdge[] = [];
  const unsupported: string[] = [];
  const dialled = new Map(
    file.requests.map(({ request }) => [gatewayAddress(request.gateway ?? '', request.port ?? 80), request] as const),
  );
  for (const [address, { gateway: fullName, port }] of dialled) {
    const gateway = cluster.gateways.find((one) => `${namespaceOf(one)}/${one.metadata.name}` === fullName);
    if (gateway === undefined) throw new Error(`${file.name} dials ${fullName}, which no manifest declares`);
    const builder = new DocumentBuilder(cluster);
    const entries = entriesOf(gateway, port ?? 80, cluster).sort(byPrecedence);
    const service = `${gateway.metadata.name}-${port}`;
    const routes = entries.map((entry, index) => builder.route(entry, index));
    // A document declares at least one version; a gateway without routes has none of its own.
    if (Object.keys(builder.versions).length === 0) builder.versions.none = { worker: 'none' };
    edges.push({
      address,
      service,
      document: { service, versions: builder.versions, routes },
      backends: builder.backends,
      hosts: hostsOf(file, address),
    });
    unsupported.push(...builder.unsupported);
  }
  return { edges, unsupported: [...new Set(unsupported)] };
}

/** The hosts whose DNS leads to this address: those that the requests name. What each gets is up to the document. */
function hostsOf(file: ConformanceCase, address: string): string[] {
  const hosts = file.requests
    .filter(({ request }) => gatewayAddress(request.gateway ?? '', request.port ?? 80) === address)
    .map(({ request }) => (request.host ?? '127.0.0.1').replace(/:\d+$/, '').toLowerCase());
  return [...new Set(hosts)];
}

function entriesOf(gateway: Gateway, port: number, cluster: Cluster): Entry[] {
  const entries: Entry[] = [];
  const listeners = gateway.spec.listeners.filter((listener) => listener.port === port);
  for (const listener of listeners) {
    for (const route of cluster.routes) {
      if (!isAttached(route, gateway, listener, cluster)) continue;
      for (const hostname of commonHostnames(listener.hostname, route.spec.hostnames)) {
        for (const [ruleIndex, rule] of (route.spec.rules ?? [{}]).entries()) {
          for (const [matchIndex, match] of (rule.matches ?? [{}]).entries()) {
            const position = [ruleIndex, matchIndex] as const;
            entries.push({ listenerHostname: listener.hostname, hostname, route, rule, match, position });
          }
        }
      }
    }
  }
  return entries;
}

function isAttached(route: HttpRoute, gateway: Gateway, listener: Listener, cluster: Cluster): boolean {
  const refersToListener = (ref: ParentRef): boolean =>
    (ref.kind ?? 'Gateway') === 'Gateway' &&
    ref.name === gateway.metadata.name &&
    (ref.namespace ?? namespaceOf(route)) === namespaceOf(gateway) &&
    (ref.sectionName === undefined || ref.sectionName === listener.name) &&
    (ref.port === undefined || ref.port === listener.port);
  return (route.spec.parentRefs ?? []).some(refersToListener) && isAllowed(route, gateway, listener, cluster);
}

function isAllowed(route: HttpRoute, gateway: Gateway, listener: Listener, cluster: Cluster): boolean {
  const namespaces = listener.allowedRoutes?.namespaces;
  if (namespaces?.from === 'All') return true;
  if (namespaces?.from === 'Selector') {
    const labels = cluster.namespaceLabels.get(namespaceOf(route)) ?? {};
    return hasLabels(labels, namespaces.selector?.matchLabels);
  }
  return namespaceOf(route) === namespaceOf(gateway);
}

function commonHostnames(listener: Hostname, route: readonly string[] | undefined): Hostname[] {
  const wanted: readonly Hostname[] = route === undefined || route.length === 0 ? [undefined] : route;
  return wanted.map((hostname) => intersect(listener, hostname)).filter((hostname) => hostname !== null);
}
