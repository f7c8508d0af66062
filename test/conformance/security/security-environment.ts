/** The cluster around a security case, as the manifests that it would have: what a case only says in its fields. */
import { stringify } from 'yaml';
import type { SecurityCase, SecurityRequest, SecurityTarget } from './security-case.ts';

/** A workload with the Service before it. */
export interface Inhabitant extends SecurityTarget {
  readonly name: string;
  readonly account?: string;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly targetPort: number }[];
}

export const rootNamespace = 'istio-system';
const usualTrustDomain = 'cluster.local';

/** Who is called by a request. */
export function targetOf(file: SecurityCase, request: SecurityRequest): SecurityTarget {
  const known = request.target ?? file.world?.target ?? { namespace: 'echo1', labels: { app: 'b' } };
  return { namespace: known.namespace, labels: request.targetLabels ?? known.labels };
}

/** The name of a target's Service; targets of one namespace that have no other are told apart by all their labels. */
export function serviceName({ labels }: SecurityTarget, file: SecurityCase): string {
  return file.world?.target?.service ?? Object.values(labels).join('-');
}

export function portNumber({ world }: SecurityCase, { port, host }: SecurityRequest): number {
  if (typeof port === 'number') return port;
  const named = port === undefined ? undefined : world?.target?.ports?.[port];
  return named?.servicePort ?? Number(/:(\d+)$/.exec(host ?? '')?.[1] ?? 80);
}

/** Who calls: the service with its account, by the case's words for it. */
export function callerOf({ from }: SecurityRequest): { namespace: string; name: string; account: string } | undefined {
  const id = /\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(from?.spiffe ?? from?.principal ?? '');
  const namespace = from?.namespace ?? id?.[1];
  const name = from?.service ?? id?.[2];
  if (namespace === undefined || name === undefined) return undefined;
  return { namespace, name, account: id?.[2] ?? name };
}

/** Everybody in the world of the given requests. */
export function inhabitantsOf(file: SecurityCase, requests: readonly SecurityRequest[]): Inhabitant[] {
  const found = new Map<string, Inhabitant>();
  const put = (one: Inhabitant): void => {
    const key = `${one.namespace}/${one.name}`;
    // What the case declares of a port stands before what is only called.
    const ports = [...one.ports, ...(found.get(key)?.ports ?? [])].reverse();
    found.set(key, { ...found.get(key), ...one, ports: [...new Map(ports.map((port) => [port.port, port])).values()] });
  };
  // In Istio's own tests every namespace has the same services.
  for (const namespace of namespacesOf(file)) {
    const port = portOf(80);
    if (declaredPorts(file).length > 0)
      put({ namespace, name: 'a', account: 'a', labels: { app: 'a' }, ports: [port] });
  }
  for (const request of requests) {
    const caller = callerOf(request);
    if (caller !== undefined) put({ ...caller, labels: { app: caller.name }, ports: [portOf(80)] });
  }
  for (const request of requests) {
    const target = targetOf(file, request);
    const port = portNumber(file, request);
    put({ ...target, name: serviceName(target, file), ports: [...declaredPorts(file), portOf(port)] });
  }
  return [...found.values()];
}

function namespacesOf({ manifests = [] }: SecurityCase): string[] {
  const found = [...manifests.join('\n').matchAll(/^ +namespace: "?(echo\d)"?$/gm)];
  return [...new Set(found.map(([, namespace]) => namespace as string))];
}

function declaredPorts({ world }: SecurityCase): Inhabitant['ports'] {
  return Object.entries(world?.target?.ports ?? {}).map(([name, { servicePort, workloadPort }]) => ({
    name,
    port: servicePort,
    targetPort: workloadPort,
  }));
}

function portOf(port: number): Inhabitant['ports'][number] {
  return { name: `http-${port}`, port, targetPort: port };
}

/** The Service and the Deployment of an inhabitant. */
export function inhabitantText({ namespace, name, labels, account, ports }: Inhabitant): string {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: labels, ports },
  };
  const pod = account === undefined ? {} : { spec: { serviceAccountName: account } };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: { template: { metadata: { labels }, ...pod } },
  };
  return [service, deployment].map((one) => stringify(one)).join('---\n');
}

/** The sample's external authoriser, in Istio's configuration and as a service. */
export const authorizer = { namespace: rootNamespace, name: 'ext-authz' };

/** Istio's configuration, as far as a case says or needs one. */
export function meshConfigText(file: SecurityCase, more: Readonly<Record<string, unknown>> = {}): string {
  const providers = [...(file.manifests ?? []).join('\n').matchAll(/provider:\s*\n\s*name:\s*"?([\w-]+)/g)];
  const trusted = Number(/numTrustedProxies: (\d+)/.exec(file.notes ?? '')?.[1] ?? 0);
  const meshConfig = {
    rootNamespace,
    trustDomain: file.world?.trustDomain ?? usualTrustDomain,
    ...(trusted === 0 ? {} : { defaultConfig: { gatewayTopology: { numTrustedProxies: trusted } } }),
    extensionProviders: [...new Set(providers.map(([, name]) => name as string))].map((name) => ({
      name,
      envoyExtAuthzHttp: {
        service: `${authorizer.name}.${authorizer.namespace}.svc.cluster.local`,
        port: 8000,
        includeRequestHeadersInCheck: ['x-ext-authz'],
      },
    })),
    ...more,
  };
  return stringify({
    apiVersion: 'install.istio.io/v1alpha1',
    kind: 'IstioOperator',
    metadata: { name: 'installed', namespace: rootNamespace },
    spec: { meshConfig },
  });
}

/** The gateway of the documentation's tasks, which their cases leave out; a route for it where they have none. */
export function taskGateway({ namespace, service, port, hasRoutes }: TaskGateway): string[] {
  const object = (kind: string, name: string, spec: object): string =>
    stringify({ apiVersion: 'networking.istio.io/v1', kind, metadata: { name, namespace }, spec });
  const server = { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] };
  const route = [{ destination: { host: service, port: { number: port } } }];
  return [
    object('Gateway', 'httpbin-gateway', { selector: { istio: 'ingressgateway' }, servers: [server] }),
    ...(hasRoutes
      ? []
      : [object('VirtualService', service, { hosts: ['*'], gateways: ['httpbin-gateway'], http: [{ route }] })]),
  ];
}

export interface TaskGateway {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
  readonly hasRoutes: boolean;
}

/** A waypoint that cases of the ambient mode name, and a namespace that uses it. */
export function waypointTexts(name: string, namespace: string): string[] {
  return [
    stringify({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name, namespace },
      spec: { gatewayClassName: 'istio-waypoint', listeners: [{ name: 'mesh', port: 15_008, protocol: 'HBONE' }] },
    }),
    stringify({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { 'istio.io/use-waypoint': name } },
    }),
  ];
}
