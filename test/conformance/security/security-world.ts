/** Worlds of Istio's security cases, and where their requests enter. */
import { createHash } from 'node:crypto';
import type { App, Entry } from '../world/plan-edges.ts';
import { buildWorld, type Json, type World } from '../world/world.ts';
import { issuerKeys } from './issuer.ts';
import type { SecurityCase, SecurityRequest } from './security-case.ts';
import {
  authorizer,
  callerOf,
  inhabitantsOf,
  inhabitantText,
  meshConfigText,
  portNumber,
  serviceName,
  targetOf,
  taskGateway,
  waypointTexts,
} from './security-environment.ts';

/** Where the keys lie that cases fetch inside of the cluster; the test's internet serves them. */
export const keyServer = 'https://jwt-server.example.com';

/** Builds the world in which some requests of a case are sent. */
export function securityWorld(
  file: SecurityCase,
  name: string,
  requests: readonly SecurityRequest[],
  meshSettings: Readonly<Record<string, unknown>> = {},
): World {
  const own = file.manifests ?? [];
  const all = own.join('\n---\n');
  const people = inhabitantsOf(file, requests);
  const asked = /kind: AuthorizationPolicy[\s\S]*action: CUSTOM/.test(all)
    ? [{ ...authorizer, labels: { app: authorizer.name }, ports: [{ name: 'http', port: 8000, targetPort: 8000 }] }]
    : [];
  const world: World = buildWorld({
    name,
    texts: [
      meshConfigText(file, meshSettings),
      ...[...people, ...asked].map(inhabitantText),
      ...missingGateway(file, requests, all),
      ...(/name: waypoint/.test(all) ? waypointTexts('waypoint', 'echo1') : []),
      ...own,
    ],
    options: { keyAddresses: keyAddresses(all), lenient: needsLenience(all) },
  });
  const documents = new Map(world.documents);
  const gateways = [...world.gateways];
  for (const key of new Set(requests.map((request) => meshNameKey(file, request)))) {
    const service = world.nameOf(key);
    const document = service === undefined ? undefined : documents.get(service);
    if (service === undefined || document === undefined) continue;
    const toIt = requests.filter((request) => meshNameKey(file, request) === key);
    const isPublic = toIt.some((request) => isFromOutside(file, request));
    documents.set(service, isPublic ? asFromOutside(withIssuers(document, toIt), toIt) : document);
    if (isPublic) gateways.push(service);
  }
  return { ...world, documents, gateways };
}

function meshNameKey(file: SecurityCase, request: SecurityRequest): string {
  const target = targetOf(file, request);
  return `${target.namespace}/${serviceName(target, file)}`;
}

/** Tasks of the documentation begin where a gateway is there already. */
function missingGateway(file: SecurityCase, requests: readonly SecurityRequest[], all: string): string[] {
  const [first] = requests.filter(({ from }) => from?.via !== undefined);
  if (first === undefined || /^kind: Gateway$/m.test(all)) return [];
  const target = targetOf(file, first);
  return taskGateway({
    namespace: target.namespace,
    service: serviceName(target, file),
    port: portNumber(file, first),
    hasRoutes: /^kind: VirtualService$/m.test(all),
  });
}

/** The cluster's own key server, and `example.com`, which is another name of it where a ServiceEntry says so. */
function keyAddresses(all: string): Readonly<Record<string, string>> {
  return {
    'http://jwt-server.servers.svc.cluster.local:8000': keyServer,
    'http://example.com:8000': /kind: ServiceEntry/.test(all) ? keyServer : 'https://example.com',
  };
}

/** Two conditions of Istio have no counterpart; users import such policies with what else they say. */
function needsLenience(all: string): boolean {
  return /key: (?:connection\.sni|destination\.ip)/.test(all);
}

/** A case that gives decoded claims takes them for verified: the issuer that signs them here is one of the service's own. */
function withIssuers(document: Json, requests: readonly SecurityRequest[]): Json {
  const issuers = requests.flatMap(({ jwt, claims }) =>
    jwt === undefined && typeof claims?.iss === 'string' ? [claims.iss] : [],
  );
  if (issuers.length === 0) return document;
  const jwt = [...new Set(issuers)].map((issuer) => ({ issuer, jwks: issuerKeys }));
  return { ...document, authentication: { ...(document.authentication as Json | undefined), jwt } };
}

/** Callers from outside are known by the certificates that they show. */
function asFromOutside(document: Json, requests: readonly SecurityRequest[]): Json {
  const hosts = requests.map((request) => hostOf(request).replace(/:\d+$/, '').toLowerCase());
  const ids = requests.flatMap((request) => idOf(request) ?? []);
  const certificates = [...new Set(ids)].map((principal) => ({ fingerprint: fingerprintOf(principal), principal }));
  return {
    ...document,
    public: { ...(document.public as Json | undefined), hosts: [...new Set(hosts)] },
    ...(certificates.length === 0
      ? {}
      : { authentication: { ...(document.authentication as Json | undefined), mtls: { certificates } } }),
  };
}

function hostOf({ host }: SecurityRequest): string {
  return host ?? 'b';
}

/** The id that a request's caller proves. */
export function idOf({ from }: SecurityRequest): string | undefined {
  const { spiffe, principal } = from ?? {};
  return spiffe ?? (principal ? `spiffe://${principal}` : undefined);
}

export function fingerprintOf(principal: string): string {
  return createHash('sha256').update(principal).digest('hex');
}

/** Whether a request comes by the public door of its service: from nobody known, from a whole id, or from an address that counts. */
function isFromOutside(file: SecurityCase, request: SecurityRequest): boolean {
  const { from, path = '' } = request;
  if (from?.via !== undefined) return false;
  if (from?.service === undefined || from.principal === null) return true;
  return /key: source\.ip/.test((file.manifests ?? []).join('\n')) && path.startsWith('/source-ip');
}

export interface SecurityEntry {
  readonly entry: Entry;
  readonly origin: string;
}

/** Where a request enters, and the origin that its client calls. */
export function securityEntry(file: SecurityCase, world: World, request: SecurityRequest): SecurityEntry {
  const host = hostOf(request);
  const port = portNumber(file, request);
  const origin = `http://${host.includes(':') || port === 80 ? host : `${host}:${port}`}`;
  const service = world.nameOf(meshNameKey(file, request));
  if (service === undefined) throw new Error(`${file.id} calls ${meshNameKey(file, request)}, which is not there`);
  const [gateway, ...others] = world.gateways.filter((one) => one !== service);
  const caller = callerOf(request);
  const name = caller === undefined ? undefined : world.nameOf(`${caller.namespace}/${caller.name}`);
  if (request.from?.via !== undefined || (request.port === 'gateway' && caller !== undefined)) {
    if (gateway === undefined || others.length > 0) throw new Error(`${file.id} has not one gateway`);
    if (caller === undefined) return { entry: { kind: 'public', gateway }, origin: `http://${host}` };
    // Istio calls its egress gateway by mutual TLS at 443 for all hosts but the one that its server at 80 has.
    const scheme = isPlainServer(world.documents.get(gateway), host) ? 'http' : 'https';
    return { entry: { kind: 'mesh', caller: name ?? caller.name, service: gateway }, origin: `${scheme}://${host}` };
  }
  if (isFromOutside(file, request)) return { entry: { kind: 'public', gateway: service }, origin };
  return { entry: { kind: 'mesh', caller: name ?? caller?.name ?? '', service }, origin };
}

function isPlainServer(document: Json | undefined, host: string): boolean {
  const { listeners = [] } = (document?.public ?? {}) as {
    listeners?: readonly { hostname?: string; port?: number }[];
  };
  return listeners.some(({ hostname, port }) => hostname === host && port !== 443);
}

/** The external authoriser, which is no echo. */
export function securityApps(world: World): ReadonlyMap<string, App> {
  const service = world.nameOf(`${authorizer.namespace}/${authorizer.name}`);
  const worker = service;
  if (service === undefined || worker === undefined || !world.pods.has(worker)) return new Map();
  return new Map([
    [worker, { name: `${world.name}-${worker}`, module: 'ext-authz.js', service, version: '', calls: [] }],
  ]);
}
