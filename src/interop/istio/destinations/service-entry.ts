/** ServiceEntries: hosts outside of the mesh, for which a service of the mesh stands. */
import { ownEntry } from '../../../core/own-entry.ts';
import type { Version } from '../../documents/document-types.ts';
import { type Draft, givenName } from '../../documents/draft.ts';
import type { Located } from '../../manifests/located.ts';
import type { Manifest } from '../../manifests/manifest.ts';
import { type IstioInput, tellUnknownSubset } from '../istio-input.ts';
import { readVisibility } from '../visibility.ts';
import type { Host, KnownHost } from './host.ts';

interface Port {
  readonly number: number;
  readonly name: string;
  readonly target: number;
  readonly scheme: 'http' | 'https';
}

/** What a ServiceEntry says, as far as calls by HTTP go. */
interface Entry {
  readonly hosts: readonly string[];
  readonly ports: readonly Port[];
  readonly endpoints: readonly Located[];
  readonly namespace: string;
}

const schemes: Readonly<Record<string, Port['scheme']>> = {
  HTTP: 'http',
  HTTP2: 'http',
  GRPC: 'http',
  'GRPC-WEB': 'http',
  HTTPS: 'https',
  TLS: 'https',
};

function readEntry({ spec, namespace }: Manifest): Entry {
  const hosts = spec
    .get('hosts')
    .items()
    .flatMap((item) => item.text()?.toLowerCase() ?? []);
  const ports = spec
    .get('ports')
    .items()
    .flatMap((item): Port[] => {
      const number = item.get('number').number();
      const scheme = schemes[item.get('protocol').text()?.toUpperCase() ?? ''];
      if (number === undefined || scheme === undefined) return [];
      const target = item.get('targetPort').number() ?? number;
      return [{ number, name: item.get('name').text() || String(number), target, scheme }];
    });
  return {
    hosts: hosts.filter((host) => !host.includes('*')),
    ports,
    endpoints: spec.get('endpoints').items(),
    namespace,
  };
}

const entryFields = [
  'hosts',
  'addresses',
  'ports',
  'location',
  'resolution',
  'endpoints',
  'exportTo',
  'subjectAltNames',
  'workloadSelector',
];

/** Imports ServiceEntries; `routed` has the hosts for which a VirtualService decides. */
export function importServiceEntry(manifest: Manifest, routed: ReadonlySet<string>, input: IstioInput): void {
  const { root, spec } = manifest;
  const { value: entry, found } = input.context.report.during(() => {
    root.only(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
    checkSpec(spec);
    return readEntry(manifest);
  });
  const [first] = entry.hosts;
  if (first === undefined || entry.ports.length === 0) return;
  const host: KnownHost = { kind: 'external', host: first, entry: manifest };
  const draft = input.draftOf(host, root);
  draft.remark(found);
  draft.settings.egress = { hosts: [...entry.hosts] };
  const near = manifest.annotations['networking.istio.io/traffic-distribution'] !== undefined;
  // Without the annotation or outlier detection Istio does not look at localities; a document does where endpoints have some.
  if (near || entry.endpoints.some((endpoint) => endpoint.get('locality').present))
    draft.settings.balance = { locality: near ? {} : { enabled: false }, ...draft.settings.balance };
  passThrough(draft, entry, manifest, routed, input);
}

function checkSpec(spec: Located): void {
  spec.only(entryFields);
  readVisibility(spec.get('exportTo'));
  spec.get('addresses').pointless('a Worker names its callees by host');
  spec.get('location').pointless('how a host is called follows from its endpoints');
  if (spec.get('workloadSelector').present) spec.get('workloadSelector').refuse('endpoints of a host are listed');
  if (spec.get('subjectAltNames').present)
    spec.get('subjectAltNames').refuse('certificates of servers are judged by Cloudflare');
  for (const item of spec.get('hosts').items()) {
    if (item.text()?.includes('*'))
      item.refuse(
        'a service stands for hosts that can be called by name',
        'the host in egress.hosts of the mesh document',
      );
  }
  for (const item of spec.get('ports').items()) {
    item.only(['number', 'name', 'protocol', 'targetPort']);
    const protocol = item.get('protocol').text() ?? '';
    if (schemes[protocol.toUpperCase()] === undefined)
      item.get('protocol').refuse(`a Worker calls by HTTP and HTTPS, and not by ${protocol || 'an unknown protocol'}`);
  }
  for (const item of spec.get('endpoints').items()) {
    item.only(['address', 'ports', 'labels', 'network', 'locality', 'weight', 'serviceAccount']);
    item.get('network').pointless('there is one network');
    item.get('serviceAccount').pointless('an endpoint outside of the mesh has no identity in it');
  }
}

/**
 * Where no route says otherwise, a host is called at the port that was called; there is nothing to say where one place is all there is.
 * Istio's HTTP routes do not see calls by HTTPS, so that those that no route takes pass.
 */
function passThrough(
  draft: Draft,
  entry: Entry,
  manifest: Manifest,
  routed: ReadonlySet<string>,
  input: IstioInput,
): void {
  const origin = manifest.root;
  const versionOf = (host: string, port: Port): string =>
    declareExternal(draft, { kind: 'external', host, entry: manifest }, undefined, port.number, origin, input);
  const isFree = entry.hosts.every((host) => !routed.has(host));
  for (const host of entry.hosts) {
    for (const port of entry.ports) {
      if (routed.has(host) && port.scheme !== 'https') continue;
      const version = versionOf(host, port);
      if (isFree && isSingle(entry)) return;
      draft.routes.push({
        body: { name: givenName(`${host}.${port.name}`), backends: [{ version }], origin, comments: [] },
        route: { hostnames: [host], ...(entry.ports.length > 1 ? { matches: [{ ports: [port.number] }] } : {}) },
      });
    }
  }
  // Another service of the mesh calls under a host and port of its own.
  const open = entry.hosts.find((host) => !routed.has(host));
  if (open === undefined) return;
  const version = versionOf(open, defaultPort(entry));
  draft.routes.push({ body: { name: 'passage', backends: [{ version }], origin, comments: [] }, route: {} });
}

function isSingle({ hosts, ports, endpoints }: Entry): boolean {
  return ports.length === 1 && (hosts.length === 1 || endpoints.length > 0);
}

function defaultPort({ ports }: Entry): Port {
  return ports.find(({ scheme }) => scheme === 'https') ?? (ports[0] as Port);
}

/** Declares the version of a host's port; named by what tells it from others. */
export function declareExternal(
  draft: Draft,
  { host, entry: manifest }: Extract<Host, { readonly kind: 'external' }>,
  subset: string | undefined,
  port: number | undefined,
  where: Located,
  input: IstioInput,
): string {
  const entry = readEntry(manifest);
  const chosen = entry.ports.find(({ number }) => number === port) ?? defaultPort(entry);
  if (port !== undefined && chosen.number !== port)
    where.refuse(`the ServiceEntry has no port ${port} that is called by HTTP`);
  const known = subset === undefined ? undefined : input.subsetsOf(draft.service).get(subset);
  if (subset !== undefined && known === undefined) tellUnknownSubset(where, subset, host);
  const byHost = entry.endpoints.length === 0 && entry.hosts.length > 1;
  const parts = [subset, byHost ? host : undefined, entry.ports.length > 1 ? chosen.name : undefined];
  const name = givenName(parts.filter((part) => part !== undefined).join('-') || chosen.name);
  const labels = known?.labels ?? {};
  const endpoints = entry.endpoints.filter((endpoint) => {
    const its = endpoint.get('labels').texts();
    return Object.entries(labels).every(([label, value]) => ownEntry(its, label) === value);
  });
  const tls = input.tlsOf(draft.service);
  const scheme = tls.everywhere || tls.ports.has(chosen.number) ? 'https' : chosen.scheme;
  const place: Version =
    entry.endpoints.length === 0
      ? { url: urlOf(scheme, host, chosen.target) }
      : { endpoints: endpoints.flatMap((endpoint) => placesOf(endpoint, chosen, scheme, entry.namespace, input)) };
  return draft.version(name, { ...place, ...known?.settings }, where);
}

type EndpointPlace = NonNullable<Version['endpoints']>[number];

/** An address that is no host of the outside is a service of the mesh, and its Workers are called directly. */
function placesOf(
  endpoint: Located,
  port: Port,
  scheme: string,
  namespace: string,
  input: IstioInput,
): EndpointPlace[] {
  const address = endpoint.get('address').text() ?? '';
  const locality = endpoint.get('locality').text();
  const weight = endpoint.get('weight').number();
  const where = {
    ...(locality === undefined ? {} : { locality }),
    ...(weight === undefined ? {} : { weight }),
  };
  if (address === '' || address.startsWith('unix:')) {
    endpoint.get('address').refuse('an endpoint is a host, an address, or a service of the mesh');
    return [];
  }
  const isAddress = /^[\d.]+$/.test(address) || address.includes(':');
  const host = isAddress ? undefined : input.hosts.resolve(address, namespace);
  if (host?.kind === 'service')
    return input.context.cluster.workersOf(host.namespace, host.name).map((worker) => ({ worker, ...where }));
  const number = endpoint.get('ports').get(port.name).number() ?? port.target;
  return [{ url: urlOf(scheme, address, number), ...where }];
}

function urlOf(scheme: string, host: string, port: number): string {
  const usual = scheme === 'https' ? 443 : 80;
  const name = host.includes(':') ? `[${host}]` : host;
  return `${scheme}://${name}${port === usual ? '' : `:${port}`}`;
}
