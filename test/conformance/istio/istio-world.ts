/** Worlds of Istio's cases: the services that a case says are there, as the manifests that a cluster would have of them. */
import { parseDocument } from 'yaml';
import type { App, Entry } from '../world/plan-edges.ts';
import { buildWorld, type World } from '../world/world.ts';
import type { IstioCase, IstioRequest } from './istio-case.ts';

/** A service with the versions of it that run, each a workload of its own. */
export interface Inhabitant {
  readonly name: string;
  readonly versions: readonly string[];
  readonly ports: Readonly<Record<string, number>>;
}

const echoPorts = { http: 80, http2: 85, grpc: 7070, 'auto-http': 81, https: 443 };

/**
 * What Istio's own tests deploy before their cases run, in one namespace: echo services, of which cases also name `d`, a service with
 * several backends, and the sample that two cases are about.
 */
const echoInhabitants: readonly Inhabitant[] = [
  ...['a', 'b', 'c', 'd'].map((name) => ({ name, versions: ['v1'], ports: echoPorts })),
  { name: 'consistent-hash', versions: ['v1', 'v2', 'v3'], ports: echoPorts },
  { name: 'helloworld', versions: ['v1', 'v2'], ports: { http: 5000 } },
];
const echoNamespace = 'echo';

/** A Gateway that the sample has in a file of its own, which the case leaves out. */
const helloworldGateway = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: helloworld-gateway
spec:
  gatewayClassName: istio
  listeners:
  - name: http
    hostname: "helloworld"
    port: 80
    protocol: HTTP
`;

export function namespaceOf(file: IstioCase): string {
  return file.world?.namespace ?? echoNamespace;
}

export function istioWorld(file: IstioCase): World {
  const namespace = namespaceOf(file);
  const own = (file.manifests ?? []).map((text) => inNamespace(text, namespace));
  const isSample = own.some((text) => /name: helloworld-gateway/.test(text) && /kind: HTTPRoute/.test(text));
  const missing = isSample && !own.some((text) => /kind: Gateway/.test(text)) ? [helloworldGateway] : [];
  return buildWorld({
    name: file.id,
    texts: [
      ...inhabitantsOf(file).map((one) => clusterTexts(one, namespace)),
      ...missing.map((text) => inNamespace(text, namespace)),
      ...own,
    ],
    adjust: (_, document) => withTrustedProxies(document, trustedProxiesOf(file)),
  });
}

function inhabitantsOf({ world }: IstioCase): readonly Inhabitant[] {
  const services = world?.services;
  if (services === undefined || Array.isArray(services)) return echoInhabitants;
  const versioned = services as Readonly<Record<string, readonly string[]>>;
  return Object.entries(versioned).map(([name, versions]) => ({ name, versions, ports: { http: 9080 } }));
}

/** A Service for all versions, one for each of several, and a Deployment for each. */
function clusterTexts({ name, versions, ports }: Inhabitant, namespace: string): string {
  const list = Object.entries(ports).map(([port, number]) => `  - name: ${port}\n    port: ${number}\n`);
  const service = (own: string, labels: string): string =>
    `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${own}\n  namespace: ${namespace}\nspec:\n` +
    `  selector: ${labels}\n  ports:\n${list.join('')}`;
  const deployment = (version: string): string =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}-${version}\n  namespace: ${namespace}\nspec:\n` +
    `  template:\n    metadata:\n      labels: { app: ${name}, version: ${version} }\n`;
  return [
    service(name, `{ app: ${name} }`),
    ...(versions.length > 1
      ? versions.map((version) => service(`${name}-${version}`, `{ app: ${name}, version: ${version} }`))
      : []),
    ...versions.map(deployment),
  ].join('---\n');
}

/** What `kubectl apply -n` does with objects that name no namespace. */
function inNamespace(text: string, namespace: string): string {
  const document = parseDocument(text);
  if (document.getIn(['metadata', 'namespace']) === undefined) document.setIn(['metadata', 'namespace'], namespace);
  return document.toString();
}

/** Istio sets it in the mesh's configuration, or, for the one case that says so in its notes, by an EnvoyFilter. */
function trustedProxiesOf({ mesh, notes }: IstioCase): number {
  return mesh?.numTrustedProxies ?? Number(/xff_num_trusted_hops (\d+)/.exec(notes ?? '')?.[1] ?? 0);
}

function withTrustedProxies(document: Record<string, unknown>, trustedProxies: number): Record<string, unknown> {
  if (trustedProxies === 0 || document.public === undefined) return document;
  // Envoy tells the callee the address in this header; a document says which header it is to be.
  const clientAddress = { trustedProxies, header: 'x-envoy-external-address' };
  return { ...document, public: { ...document.public, clientAddress } };
}

/** Where a request enters, and the origin that its client calls. */
export function istioEntry(
  file: IstioCase,
  world: World,
  request: IstioRequest,
): { readonly entry: Entry; readonly origin: string } {
  const { via, host } = request;
  const origin = `http://${withPort(host, portOf(request))}`;
  if (via !== undefined) {
    const [gateway, ...others] = world.gateways;
    if (gateway === undefined || others.length > 0) throw new Error(`${file.id} has ${world.gateways.length} gateways`);
    return { entry: { kind: 'public', gateway }, origin };
  }
  const [name = '', namespace = namespaceOf(file)] = host.replace(/:\d+$/, '').split('.');
  const service = externalService(world, host) ?? world.nameOf(`${namespace}/${name}`);
  if (service === undefined) throw new Error(`${file.id} calls ${host}, which no manifest declares`);
  return { entry: { kind: 'mesh', caller: world.nameOf(`${namespaceOf(file)}/a`) ?? 'client', service }, origin };
}

/** The service that stands for a host outside of the mesh. */
function externalService(world: World, host: string): string | undefined {
  for (const [service, document] of world.documents) {
    const { hosts = [] } = (document.egress ?? {}) as { hosts?: readonly string[] };
    if (hosts.includes(host)) return service;
  }
  return undefined;
}

function portOf({ port = 80 }: IstioRequest): number {
  return typeof port === 'number' ? port : echoPorts[port as keyof typeof echoPorts];
}

function withPort(host: string, port: number): string {
  return host.includes(':') || port === 80 ? host : `${host}:${port}`;
}

/** Who calls whom before it answers, where a case follows a call through the whole application. */
export function bookinfoApps(file: IstioCase, world: World): ReadonlyMap<string, App> {
  const apps = new Map<string, App>();
  if (!(file.requests ?? []).some((request) => 'endToEnd' in request)) return apps;
  for (const [worker, { service, version }] of world.pods) {
    const names = calls[service]?.(version) ?? [];
    if (names.length === 0) continue;
    const services = names.flatMap((name) => world.nameOf(`${namespaceOf(file)}/${name}`) ?? []);
    apps.set(worker, { name: `${file.id}-${worker}`, service, version, calls: services });
  }
  return apps;
}

/** As `world.calls` of the cases has it. */
const calls: Readonly<Record<string, (version: string) => readonly string[]>> = {
  productpage: () => ['details', 'reviews'],
  reviews: (version) => (version === 'v1' ? [] : ['ratings']),
};
