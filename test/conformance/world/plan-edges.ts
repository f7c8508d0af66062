/** Which edges the documents of all cases need, and what each of them is bound to. */
import { defaultUpstream, type EdgeVars, type MeshProps } from '../../../src/core/configs/edge-config.ts';
import type { Pod } from './pod.ts';
import { calledBy, namedBy, reachable, renamed } from './service-names.ts';
import type { Json, World } from './world.ts';

/** A pod that calls other services before it answers. */
export interface App {
  /** Name of its Worker in the process. */
  readonly name: string;
  readonly service: string;
  readonly version: string;
  /** File of its code among the test's Workers; the sample's pages by default. */
  readonly module?: string;
  /** Services that it has bindings to. */
  readonly calls: readonly string[];
}

/** How a probe enters the mesh. */
export type Entry =
  | { readonly kind: 'public'; readonly gateway: string }
  | { readonly kind: 'mesh'; readonly caller: string; readonly service: string }
  | { readonly kind: 'pod'; readonly pod: Pod };

/** One case's world, the entries that its probes need, and its pods that are apps instead of echoes. */
export interface WorldToRun {
  readonly world: World;
  readonly entries: readonly Entry[];
  /** By Worker. */
  readonly apps?: ReadonlyMap<string, App>;
}

/** A binding to the mesh door of an edge. */
export interface MeshBinding {
  readonly edge: string;
  readonly props: MeshProps;
}

/** One edge Worker; its parts grow while cases are planned. */
export class PlannedEdge {
  readonly documents = new Map<string, Json>();
  /** By Worker, as documents name it. */
  readonly workers = new Map<string, Pod | App>();
  /** By the name of the binding. */
  readonly peers = new Map<string, MeshBinding>();
  private readonly peerTable: Record<string, Record<string, string>> = {};
  /** What a service of this edge leads to, by its name here: cases that say the same share it. */
  private readonly contents = new Map<string, string>();

  constructor(
    /** Of the Worker in the process. */
    readonly name: string,
    readonly mesh: Json,
    /** Services that it stands before whether or not they have a document. */
    private readonly services: readonly string[] = [],
  ) {}

  /** A name for a service that no other case has given another meaning. */
  nameFor(service: string, content: string): string {
    for (let count = 1; ; count++) {
      const name = count === 1 ? service : `${service}-${count}`;
      const known = this.contents.get(name);
      if (known === undefined) this.contents.set(name, content);
      if ((known ?? content) === content) return name;
    }
  }

  /** Takes up a document, in which services have their final names; peers stand behind `peerEdge`. */
  add(service: string, document: Json, peerEdge: PlannedEdge, { world, apps }: WorldToRun): void {
    this.documents.set(service, document);
    for (const worker of namedBy(document, 'worker')) {
      const answers = apps?.get(worker) ?? world.pods.get(worker);
      const known = this.workers.get(worker);
      if (answers === undefined) continue;
      if (known !== undefined && JSON.stringify(known) !== JSON.stringify(answers)) {
        throw new Error(`${world.name} has another Worker ${worker} than the cases before`);
      }
      this.workers.set(worker, answers);
    }
    for (const peer of calledBy(document)) {
      if (!peerEdge.documents.has(peer)) continue;
      const binding = `PEER ${service} ${peer}`;
      this.peers.set(binding, {
        edge: peerEdge.name,
        props: { caller: service, service: peer, upstream: defaultUpstream },
      });
      this.peerTable[service] = { ...this.peerTable[service], [peer]: binding };
    }
  }

  get vars(): EdgeVars & Readonly<Record<string, unknown>> {
    const upstreams = [...this.workers.keys()].map((worker) => [
      worker,
      { binding: bindingOf(worker), runtime: false },
    ]);
    return {
      SERVICES: [...new Set([...this.services, ...this.documents.keys()])],
      UPSTREAMS: { [defaultUpstream]: Object.fromEntries(upstreams) },
      PEERS: this.peerTable,
      DECLARED: {},
      HOSTS: {},
      REFRESH_SECONDS: 30,
    };
  }
}

export function bindingOf(worker: string): string {
  return `WORKER ${worker}`;
}

export interface EdgePlan {
  readonly edges: readonly PlannedEdge[];
  /** Where an entry of a world leads; without props it is a public door. */
  readonly doorOf: (world: World, entry: Exclude<Entry, { kind: 'pod' }>) => { edge: string; props?: MeshProps };
}

/**
 * Each gateway of each case has an edge of its own. The services of all cases share one, as a group of services does, since what starts a
 * process is its number of Workers; where cases say different things of a service, all but the first get a number behind its name.
 */
export function planEdges(cases: readonly WorldToRun[]): EdgePlan {
  const shared = new Map<string, PlannedEdge>();
  const gateways = new Map<string, PlannedEdge>();
  const names = new Map<World, { readonly inside: PlannedEdge; readonly nameOf: ReadonlyMap<string, string> }>();
  for (const one of cases) {
    const { world, entries, apps } = one;
    const called = [...(apps?.values() ?? [])].flatMap(({ calls }) => calls);
    const services = reachable(world, [...entries.flatMap(serviceOf), ...called]);
    const key = JSON.stringify([world.mesh, apps === undefined || apps.size === 0 ? '' : world.name]);
    const inside = shared.get(key) ?? new PlannedEdge(`services-${shared.size}`, world.mesh);
    shared.set(key, inside);
    const nameOf = new Map<string, string>();
    const within = services.filter((service) => !world.gateways.includes(service));
    for (const service of within) {
      const content = reachable(world, [service]).map((each) => [each, world.documents.get(each)]);
      nameOf.set(service, inside.nameFor(service, JSON.stringify(content)));
    }
    names.set(world, { inside, nameOf });
    const documentOf = (service: string): Json => renamed(world.documents.get(service) ?? {}, nameOf);
    // Peers are bound where they are there: first all of them, then what names them.
    for (const service of within) inside.documents.set(nameOf.get(service) ?? service, documentOf(service));
    for (const service of within) inside.add(nameOf.get(service) ?? service, documentOf(service), inside, one);
    for (const gateway of services.filter((service) => world.gateways.includes(service))) {
      const edge = new PlannedEdge(`gateway-${gateways.size}`, world.mesh, [gateway]);
      if (world.documents.has(gateway)) edge.add(gateway, documentOf(gateway), inside, one);
      gateways.set(`${world.name} ${gateway}`, edge);
    }
  }
  return {
    edges: [...shared.values(), ...gateways.values()].filter(({ vars }) => vars.SERVICES.length > 0),
    doorOf: (world, entry) => {
      if (entry.kind === 'public') return { edge: gateways.get(`${world.name} ${entry.gateway}`)?.name ?? '' };
      const gateway = gateways.get(`${world.name} ${entry.service}`);
      if (gateway !== undefined)
        return {
          edge: gateway.name,
          props: { caller: entry.caller, service: entry.service, upstream: defaultUpstream },
        };
      const { inside, nameOf } = names.get(world) ?? {};
      const service = nameOf?.get(entry.service) ?? entry.service;
      return { edge: inside?.name ?? '', props: { caller: entry.caller, service, upstream: defaultUpstream } };
    },
  };
}

function serviceOf(entry: Entry): string[] {
  if (entry.kind === 'pod') return [];
  return [entry.kind === 'public' ? entry.gateway : entry.service];
}
