/**
 * Who holds the public addresses of each Worker after a deployment: its edge, or still the Worker itself. Pure, and decided
 * before anything is derived, because a Worker that keeps its addresses is derived with them.
 */

import { meshKey, serviceKey } from '../../../core/configs/edge-config.ts';
import { ownEntry } from '../../../core/own-entry.ts';
import { routeHost } from '../../../derive/plan/public-routes.ts';
import { publicHosts } from '../../../model/references.ts';
import type { MeshDocument } from '../../../model/schema/mesh.ts';
import type { ServiceDocument } from '../../../model/schema/service.ts';
import type { StoredDocuments } from '../../dev/registry/documents.ts';
import { type GatewayRoute, planGateways } from './plan-gateways.ts';
import { answersUnder, type PublicAddresses, type PublicRoute } from './public-route.ts';

export interface PublicWorker extends PublicAddresses {
  /** As documents name it, and as it is deployed. */
  readonly worker: string;
  readonly name: string;
  /** The service as which it calls: its own, or the one of which it is a version. */
  readonly service: string;
  readonly hasAssets: boolean;
}

export interface PublicPlan {
  /** Deployed names of the Workers that keep their public addresses, past the edge. */
  readonly keeps: ReadonlySet<string>;
  /** Routes that go to an edge, by the deployed name of the Worker. */
  readonly moves: Readonly<Record<string, readonly PublicRoute[]>>;
  /** Routes of gateways, services that no Worker is named after: those that Workers hold now, and those that nobody holds. */
  readonly gateways: readonly GatewayRoute[];
  /** Hosts that the open document of a service must list, by service; only for those that nobody wrote a document for. */
  readonly hosts: Readonly<Record<string, readonly string[]>>;
  readonly notes: readonly string[];
  /** What must be put right before anything is deployed, with the remedy. */
  readonly refusals: readonly string[];
}

interface PublicPart {
  readonly hosts: readonly string[];
  readonly via?: 'edge' | 'worker';
  /** By its own document, or by the defaults of the mesh's. */
  readonly strict: boolean;
}

/** `documents` are the written ones, of files and of KV; a service without one gets an open document. */
export function planPublic(workers: readonly PublicWorker[], documents: StoredDocuments): PublicPlan {
  const keeps = new Set<string>();
  const moves: Record<string, PublicRoute[]> = {};
  const hosts: Record<string, string[]> = {};
  const notes: string[] = [];
  const refusals: string[] = [];
  const holders = workers.map((worker) => ({
    ...worker,
    keeps: publicPart(documents, worker.service)?.via === 'worker',
  }));
  const gateways = planGateways(holders, documents);
  for (const worker of workers) {
    const { name, service, hasAssets, workersDev } = worker;
    const routes = worker.routes.filter(
      (route) => !gateways.routes.some((one) => one.from === name && one.route === route),
    );
    const written = publicPart(documents, service);
    const own = worker.worker === service;
    if (written?.strict && hasAssets)
      notes.push(
        `${name}: it has static assets, whose router drops the edge's mark, so it cannot tell calls that come past its edge, and access.mode: strict refuses none of them there`,
      );
    const via = own ? (written?.via ?? (hasAssets ? 'worker' : 'edge')) : 'edge';
    if (via === 'worker') {
      keeps.add(name);
      notes.push(...keptNotes(worker, written));
      if (written?.strict && !hasAssets && (routes.length > 0 || workersDev))
        refusals.push(
          `${name}: access.mode of ${service} is strict, but its public addresses stay with the Worker, which would refuse every call that comes by them; say public.via: edge, or access.mode: permissive in the document of ${service}`,
        );
      continue;
    }
    if (hasAssets && routes.length > 0)
      notes.push(
        `${name}: its document says public.via: edge; requests for static assets cost nothing on the Worker itself, before which an edge makes each of them a billed request and one Worker invocation more`,
      );
    const listed = written?.hosts ?? [];
    const moved: PublicRoute[] = [];
    for (const route of routes) {
      const host = routeHost(route.pattern);
      const answered = listed.filter((one) => answersUnder(one, host));
      if (answered.length > 0) {
        moved.push(route);
        if (host.startsWith('*') && !answered.some((one) => one === '*' || one === host))
          notes.push(
            `${route.pattern}: the edge of ${service} answers under the hosts of its document only (${answered.join(', ')}); others of this pattern get 404`,
          );
      } else if (!own) {
        keeps.add(name);
        notes.push(
          `${name}: ${route.pattern} stays with it, past the edge of ${service}, whose document does not list the host`,
        );
      } else if (host.startsWith('*')) {
        refusals.push(
          `${name}: ${route.pattern} stands for many hosts, and an edge answers under the hosts that its document lists; list them in public.hosts of ${service} (*.example.com is for all below a domain), or leave the route with the Worker by public.via: worker`,
        );
      } else if (written === undefined) {
        moved.push(route);
        hosts[service] = [...new Set([...(ownEntry(hosts, service) ?? []), host])];
      } else
        refusals.push(
          `${name}: ${route.pattern} goes to the edge of ${service}, which would answer 404, because its document does not list the host; add public: { hosts: [${host}] }, or leave the route with the Worker by public.via: worker`,
        );
    }
    if (moved.length > 0) moves[name] = moved;
  }
  return {
    keeps,
    moves,
    gateways: gateways.routes,
    hosts,
    notes: [...notes, ...gateways.notes],
    refusals,
  };
}

function keptNotes({ name, routes, workersDev, hasAssets }: PublicWorker, written: PublicPart | undefined): string[] {
  const addresses = [...routes.map(({ pattern }) => pattern), ...(workersDev ? ['workers.dev'] : [])];
  if (addresses.length === 0) return [];
  const why = written?.via === 'worker' ? 'its document says public.via: worker' : 'it has static assets';
  const cost = hasAssets
    ? '; public.via: edge would make every request for an asset, which is free now, a billed request and one Worker invocation more'
    : '';
  return [
    `${name}: ${why}, so ${addresses.join(', ')} ${addresses.length === 1 ? 'stays' : 'stay'} with it, and calls that come by ${addresses.length === 1 ? 'it' : 'them'} pass no edge${cost}`,
  ];
}

function publicPart(documents: StoredDocuments, service: string): PublicPart | undefined {
  const text = documents[serviceKey(service)];
  if (text === undefined) return undefined;
  const { public: said, access } = parsed(text) as Partial<ServiceDocument>;
  const { defaults } = parsed(documents[meshKey] ?? '{}') as MeshDocument;
  const inherited = access?.inherit === false ? undefined : defaults?.access?.mode;
  return {
    hosts: publicHosts({ public: said }),
    ...(said?.via === undefined ? {} : { via: said.via }),
    strict: (access?.mode ?? inherited) === 'strict',
  };
}

/** Documents are checked before they come here; one that is none says nothing. */
function parsed(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** Services whose Workers refuse calls that come past the edge. */
export function strictServices(documents: StoredDocuments): Set<string> {
  const prefix = serviceKey('');
  const services = Object.keys(documents).flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []));
  return new Set(services.filter((service) => publicPart(documents, service)?.strict));
}
