/** VirtualServices: routes of the services that they name, and of the gateways to which they are bound. */
import { Draft, type DraftRoute } from '../../documents/draft.ts';
import { type Hostname, intersects } from '../../hostnames.ts';
import { importCode } from '../../import-issue.ts';
import type { Located } from '../../manifests/located.ts';
import type { Manifest } from '../../manifests/manifest.ts';
import { Destinations } from '../destinations/destinations.ts';
import { type Host, isKnownHost, type KnownHost } from '../destinations/host.ts';
import type { GatewayDraft } from '../istio-gateway.ts';
import type { IstioInput } from '../istio-input.ts';
import { readVisibility } from '../visibility.ts';
import { layeredRoutes } from './delegates.ts';
import { type BoundService, gatewayRoutes } from './gateway-routes.ts';
import { convertHttpRoute } from './http-route.ts';
import { field, type Layers } from './layers.ts';
import type { CalledPorts } from './redirect.ts';

/** The word for calls inside of the mesh, beside names of gateways. */
const meshWord = 'mesh';

export class VirtualServices {
  private readonly roots: readonly Manifest[];
  private readonly delegates: readonly Manifest[];
  /** Hosts for which one of them decides. */
  readonly routed = new Set<string>();
  /** Services for which one of them decides, with its name. */
  private readonly owners = new Map<string, string>();

  /** `services`: the older ones first. */
  constructor(
    services: readonly Manifest[],
    private readonly input: IstioInput,
  ) {
    this.roots = services.filter(hasHosts);
    this.delegates = services.filter((one) => !hasHosts(one));
    for (const service of services) checkFrame(service);
    this.tellUnused();
  }

  /** Whether a service's calls are decided by a VirtualService. */
  isRouted(service: string): boolean {
    return this.owners.has(service);
  }

  /** Routes of the services that they name. */
  importMesh(): void {
    for (const service of this.roots) {
      if (!gatewaysOf(service).includes(meshWord)) continue;
      for (const where of service.spec.get('hosts').items()) {
        const text = where.text();
        if (text !== undefined) this.importHost(service, text, where);
      }
    }
  }

  private importHost(service: Manifest, text: string, where: Located): void {
    const host = this.input.hosts.resolve(text, service.namespace);
    if (host.kind === 'wildcard') {
      where.refuse('routes of the mesh belong to one service, or to one host');
      return;
    }
    const draft = isKnownHost(host) ? this.input.draftOf(host, service.root) : this.outside(host.host, service);
    const isService = host.kind === 'service';
    const name = `VirtualService ${service.namespace}/${service.name}`;
    // Hosts of one ServiceEntry are told apart; several names of one service are not.
    const key = isService ? draft.service : host.host;
    const owner = this.owners.get(key) ?? (isService && draft.routes.length > 0 ? 'an HTTPRoute' : undefined);
    if (owner === name) return;
    if (owner !== undefined) {
      const message = `${owner} decides the calls of ${text} already, and is the one that counts`;
      where.tell('error', importCode.conflict, message, '', false);
      return;
    }
    this.owners.set(key, name);
    if (!isService) this.routed.add(host.host);
    const own = isKnownHost(host) ? host : undefined;
    const routes = this.routesOf(service, meshWord, own, draft.service, this.portsOf(host));
    const hostnames = isService ? {} : { hostnames: [host.host] };
    draft.routes.push(...routes.map(({ body, route }) => ({ body, route: { ...hostnames, ...route } })));
  }

  /** A host without a ServiceEntry: a service that stands for it, and has nothing but these routes. */
  private outside(host: string, { namespace, root }: Manifest): Draft {
    const { names, drafts } = this.input.context;
    const service = names.of('external', namespace, host);
    const draft = drafts.get(service) ?? new Draft(service, root);
    draft.settings.egress = { hosts: [host] };
    drafts.set(service, draft);
    return draft;
  }

  private portsOf(host: Host): CalledPorts {
    const ports =
      host.kind === 'service'
        ? this.input.context.cluster.service(host.namespace, host.name)?.ports.map(({ port }) => port)
        : undefined;
    return ports === undefined || ports.length === 0
      ? { list: usualPorts, areKnown: false }
      : { list: ports, areKnown: true };
  }

  /** Routes of a gateway. */
  importGateway(manifest: Manifest, gateway: GatewayDraft): void {
    const key = `${manifest.namespace}/${manifest.name}`;
    const bound = this.roots
      .filter((service) => gatewaysOf(service).includes(key))
      .flatMap((service) => this.bind(service, key, gateway));
    gateway.draft.routes.push(...gatewayRoutes(bound, gateway));
  }

  private bind(service: Manifest, key: string, { draft, servers }: GatewayDraft): BoundService[] {
    const mine = servers.filter(({ namespace }) => namespace === undefined || namespace === service.namespace);
    const hosts = service.spec
      .get('hosts')
      .items()
      .flatMap((where): Hostname[] => {
        const names = hostnamesOf(where.text() ?? '', service.namespace);
        const fitting = names.filter((name) => mine.some(({ listener }) => intersects(listener.hostname, name)));
        if (fitting.length === 0)
          where.tell('warning', importCode.notAttached, `the gateway ${key} has no server for this host`, '', false);
        return fitting;
      });
    if (hosts.length === 0) return [];
    const list = [...new Set(mine.flatMap(({ listener }) => listener.port ?? []))];
    const ports = { list, areKnown: true };
    const listeners = mine.length === servers.length ? undefined : mine.map(({ listener }) => listener.name);
    const routes = this.routesOf(service, key, undefined, draft.service, ports);
    return [{ manifest: service, hosts: [...new Set(hosts)], listeners, routes }];
  }

  private routesOf(
    service: Manifest,
    gateway: string,
    host: KnownHost | undefined,
    document: string,
    ports: CalledPorts,
  ): DraftRoute[] {
    const { context } = this.input;
    const draft = context.drafts.get(document);
    if (draft === undefined) return [];
    return layeredRoutes(service, this.delegates).flatMap((route) => {
      const scope = { context, namespace: service.namespace };
      const takes = (match: Layers): boolean => {
        const named = field(match, 'gateways').items();
        return named.length === 0 || named.some((item) => gatewayName(item.text() ?? '', service) === gateway);
      };
      const destinations = new Destinations(draft, host, route.namespace, this.input);
      return convertHttpRoute(route, { destinations, scope, ports, takes });
    });
  }

  /** A delegate that nobody uses has no effect. */
  private tellUnused(): void {
    for (const { namespace, name, root } of this.delegates) {
      const isUsed = this.roots.some((service) =>
        service.spec
          .get('http')
          .items()
          .map((item) => item.get('delegate'))
          .some(
            (one) => one.get('name').value === name && (one.get('namespace').value || service.namespace) === namespace,
          ),
      );
      if (!isUsed)
        root.tell(
          'warning',
          importCode.notAttached,
          'a VirtualService without hosts, to which none delegates',
          '',
          false,
        );
    }
  }

  /** Gateways that are named and not there. */
  tellUnknownGateways(known: ReadonlySet<string>): void {
    for (const service of this.roots) {
      for (const item of service.spec.get('gateways').items()) {
        const name = gatewayName(item.text() ?? '', service);
        if (name !== meshWord && !known.has(name))
          item.tell('error', importCode.notAttached, `there is no Gateway ${name} in the input`, '', false);
      }
    }
  }
}

const usualPorts = [80, 443];

function hasHosts(service: Manifest): boolean {
  return service.spec.get('hosts').items().length > 0;
}

function checkFrame({ root, spec }: Manifest): void {
  root.only(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
  spec.only(['hosts', 'gateways', 'http', 'exportTo'], {
    tls: 'TLS that is not ended at Cloudflare does not reach a Worker',
    tcp: 'Workers route calls by HTTP and RPC',
  });
  readVisibility(spec.get('exportTo'));
}

/** Without gateways a VirtualService is for calls inside of the mesh. */
function gatewaysOf(service: Manifest): string[] {
  const items = service.spec.get('gateways').items();
  return items.length === 0 ? [meshWord] : items.map((item) => gatewayName(item.text() ?? '', service));
}

/** `gateway`, `namespace/gateway`, or a DNS name of old. */
function gatewayName(text: string, { namespace }: Manifest): string {
  if (text === meshWord || text.includes('/')) return text;
  const [name = '', its, svc] = text.split('.');
  return svc === 'svc' ? `${its}/${name}` : `${namespace}/${text}`;
}

/** A short name is one of Kubernetes, and clients may use it as it is. */
function hostnamesOf(text: string, namespace: string): Hostname[] {
  const host = text.toLowerCase();
  if (host === '*') return [undefined];
  return host.includes('.') ? [host] : [host, `${host}.${namespace}.svc.cluster.local`];
}
