/**
 * HTTPRoutes whose parent is a Service become routes of that service's document (GEP-1294). Routes of the service's own namespace are
 * for every caller; those of another namespace are for the callers of that namespace, who then see none of the others.
 */
import type { ImportContext } from '../context.ts';
import type { Match } from '../documents/document-types.ts';
import { Draft, type DraftRoute, givenName } from '../documents/draft.ts';
import { declareWhole, targetWithin } from '../documents/versions.ts';
import type { Located } from '../manifests/located.ts';
import type { Manifest } from '../manifests/manifest.ts';
import { madeFrom, originOf } from '../manifests/origin.ts';
import { References } from './backend-refs.ts';
import { namesObject } from './gateway.ts';
import { mergeEntries } from './merge-entries.ts';
import { baseOf, byPrecedence, type Entry } from './precedence.ts';
import { convertRules } from './rule.ts';

/** Whether a parentRef names a Service. */
export function isServiceRef(ref: Located): boolean {
  return (ref.get('group').text() ?? '') === '' && ref.get('kind').text() === 'Service';
}

/** Ports that routes are for; undefined: every port. */
type Ports = readonly number[] | undefined;

interface AttachedRoute {
  readonly route: Manifest;
  readonly ref: Located;
  readonly ports: Ports;
}

/** Imports the routes of one service. */
export function importMeshRoutes(
  namespace: string,
  name: string,
  routes: readonly Manifest[],
  context: ImportContext,
): void {
  const attached = routes.flatMap((route) => attachmentsOf(route, namespace, name));
  const [first] = attached;
  if (first === undefined) return;
  const service = context.names.of('service', namespace, name);
  const draft = context.drafts.get(service) ?? new Draft(service, first.ref);
  context.drafts.set(service, draft);
  const own = attached.filter(({ route }) => route.namespace === namespace);
  const consumers = [...new Set(attached.map(({ route }) => route.namespace))]
    .filter((other) => other !== namespace)
    .sort();
  const table = new MeshTable(draft, { namespace, name }, context);
  const consuming: string[] = [];
  for (const consumer of consumers) {
    const theirs = attached.filter(({ route }) => route.namespace === consumer);
    const callers = context.cluster.callersOf(consumer);
    if (callers.length === 0) {
      theirs[0]?.ref.refuse(
        `the route is for callers of the namespace ${consumer}, and the input names none of them`,
        `their Services or Deployments, or --namespace ${consumer}=NAME,NAME`,
      );
      continue;
    }
    consuming.push(...callers);
    table.add({ from: { principals: callers } }, [theirs, own]);
  }
  table.add(consuming.length === 0 ? {} : { from: { notPrincipals: [...new Set(consuming)].sort() } }, [own]);
  draft.routes.push(...table.routes);
}

function attachmentsOf(route: Manifest, namespace: string, name: string): AttachedRoute[] {
  const refs = route.spec
    .get('parentRefs')
    .items()
    .filter((ref) => isServiceRef(ref) && namesObject(ref, route, namespace, name));
  const [ref] = refs;
  if (ref === undefined) return [];
  ref.get('sectionName').pointless('ports of a service are told by their numbers');
  route.spec
    .get('hostnames')
    .pointless('a route of a mesh service is for whoever calls it, under whatever host (GEP-1294)');
  const ports = refs.map((one) => one.get('port').number());
  return [{ route, ref, ports: ports.includes(undefined) ? undefined : ports.flatMap((port) => port ?? []) }];
}

/** Builds the routes of a service, caller by caller: whoever has routes for a port has those alone, and where none has any calls just pass. */
class MeshTable {
  readonly routes: DraftRoute[] = [];

  constructor(
    private readonly draft: Draft,
    private readonly parent: { readonly namespace: string; readonly name: string },
    private readonly context: ImportContext,
  ) {}

  /** `layers`: the routes that callers with this condition use, each for the ports that none before it is for. */
  add(who: Match, layers: readonly (readonly AttachedRoute[])[]): void {
    let open: Ports | 'none';
    let origin: Located = this.draft.origin;
    for (const layer of layers) {
      if (layer.length === 0) continue;
      origin = layer[0]?.ref ?? origin;
      if (open === 'none') return;
      this.routes.push(
        ...mergeEntries(layer.flatMap((one) => this.entriesOf(one, who, open as Ports)).sort(byPrecedence)),
      );
      open = this.without(open, layer, origin);
    }
    if (open !== 'none') this.pass(who, open, origin);
  }

  /** The ports of `open` that no route of a layer is for. */
  private without(open: Ports, layer: readonly AttachedRoute[], origin: Located): Ports | 'none' {
    if (layer.some(({ ports }) => ports === undefined)) return 'none';
    const taken = new Set(layer.flatMap(({ ports }) => ports ?? []));
    const { namespace, name } = this.parent;
    const ports = open ?? this.context.cluster.service(namespace, name)?.ports.map(({ port }) => port);
    if (ports === undefined) {
      origin
        .get('port')
        .refuse('the input does not tell the other ports of the service, for which this route is not', 'its Service');
      return 'none';
    }
    const left = ports.filter((port) => !taken.has(port));
    return left.length === 0 ? 'none' : left;
  }

  private entriesOf({ route, ports }: AttachedRoute, who: Match, open: Ports): Entry[] {
    const both = open === undefined ? ports : (ports?.filter((port) => open.includes(port)) ?? open);
    if (both?.length === 0) return [];
    const condition: Match = { ...who, ...(both === undefined ? {} : { ports: [...both] }) };
    const { draft, parent, context } = this;
    const references = new References(context, route, undefined, (namespace, name, ref) =>
      targetWithin(draft, parent, { namespace, name }, context, ref),
    );
    return convertRules(route, references).flatMap((rule, ruleIndex) =>
      rule.matches.map((match, matchIndex) => ({
        rule,
        route,
        hostname: undefined,
        match: madeFrom(originOf(match), { ...match, ...condition }),
        base: baseOf(match),
        listeners: undefined,
        position: [ruleIndex, matchIndex] as const,
      })),
    );
  }

  /** Without a route a service is plain passage. */
  private pass(who: Match, open: Ports, origin: Located): void {
    const { namespace, name } = this.parent;
    const match: Match = { ...who, ...(open === undefined ? {} : { ports: [...open] }) };
    const version = declareWhole(this.draft, namespace, name, this.context, origin);
    this.routes.push({
      body: { name: givenName(`${name}.passage`), backends: [{ version }], origin, comments: [] },
      route: Object.keys(match).length === 0 ? {} : { matches: [match] },
    });
  }
}
