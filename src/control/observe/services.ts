/** The mesh at a glance: each service with its versions, the weights of its routes, who may call it and who does. */

import type { Topology } from '../../core/configs/edge-config.ts';
import { ownEntry } from '../../core/own-entry.ts';
import type { ServiceAccess } from '../../model/access-map/access-map.ts';
import { accessPhrase } from '../../model/access-map/access-phrase.ts';
import { backendName, publicHosts } from '../../model/references.ts';
import type { DocumentRoute } from '../../model/schema/route.ts';
import type { ServiceDocument } from '../../model/schema/service.ts';
import type { DocumentState } from './document-finding.ts';

export interface BackendView {
  readonly version: string;
  readonly weight: number;
  /** Share of the route's attempts, 0 to 100. */
  readonly percent: number;
}

export interface RouteView {
  readonly name: string;
  /** One phrase a match, e.g. `x-user: tester`; empty where the route is for every call. */
  readonly matches: readonly string[];
  readonly backends: readonly BackendView[];
}

export interface ServiceView {
  readonly service: string;
  readonly state: DocumentState;
  readonly revision: string;
  readonly publicHosts: readonly string[];
  /** `version -> where it is`: a Worker, one of its version ids, or a URL. */
  readonly versions: readonly { readonly name: string; readonly target: string }[];
  readonly routes: readonly RouteView[];
  /** Services whose Workers bind this one, or whose routes lead to it, as the derivation found them. */
  readonly callers: readonly string[];
  /** Workers that its edge can reach. */
  readonly workers: readonly string[];
  /** Services that its edge can reach. */
  readonly peers: readonly string[];
  /** Who may call, in one phrase. */
  readonly access: string;
}

type Version = NonNullable<ServiceDocument['versions']>[string];
type Match = NonNullable<DocumentRoute['matches']>[number];

function target(version: Version): string {
  if (version.endpoints !== undefined) return version.endpoints.map(place).join(', ') || 'no endpoint';
  return place(version);
}

function place(version: Pick<Version, 'worker' | 'version' | 'url'>): string {
  if (version.url !== undefined) return version.url;
  return version.version === undefined ? (version.worker ?? '') : `${version.worker} @ ${version.version}`;
}

/** `PathPrefix /a` is written `/a/*`, an expression between slashes of its own. */
function compared(value: { readonly type?: string; readonly value?: string; readonly invert?: boolean }): string {
  const { type = 'Exact', value: text = '' } = value;
  const phrase = {
    Exact: text,
    RegularExpression: `~ ${text}`,
    Prefix: `${text}*`,
    Present: 'present',
    Absent: 'absent',
  };
  const words = phrase[type as keyof typeof phrase] ?? text;
  return value.invert === true ? `not ${words}` : words;
}

function matchPhrase(match: Match): string {
  const parts: string[] = [];
  if (match.method !== undefined) parts.push(match.method);
  if (match.path !== undefined) {
    const prefix = (match.path.type ?? 'PathPrefix') === 'PathPrefix';
    parts.push(prefix ? `${match.path.value.replace(/\/$/, '')}/*` : compared(match.path));
  }
  if (match.rpc !== undefined) parts.push(`rpc ${match.rpc}`);
  for (const header of match.headers ?? []) parts.push(`${header.name}: ${compared(header)}`);
  for (const query of match.queryParams ?? []) parts.push(`?${query.name}=${compared(query)}`);
  for (const cookie of match.cookies ?? []) parts.push(`cookie ${cookie.name}=${compared(cookie)}`);
  for (const claim of match.claims ?? []) parts.push(`claim ${claim.name}=${compared(claim)}`);
  if (match.host !== undefined) parts.push(`host ${compared(match.host)}`);
  if (match.scheme !== undefined) parts.push(match.scheme);
  if (match.ports !== undefined) parts.push(`port ${match.ports.join(', ')}`);
  for (const [what, names] of Object.entries({ ...match.from, ...match.geo }))
    parts.push(`${what} ${names.join(', ')}`);
  return parts.join(' ') || 'every call';
}

function routeView(route: DocumentRoute): RouteView {
  // The Gateway API's default weight is 1; backends whose weights sum up to 0 answer nobody.
  const backends = route.backends ?? [];
  const weights = backends.map((backend) => backend.weight ?? 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const hosts = route.hostnames?.join(', ');
  const matches = (route.matches ?? []).map(matchPhrase);
  return {
    name: route.name,
    matches: hosts === undefined ? matches : [`host ${hosts}`, ...matches],
    backends: backends.map((backend, index) => {
      const weight = weights[index] as number;
      return { version: backendName(backend), weight, percent: total === 0 ? 0 : (100 * weight) / total };
    }),
  };
}

/** A document without routes has one version, and one route to it (see the schema). */
function routesOf(document: ServiceDocument): readonly RouteView[] {
  if (document.routes !== undefined && document.routes.length > 0) return document.routes.map(routeView);
  return Object.keys(document.versions ?? {}).map((version) => ({
    name: 'default',
    matches: [],
    backends: [{ version, weight: 1, percent: 100 }],
  }));
}

/** `document` is undefined where there is none that could be read. */
export function serviceView(
  service: string,
  found: { readonly state: DocumentState; readonly revision: string; readonly document: ServiceDocument | undefined },
  topology: Topology | undefined,
  access: ServiceAccess | undefined,
): ServiceView {
  const { document } = found;
  const known = topology && ownEntry(topology.services, service);
  return {
    service,
    state: found.state,
    revision: found.revision,
    publicHosts: document === undefined ? [] : publicHosts(document),
    versions:
      document === undefined
        ? []
        : Object.entries(document.versions ?? {}).map(([name, version]) => ({ name, target: target(version) })),
    routes: document === undefined ? [] : routesOf(document),
    callers: known?.callers ?? [],
    workers: known?.workers ?? [],
    peers: known?.peers ?? [],
    access: access === undefined ? '' : accessPhrase(access),
  };
}
