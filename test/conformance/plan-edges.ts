/** Which edges a case's documents need, and what each of them is bound to. */
import { createHash } from 'node:crypto';
import { defaultUpstream, type EdgeVars, type MeshProps, type PeerTable } from '../../src/core/edge-config.ts';
import type { Pod } from './pod.ts';
import type { World } from './world.ts';

/** A pod that calls other services before it answers. */
export interface App {
  /** Name of its Worker in the process. */
  readonly name: string;
  readonly service: string;
  readonly version: string;
  /** Services that it has bindings to. */
  readonly calls: readonly string[];
}

export interface PlannedEdge {
  /** Name of its Worker in the process. */
  readonly name: string;
  readonly vars: EdgeVars & Readonly<Record<string, unknown>>;
  /** By the name of the binding. */
  readonly pods: ReadonlyMap<string, Pod>;
  /** Binding to the Worker of an app. */
  readonly apps: ReadonlyMap<string, string>;
  /** Bindings to the mesh doors of edges: what the document's routes send to other services. */
  readonly peers: ReadonlyMap<string, { readonly edge: string; readonly props: MeshProps }>;
}

/** An edge for each gateway, and one for all other services of the case. */
export function planEdges(world: World, apps: ReadonlyMap<string, App> = new Map()): readonly PlannedEdge[] {
  const gateways = new Set(world.gateways);
  const inside = [...world.documents.keys()].filter((service) => !gateways.has(service));
  const groups = [...world.gateways.map((gateway) => [gateway]), ...(inside.length === 0 ? [] : [inside])];
  const edgeOf = new Map<string, string>();
  for (const group of groups) {
    const isGateway = group.some((service) => gateways.has(service));
    const name = edgeName(world, group, isGateway || apps.size > 0);
    for (const service of group) edgeOf.set(service, name);
  }
  return groups.map((services) => planEdge(world, services, edgeOf, apps));
}

/** Edges of several cases that would be alike in all that they hold have one name, and are one. */
function edgeName(world: World, services: readonly string[], isOfItsCase: boolean): string {
  const documents = services.map((service) => world.documents.get(service));
  const pods = documents.flatMap((document) => namedBy(document, 'worker').map((worker) => world.pods.get(worker)));
  const content = JSON.stringify([isOfItsCase ? world.name : '', services, documents, pods, world.mesh]);
  return `edge-${createHash('sha256').update(content).digest('hex').slice(0, 16)}`;
}

function planEdge(
  world: World,
  services: readonly string[],
  edgeOf: ReadonlyMap<string, string>,
  apps: ReadonlyMap<string, App>,
): PlannedEdge {
  const documents = services.map((service) => [service, world.documents.get(service)] as const);
  const pods = new Map<string, Pod>();
  const appBindings = new Map<string, string>();
  const upstreams: Record<string, { binding: string; runtime: boolean }> = {};
  for (const worker of new Set(documents.flatMap(([, document]) => namedBy(document, 'worker')))) {
    const app = apps.get(worker);
    const pod = world.pods.get(worker);
    if (app === undefined && pod === undefined) continue;
    const binding = `WORKER ${worker}`;
    if (app !== undefined) appBindings.set(binding, app.name);
    else if (pod !== undefined) pods.set(binding, pod);
    upstreams[worker] = { binding, runtime: false };
  }
  const peers = new Map<string, { edge: string; props: MeshProps }>();
  const table: Record<string, Record<string, string>> = {};
  for (const [service, document] of documents) {
    for (const peer of new Set(namedBy(document?.routes, 'service'))) {
      const edge = edgeOf.get(peer);
      if (edge === undefined) continue;
      const binding = `PEER ${service} ${peer}`;
      peers.set(binding, { edge, props: { caller: service, service: peer, upstream: defaultUpstream } });
      table[service] = { ...table[service], [peer]: binding };
    }
  }
  const vars = {
    SERVICES: services,
    UPSTREAMS: { [defaultUpstream]: upstreams },
    PEERS: table satisfies PeerTable,
    DECLARED: {},
    HOSTS: {},
    REFRESH_SECONDS: 30,
  };
  return { name: edgeOf.get(services[0] as string) as string, vars, pods, apps: appBindings, peers };
}

/** Every text that stands under a key somewhere in a document: the Workers, or the services, that it names. */
function namedBy(value: unknown, key: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    name === key && typeof part === 'string' ? [part] : namedBy(part, key),
  );
}
