/** What is doubtful about the ways into the mesh, between its services, and out of it: findings that need all documents at once. */

import type { Topology } from '../../core/configs/edge-config.ts';
import { ownEntry } from '../../core/own-entry.ts';
import { hostOf } from '../../core/urls/host.ts';
import { egressFilter } from '../compile/compile-egress.ts';
import type { PathKey } from '../findings/issue.ts';
import type { MeshDocument } from '../schema/mesh.ts';
import type { ServiceDocument } from '../schema/service.ts';
import { lintCode, type Warn } from './lint-code.ts';

type Path = readonly PathKey[];

/** All documents of the mesh; `topology` is what its edges are bound to, where that is known. */
export interface MeshAtHand {
  readonly services: readonly ServiceDocument[];
  readonly mesh: MeshDocument | undefined;
  readonly topology: Topology | undefined;
}

/** Findings about one document beside all others. */
export function lintGateways(document: ServiceDocument, atHand: MeshAtHand, warn: Warn): void {
  for (const [service, at] of namedServices(document)) lintPeer(document.service, service, at, atHand, warn);
  lintHosts(document, publicHostsAt, atHand, (at, host, other) =>
    warn(
      lintCode.hostTaken,
      at,
      `${other} lists the host ${host} too, and takes its calls`,
      'each public host in one document',
    ),
  );
  lintHosts(document, egressHostsAt, atHand, (at, host, other) =>
    warn(
      lintCode.hostTaken,
      at,
      `${other} stands for the host ${host} too, and takes the calls of it`,
      'each host outside in one document',
    ),
  );
  lintUrls(document, atHand.mesh, warn);
}

function lintPeer(from: string, service: string, at: Path, { services, topology }: MeshAtHand, warn: Warn): void {
  if (service === from) {
    warn(lintCode.unresolvedService, at, `${from} names itself, so its calls would go round; they get 500`);
    return;
  }
  if (topology === undefined) return;
  const edge = ownEntry(topology.services, from);
  if (edge === undefined || edge.peers?.includes(service)) return;
  const known = Object.hasOwn(topology.services, service) || services.some((one) => one.service === service);
  if (known)
    warn(
      lintCode.unresolvedService,
      at,
      `the edge of ${from} has no binding to ${service}, so what goes there gets 500`,
      'deploy again: a deployment binds what documents name',
    );
  else
    warn(
      lintCode.unresolvedService,
      at,
      `${service} is no service of this mesh, so what goes there gets 500`,
      `one of ${Object.keys(topology.services).join(', ')}`,
    );
}

function namedServices({ routes = [] }: ServiceDocument): (readonly [service: string, at: Path])[] {
  return routes.flatMap(({ backends = [], filters = [] }, index) => [
    ...mirrorsAt(filters, ['routes', index, 'filters']),
    ...backends.flatMap(({ service, filters: own = [] }, position) => {
      const at = ['routes', index, 'backends', position];
      return [
        ...(service === undefined ? [] : [[service, [...at, 'service']] as const]),
        ...mirrorsAt(own, [...at, 'filters']),
      ];
    }),
  ]);
}

type Filters = NonNullable<NonNullable<ServiceDocument['routes']>[number]['filters']>;

function mirrorsAt(filters: Filters, at: Path): (readonly [service: string, at: Path])[] {
  return filters.flatMap(({ requestMirror }, index) =>
    requestMirror?.service === undefined
      ? []
      : [[requestMirror.service, [...at, index, 'requestMirror', 'service']] as const],
  );
}

type HostsAt = (document: ServiceDocument) => readonly (readonly [host: string, at: Path])[];

const publicHostsAt: HostsAt = ({ public: said = {} }) => [
  ...(said.hosts ?? []).map((host, index) => [host.toLowerCase(), ['public', 'hosts', index]] as const),
  ...(said.listeners ?? []).map(
    ({ hostname }, index) =>
      [
        hostname?.toLowerCase() ?? '*',
        ['public', 'listeners', index, ...(hostname === undefined ? [] : ['hostname'])],
      ] as const,
  ),
];

const egressHostsAt: HostsAt = ({ egress }) =>
  (egress?.hosts ?? []).map((host, index) => [host.toLowerCase(), ['egress', 'hosts', index]] as const);

/** Of services that list the same host, the first of the alphabet has it; the others are told. */
function lintHosts(
  document: ServiceDocument,
  hostsAt: HostsAt,
  { services }: MeshAtHand,
  tell: (at: Path, host: string, other: string) => void,
): void {
  const own = hostsAt(document);
  if (own.length === 0) return;
  const holders = new Map<string, string>();
  for (const other of services) {
    if (other.service >= document.service) continue;
    for (const [host] of hostsAt(other)) {
      const before = holders.get(host);
      if (before === undefined || other.service < before) holders.set(host, other.service);
    }
  }
  for (const [host, at] of own) {
    const holder = holders.get(host);
    if (holder !== undefined) tell(at, host, holder);
  }
}

function lintUrls({ versions = {} }: ServiceDocument, mesh: MeshDocument | undefined, warn: Warn): void {
  const allowed = mesh?.egress?.hosts;
  if (allowed === undefined) return;
  const isAllowed = egressFilter(allowed);
  const judge = (url: string | undefined, at: Path) => {
    if (url === undefined || isAllowed(hostOf(url))) return;
    warn(
      lintCode.egressDenied,
      [...at, 'url'],
      `the mesh document does not let calls to ${hostOf(url)} out, so they get 502`,
      `${hostOf(url)} among egress.hosts of the mesh document`,
    );
  };
  for (const [name, { url, endpoints = [] }] of Object.entries(versions)) {
    judge(url, ['versions', name]);
    endpoints.forEach((endpoint, index) => {
      judge(endpoint.url, ['versions', name, 'endpoints', index]);
    });
  }
}
