/** One Gateway becomes one document: its listeners, and the routes that are attached to them. */

import { ownEntry } from '../../core/own-entry.ts';
import type { ImportContext } from '../context.ts';
import type { Listener } from '../documents/document-types.ts';
import { Draft, givenName } from '../documents/draft.ts';
import { withNeededPorts } from '../documents/listeners.ts';
import { type Hostname, intersects } from '../hostnames.ts';
import { importCode } from '../import-issue.ts';
import { hasLabels, type Labels } from '../manifests/cluster.ts';
import type { Located } from '../manifests/located.ts';
import type { Manifest } from '../manifests/manifest.ts';
import { type Grant, References } from './backend-refs.ts';
import { mergeEntries } from './merge-entries.ts';
import { baseOf, byPrecedence, type Entry } from './precedence.ts';
import { convertRules } from './rule.ts';

export const gatewayGroup = 'gateway.networking.k8s.io';

interface GatewayListener {
  readonly name: string;
  readonly listener: Listener;
  readonly hostname: Hostname;
  readonly port: number;
  readonly allows: (route: Manifest) => boolean;
}

/** Imports a Gateway with the HTTPRoutes that name it. */
export function importGateway(
  gateway: Manifest,
  routes: readonly Manifest[],
  grants: readonly Grant[],
  context: ImportContext,
): void {
  const service = context.names.of('gateway', gateway.namespace, gateway.name);
  const draft = new Draft(service, gateway.root);
  const { value: listeners, found } = context.report.during(() => readListeners(gateway, context));
  draft.remark(found);
  if (listeners.length === 0) return;
  draft.listen(withNeededPorts(listeners.map(({ listener }) => listener)));
  const entries = routes.flatMap((route) => entriesOf(route, gateway, listeners, grants, context));
  if (entries.length === 0) {
    gateway.root.tell('warning', importCode.notAttached, 'no route is attached to this gateway', '', false);
  }
  draft.routes.push(...mergeEntries(entries.sort(byPrecedence)));
  context.drafts.set(service, draft);
}

const gatewayRefusals = {
  addresses: 'addresses of a Worker are given by its routes and custom domains',
  infrastructure: 'there is no infrastructure of a gateway to be labelled',
  backendTLS: 'calls to services of the mesh are service bindings, which need no client certificate',
  allowedListeners: 'listeners of a gateway stand in the gateway itself',
  defaultScope: 'a route says to which gateways it belongs',
  tls: 'client certificates on a listener are configured in Cloudflare, and who holds them in authentication.mtls',
};

const listenerFields = ['name', 'hostname', 'port', 'protocol', 'tls', 'allowedRoutes'];

function readListeners(gateway: Manifest, context: ImportContext): GatewayListener[] {
  gateway.root.only(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
  gateway.spec.only(['gatewayClassName', 'listeners'], gatewayRefusals);
  const seen = new Map<string, string>();
  return gateway.spec
    .get('listeners')
    .items()
    .flatMap((item): GatewayListener[] => {
      item.only(listenerFields);
      const name = givenName(item.get('name').text() ?? '');
      const protocol = item.get('protocol').text();
      const port = item.get('port').number();
      const hostname = item.get('hostname').text()?.toLowerCase() || undefined;
      if (protocol !== 'HTTP' && protocol !== 'HTTPS') {
        item.get('protocol').refuse(`a Worker is called by HTTP and HTTPS, and not by ${protocol}`, 'HTTP or HTTPS');
        return [];
      }
      if (port === undefined) {
        item.get('port').wrong('a port');
        return [];
      }
      const key = `${port} ${protocol} ${hostname ?? '*'}`;
      const earlier = seen.get(key);
      if (earlier !== undefined) {
        item.tell(
          'error',
          importCode.conflict,
          `listener ${earlier} has the same port, protocol and hostname`,
          '',
          false,
        );
        return [];
      }
      seen.set(key, name);
      readTls(item.get('tls'));
      const listener: Listener = { name, ...(hostname === undefined ? {} : { hostname }), port, protocol };
      return [
        { name, listener, hostname, port, allows: readAllowedRoutes(item.get('allowedRoutes'), gateway, context) },
      ];
    });
}

function readTls(tls: Located): void {
  if (!tls.present) return;
  if (tls.get('mode').text() === 'Passthrough')
    tls.get('mode').refuse('TLS of a Worker ends at Cloudflare', 'mode Terminate');
  tls.only(['mode', 'certificateRefs', 'options']);
  tls.get('certificateRefs').pointless('certificates of a host are kept by Cloudflare');
  tls.get('options').pointless('how TLS is done is configured in Cloudflare');
}

/** Whether routes of a namespace may attach; those of the gateway's own by default. */
function readAllowedRoutes(
  allowed: Located,
  gateway: Manifest,
  { cluster }: ImportContext,
): (route: Manifest) => boolean {
  allowed.only(['namespaces', 'kinds']);
  const kinds = allowed.get('kinds').items();
  for (const kind of kinds) kind.only(['group', 'kind']);
  const takesHttpRoutes =
    kinds.length === 0 ||
    kinds.some(
      (kind) => (kind.get('group').text() ?? gatewayGroup) === gatewayGroup && kind.get('kind').text() === 'HTTPRoute',
    );
  const namespaces = allowed.get('namespaces').only(['from', 'selector']);
  const from = namespaces.get('from').word(['All', 'Selector', 'Same', 'None']) ?? 'Same';
  const selector = readSelector(namespaces.get('selector'));
  return (route) => {
    if (!takesHttpRoutes || from === 'None') return false;
    if (from === 'All') return true;
    return from === 'Same'
      ? route.namespace === gateway.namespace
      : selector(cluster.labelsOfNamespace(route.namespace));
  };
}

/** A LabelSelector. */
function readSelector(field: Located): (labels: Labels) => boolean {
  if (!field.present) return () => false;
  field.only(['matchLabels', 'matchExpressions']);
  const wanted = field.get('matchLabels').texts();
  const expressions = field
    .get('matchExpressions')
    .items()
    .map((item) => {
      item.only(['key', 'operator', 'values']);
      const key = item.get('key').text() ?? '';
      const operator = item.get('operator').word(['In', 'NotIn', 'Exists', 'DoesNotExist']) ?? 'DoesNotExist';
      const values = item
        .get('values')
        .items()
        .flatMap((value) => value.text() ?? []);
      return (labels: Labels): boolean => {
        const value = ownEntry(labels, key);
        if (operator === 'Exists') return value !== undefined;
        if (operator === 'DoesNotExist') return value === undefined;
        return (value !== undefined && values.includes(value)) === (operator === 'In');
      };
    });
  return (labels) => hasLabels(labels, wanted) && expressions.every((holds) => holds(labels));
}

/** Whether a parentRef names a gateway, and not a service. */
export function isGatewayRef(ref: Located): boolean {
  return (
    (ref.get('group').text() ?? gatewayGroup) === gatewayGroup && (ref.get('kind').text() ?? 'Gateway') === 'Gateway'
  );
}

/** Whether a parentRef names this object. */
export function namesObject(ref: Located, route: Manifest, namespace: string, name: string): boolean {
  return ref.get('name').text() === name && (ref.get('namespace').text() || route.namespace) === namespace;
}

function entriesOf(
  route: Manifest,
  gateway: Manifest,
  listeners: readonly GatewayListener[],
  grants: readonly Grant[],
  context: ImportContext,
): Entry[] {
  const hostnames = route.spec.get('hostnames').items();
  const names = hostnames.flatMap((item) => item.text()?.toLowerCase() ?? []);
  const attached = new Set<GatewayListener>();
  for (const ref of route.spec.get('parentRefs').items()) {
    if (!isGatewayRef(ref) || !namesObject(ref, route, gateway.namespace, gateway.name)) continue;
    const section = ref.get('sectionName').text();
    const port = ref.get('port').number();
    const named = listeners.filter(
      (one) => (section === undefined || one.name === section) && (port === undefined || one.port === port),
    );
    const taking = named
      .filter((one) => one.allows(route))
      .filter(({ hostname }) => names.length === 0 || names.some((name) => intersects(hostname, name)));
    for (const one of taking) attached.add(one);
    if (taking.length === 0) notAttached(ref, named, route);
  }
  if (attached.size === 0) return [];
  const listenerNames =
    attached.size === listeners.length
      ? undefined
      : listeners.filter((one) => attached.has(one)).map(({ name }) => name);
  const fitting = names.filter((name) => [...attached].some(({ hostname }) => intersects(hostname, name)));
  for (const [index, name] of names.entries()) {
    if (!fitting.includes(name))
      hostnames[index]?.pointless(
        `no listener of the gateway ${gateway.name} has ${name}, for which this route is therefore not`,
      );
  }
  const targetOf = (namespace: string, name: string) => ({ service: context.names.of('service', namespace, name) });
  const rules = convertRules(route, new References(context, route, grants, targetOf));
  return rules.flatMap((rule, ruleIndex) =>
    [...new Set<Hostname>(fitting.length === 0 ? [undefined] : fitting)].flatMap((hostname) =>
      rule.matches.map((match, matchIndex) => ({
        rule,
        route,
        hostname,
        match,
        base: baseOf(match),
        listeners: listenerNames,
        position: [ruleIndex, matchIndex] as const,
      })),
    ),
  );
}

function notAttached(ref: Located, named: readonly GatewayListener[], route: Manifest): void {
  let why = 'no listener has a hostname in common with the route';
  if (named.length === 0) why = 'the gateway has no listener of this name and port';
  else if (!named.some((one) => one.allows(route)))
    why = `no listener allows HTTPRoutes of the namespace ${route.namespace}`;
  ref.tell('warning', importCode.notAttached, why, '', false);
}
