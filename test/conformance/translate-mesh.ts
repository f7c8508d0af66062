import type { ConformanceCase } from './case-file.ts';
import { type Cluster, type HttpRoute, namespaceOf, type ParentRef } from './manifests.ts';
import { type Plan, type PlannedEdge, serviceAddress } from './plan.ts';
import { byPrecedence, type Entry } from './precedence.ts';
import { DocumentBuilder, podsOf } from './translate-rule.ts';

/** What a mesh probe dials: a Service's port, or a pod by its labels, which no edge stands before. */
export type Dialled =
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string; readonly port: number }
  | { readonly kind: 'pod'; readonly labels: Readonly<Record<string, string>> };

/** Reads `echo:80`, `echo.namespace:80` or `{{podIP:app=echo,version=v2}}:8080`. */
export function parseConnectTo(connectTo: string, namespace: string): Dialled {
  const pod = /^\{\{podIP:([^}]*)\}\}/.exec(connectTo);
  if (pod !== null) {
    const labels = (pod[1] as string).split(',').map((label) => label.split('=') as [string, string]);
    return { kind: 'pod', labels: Object.fromEntries(labels) };
  }
  const [host = '', port = '80'] = connectTo.split(':');
  const [name = '', ownNamespace] = host.split('.');
  return { kind: 'service', namespace: ownNamespace ?? namespace, name, port: Number(port) };
}

/** One edge, with one document, for every (Service, port) that the case's requests dial: a binding names a service, not a port. */
export function planMeshCase(file: ConformanceCase, cluster: Cluster): Plan {
  const edges = new Map<string, PlannedEdge>();
  const unsupported: string[] = [];
  for (const { request } of file.requests) {
    const dialled = parseConnectTo(request.connectTo ?? '', request.from?.namespace ?? 'default');
    if (dialled.kind === 'pod') continue;
    const { namespace, name, port } = dialled;
    const address = serviceAddress(`${namespace}/${name}`, port);
    if (edges.has(address)) continue;
    const builder = new DocumentBuilder(cluster);
    const entries = entriesOf(cluster, namespace, name, port, unsupported).sort(byPrecedence);
    const routes = entries.map((entry, index) => builder.route(entry, index));
    // Without a route of its own a Service is plain passage to its pods.
    if (entries.length === 0) {
      const backends = podsOf(cluster, namespace, name).map((pod) => ({ version: builder.version(pod) }));
      routes.push({ name: 'passage', backends });
    }
    if (Object.keys(builder.versions).length === 0) builder.versions.none = { worker: 'none' };
    const service = `${name}-${port}`;
    edges.set(address, {
      address,
      service,
      document: { service, versions: builder.versions, routes },
      backends: builder.backends,
      hosts: [],
    });
    unsupported.push(...builder.unsupported);
  }
  return { edges: [...edges.values()], unsupported: [...new Set(unsupported)] };
}

function entriesOf(cluster: Cluster, namespace: string, name: string, port: number, unsupported: string[]): Entry[] {
  const entries: Entry[] = [];
  for (const route of cluster.routes) {
    const refers = (ref: ParentRef): boolean =>
      ref.kind === 'Service' &&
      ref.name === name &&
      (ref.namespace ?? namespaceOf(route)) === namespace &&
      (ref.port === undefined || ref.port === port);
    if (!(route.spec.parentRefs ?? []).some(refers)) continue;
    if (namespaceOf(route) !== namespace) {
      unsupported.push(`${route.metadata.name}: a route for callers of one namespace only`);
      continue;
    }
    entries.push(...matchesOf(route));
  }
  return entries;
}

/** A mesh route's hostnames are not interpreted. */
function matchesOf(route: HttpRoute): Entry[] {
  return (route.spec.rules ?? [{}]).flatMap((rule, ruleIndex) =>
    (rule.matches ?? [{}]).map((match, matchIndex) => ({
      listenerHostname: undefined,
      hostname: undefined,
      route,
      rule,
      match,
      position: [ruleIndex, matchIndex] as const,
    })),
  );
}
