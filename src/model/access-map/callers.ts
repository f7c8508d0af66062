/** The rows of the matrix: everybody who may come to a service of the mesh, as far as anybody knows of them. */
import type { AccessRule } from '../../core/access/decide.ts';
import type { Topology } from '../../core/configs/edge-config.ts';
import { servicePrincipal } from '../../core/principals/principal.ts';
import { isWholePrincipal, meshService } from '../../core/principals/principal-match.ts';
import type { CallFacts } from '../call-facts.ts';
import { principalNames } from '../principal-names.ts';
import type { ServiceDocument } from '../schema/service.ts';
import type { MeshSettings } from '../snapshot.ts';
import type { RulesInForce } from './rules-in-force.ts';

/**
 * `service`: through a binding. `outside`: by the public door, without having proven anything. `end-users`: by the public door with a token
 * of an issuer that the service believes, and no service's identity. `other`: by the public door, as somebody who is no service of the mesh.
 */
export type CallerKind = 'service' | 'outside' | 'end-users' | 'other';

export interface MapCaller {
  readonly kind: CallerKind;
  /** The service's name; `outside`, `end users`; an id, or with `*` all ids of that form that no other row names. */
  readonly name: string;
}

export const outsideCaller: MapCaller = { kind: 'outside', name: 'outside' };
export const endUsers: MapCaller = { kind: 'end-users', name: 'end users' };

/** Services of the documents and of the topology, each once, by name. */
export function knownServices(documents: readonly ServiceDocument[], topology: Topology | undefined): string[] {
  const declared = Object.entries(topology?.services ?? {}).flatMap(([service, { callers }]) => [service, ...callers]);
  return [...new Set([...documents.map(({ service }) => service), ...declared])].sort();
}

/** Ids and forms of ids that rules and certificates name and that are of no service of this mesh. */
export function otherCallers(
  services: readonly { readonly document: ServiceDocument; readonly inForce: RulesInForce }[],
  settings: MeshSettings,
): MapCaller[] {
  const { trustDomains } = principalNames(settings, []);
  const certificates = services.flatMap(({ document }) => document.authentication?.mtls?.certificates ?? []);
  const rules = services.flatMap(({ inForce }) => inForce.rules.map(({ rule }) => rule));
  const named = [...certificates.map(({ principal }) => principal), ...rules.flatMap(idsNamed)];
  const foreign = named.filter((id) => isWholePrincipal(id) && !isOurs(id, trustDomains));
  return [...new Set(foreign)].sort().map((name) => ({ kind: 'other', name }));
}

/** Ids of our services have rows of their own. */
function isOurs(id: string, trustDomains: readonly string[]): boolean {
  const form = id.replace(/\/\*$/, '/svc/*');
  return meshService(form, trustDomains) !== undefined || id.startsWith('*/svc/') || id.startsWith('spiffe://*');
}

function idsNamed({ from = [], when = [] }: AccessRule): string[] {
  const sources = from.flatMap((entry) => [
    ...(entry.principals ?? []),
    ...(entry.notPrincipals ?? []),
    ...[...(entry.namespaces ?? []), ...(entry.notNamespaces ?? [])].map(ofNamespace),
    ...[...(entry.serviceAccounts ?? []), ...(entry.notServiceAccounts ?? [])].map(ofAccount),
    ...[...(entry.trustDomains ?? []), ...(entry.notTrustDomains ?? [])].map(ofTrustDomain),
  ]);
  const conditions = when.flatMap(({ key, values = [], notValues = [] }) => {
    const all = [...values, ...notValues];
    if (key === 'source.principal') return all;
    if (key === 'source.namespace') return all.map(ofNamespace);
    if (key === 'source.serviceAccount') return all.map(ofAccount);
    return key === 'source.trustDomain' ? all.map(ofTrustDomain) : [];
  });
  return [...sources, ...conditions];
}

function ofNamespace(namespace: string): string {
  return `*/ns/${namespace}/*`;
}

function ofAccount(account: string): string {
  return `*/ns/${account.replace('/', '/sa/')}`;
}

function ofTrustDomain(trustDomain: string): string {
  return `spiffe://${trustDomain}/*`;
}

/** What is certain about a call of this caller; where the matrix does not know a fact, this is an example of it. */
export function callerFacts(
  { kind, name }: MapCaller,
  { trustDomain }: MeshSettings,
  protocol: CallFacts['kind'],
): CallFacts {
  const inside = kind === 'service';
  const isUser = kind === 'end-users';
  const target =
    protocol === 'fetch'
      ? { method: 'GET', host: 'host', path: '/', url: 'https://host/' }
      : { method: 'method', host: '', path: '', url: '', args: [] };
  return {
    kind: protocol,
    door: inside ? 'mesh' : 'public',
    ...target,
    query: '',
    header: () => null,
    principal: inside ? servicePrincipal(trustDomain, name) : kind === 'other' ? exampleId(name) : null,
    requestPrincipal: isUser ? 'https://issuer/subject' : null,
    claims: isUser ? { iss: 'https://issuer', sub: 'subject' } : null,
    geo: () => null,
    peerAddress: () => '',
    address: () => '',
    journey: '',
    caller: inside ? name : '',
  };
}

/** Somebody of whom a form speaks. */
function exampleId(form: string): string {
  const whole = form.startsWith('*') ? `spiffe://somebody${form.slice(1)}` : form;
  return whole.replaceAll('*', 'somebody');
}
