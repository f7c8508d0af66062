/** The VirtualServices of one gateway, merged: the most specific host decides, alone; of one host the older object's routes come first. */
import { conditions, maxHostnames } from '../../documents/conditions.ts';
import type { DraftRoute } from '../../documents/draft.ts';
import { notFound } from '../../documents/not-found.ts';
import { bySpecificity, type Hostname, intersects } from '../../hostnames.ts';
import { importCode } from '../../import-issue.ts';
import type { Manifest } from '../../manifests/manifest.ts';
import type { GatewayDraft } from '../istio-gateway.ts';

/** A VirtualService with the hosts that the gateway takes it for, and its routes, for whatever host. */
export interface BoundService {
  readonly manifest: Manifest;
  readonly hosts: readonly Hostname[];
  readonly listeners: readonly string[] | undefined;
  readonly routes: readonly DraftRoute[];
}

/** Hosts for which the same objects decide, and which are as specific as each other where that matters. */
interface Block {
  readonly hosts: Hostname[];
  readonly services: readonly BoundService[];
}

/** The routes of a gateway's document. */
export function gatewayRoutes(services: readonly BoundService[], { draft }: GatewayDraft): DraftRoute[] {
  const blocks = blocksOf(services);
  return blocks.flatMap((block, index) => {
    const routes = block.services.flatMap((one) => one.routes.map((route) => ({ route, one })));
    // A route for every call would hide the routes of the objects behind it; the first such route decides.
    const open = routes.filter(({ route }) => route.route.matches === undefined);
    const narrow = routes.filter(({ route }) => route.route.matches !== undefined);
    for (const { route, one } of open.slice(1)) {
      if (one === open[0]?.one) continue;
      const other = open[0]?.one.manifest;
      route.body.origin.tell(
        'error',
        importCode.conflict,
        `VirtualService ${other?.namespace}/${other?.name} has a route for all calls of the same host, which comes first`,
        '',
        false,
      );
    }
    const ordered = block.services.length === 1 ? routes : [...narrow, ...open];
    const all = ordered.flatMap(({ route, one }) => forHosts(route, block.hosts, one.listeners));
    const hides = open.length === 0 && blocks.slice(index + 1).some((later) => covers(later, block));
    return hides ? [...all, ...noRoute(block, draft.origin)] : all;
  });
}

function blocksOf(services: readonly BoundService[]): Block[] {
  const byHost = new Map<Hostname, BoundService[]>();
  for (const service of services) {
    for (const host of service.hosts) byHost.set(host, [...(byHost.get(host) ?? []), service]);
  }
  const hosts = [...byHost.keys()].sort(
    (one, other) => bySpecificity(one, other) || ((one ?? '') < (other ?? '') ? -1 : 1),
  );
  const sets = new Set([...byHost.values()].map((set) => set.map(({ manifest }) => keyOf(manifest)).join()));
  const blocks = new Map<string, Block>();
  for (const host of hosts) {
    const set = byHost.get(host) ?? [];
    const rank =
      sets.size === 1 ? '' : host === undefined ? 'any' : host.startsWith('*.') ? `*${host.length}` : 'exact';
    const key = `${rank} ${set.map(({ manifest }) => keyOf(manifest)).join()}`;
    const block = blocks.get(key) ?? { hosts: [], services: set };
    block.hosts.push(host);
    blocks.set(key, block);
  }
  return [...blocks.values()];
}

function keyOf({ namespace, name }: Manifest): string {
  return `${namespace}/${name}`;
}

function covers(later: Block, block: Block): boolean {
  return later.hosts.some((wide) => block.hosts.some((host) => host !== wide && intersects(wide, host)));
}

/** A route has a bounded number of hosts. */
function forHosts(
  { body, route }: DraftRoute,
  hosts: readonly Hostname[],
  listeners: readonly string[] | undefined,
): DraftRoute[] {
  const names = hosts.flatMap((host) => host ?? []);
  const matches = route.matches ?? [{}];
  // A host among the conditions that stands for every host needs no names.
  if (names.length < hosts.length) return [{ body, route: conditions(listeners, [], matches) }];
  const chunks = Array.from({ length: Math.ceil(names.length / maxHostnames) }, (_, index) =>
    names.slice(index * maxHostnames, (index + 1) * maxHostnames),
  );
  return chunks.map((chunk) => ({ body, route: conditions(listeners, chunk, matches) }));
}

/** A host that has routes is not answered by those of a wildcard that covers it. */
function noRoute(block: Block, origin: DraftRoute['body']['origin']): DraftRoute[] {
  const [host] = block.hosts;
  return forHosts({ body: notFound(`no-route.${host ?? 'any'}`, origin), route: {} }, block.hosts, undefined);
}
