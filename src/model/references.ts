/** What a document refers to by name: the Workers behind its versions, other services, and hosts outside of the mesh. */

import { hostOf } from '../core/urls/host.ts';
import type { MeshAccess } from './schema/access.ts';
import type { DocumentRoute } from './schema/route.ts';
import type { ServiceDocument } from './schema/service.ts';

type Backend = NonNullable<DocumentRoute['backends']>[number];
type Path = readonly (string | number)[];

/** How weights, records and pages name a backend: by its version, or by the service that it is. */
export function backendName({ version, service }: Pick<Backend, 'version' | 'service'>): string {
  return version ?? service ?? '';
}

/** The routes of a document as they count. One without routes has exactly one version, which is checked before, and that is for every call. */
export function routesOf({
  routes,
  versions = {},
}: Pick<ServiceDocument, 'routes' | 'versions'>): readonly DocumentRoute[] {
  if (routes !== undefined && routes.length > 0) return routes;
  return [{ name: 'default', backends: Object.keys(versions).map((version) => ({ version })) }];
}

/** Names of the Workers that a document's versions, or their endpoints, are; each once. */
export function workersNamed({ versions = {} }: Pick<ServiceDocument, 'versions'>): readonly string[] {
  const places = Object.values(versions).flatMap((version) => version.endpoints ?? [version]);
  return [...new Set(places.flatMap(({ worker }) => worker ?? []))];
}

/** Names of the other services to which a document's routes send calls, or copies of them; each once. */
export function servicesNamed({ routes = [] }: Pick<ServiceDocument, 'routes'>): readonly string[] {
  const named = new Set<string>();
  for (const { backends = [], filters = [] } of routes) {
    for (const { service } of backends) if (service !== undefined) named.add(service);
    for (const { requestMirror } of [...filters, ...backends.flatMap((backend) => backend.filters ?? [])])
      if (requestMirror?.service !== undefined) named.add(requestMirror.service);
  }
  return [...named];
}

/** Whom custom rules may ask: services of the mesh, and Workers to which an edge must have a binding. */
export interface Authorisers {
  readonly services: readonly string[];
  readonly workers: readonly string[];
}

/** The external authorisers that an access section describes, but for URLs, which need no binding. */
export function authorisersNamed({ providers = {} }: Pick<MeshAccess, 'providers'>): Authorisers {
  const described = Object.values(providers);
  return {
    services: described.flatMap(({ service }) => service ?? []),
    workers: described.flatMap(({ worker }) => worker ?? []),
  };
}

/** Hosts of the URLs under which a document's versions are reached; each once. */
export function urlHosts({ versions = {} }: Pick<ServiceDocument, 'versions'>): readonly string[] {
  const places = Object.values(versions).flatMap((version) => version.endpoints ?? [version]);
  return [...new Set(places.flatMap(({ url }) => (url === undefined ? [] : hostOf(url))))];
}

/** Names of the client certificates that a document's versions show to URLs; each once. */
export function certificatesNamed({ versions = {} }: Pick<ServiceDocument, 'versions'>): readonly string[] {
  const places = Object.values(versions).flatMap((version) => version.endpoints ?? [version]);
  return [...new Set(places.flatMap(({ mtls }) => mtls ?? []))];
}

/** Hosts under which a service is reached from outside, lower case: names, wildcards, or `*` for a listener without a host. */
export function publicHosts({ public: said = {} }: Pick<ServiceDocument, 'public'>): readonly string[] {
  const listed = [...(said.hosts ?? []), ...(said.listeners ?? []).map(({ hostname = '*' }) => hostname)];
  return [...new Set(listed.map((host) => host.toLowerCase()))];
}

/**
 * Where a document puts a path of its own before a call's, or in its place: URLs with a path, and rewritten paths. Out of
 * them dot segments would lead, were paths not made canonical.
 */
export function ownPaths({
  versions = {},
  routes = [],
}: Pick<ServiceDocument, 'routes' | 'versions'>): readonly Path[] {
  const ofUrls = Object.entries(versions).flatMap(([name, version]): Path[] => [
    ...(hasPath(version.url) ? [['versions', name, 'url']] : []),
    ...(version.endpoints ?? []).flatMap(({ url }, index): Path[] =>
      hasPath(url) ? [['versions', name, 'endpoints', index, 'url']] : [],
    ),
  ]);
  const ofRewrites = routes.flatMap(({ filters = [], backends = [] }, route): Path[] => [
    ...rewrittenIn(filters, ['routes', route]),
    ...backends.flatMap((backend, index) => rewrittenIn(backend.filters ?? [], ['routes', route, 'backends', index])),
  ]);
  return [...ofUrls, ...ofRewrites];
}

function hasPath(url: string | undefined): boolean {
  return url !== undefined && /^[a-z]+:\/\/[^/]*\/./i.test(url);
}

function rewrittenIn(filters: NonNullable<DocumentRoute['filters']>, at: Path): Path[] {
  return filters.flatMap(({ urlRewrite }, index) =>
    urlRewrite?.path === undefined ? [] : [[...at, 'filters', index, 'urlRewrite', 'path']],
  );
}
