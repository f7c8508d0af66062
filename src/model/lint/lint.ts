/**
 * Lint: what is well-formed but doubtful, seen over the whole mesh. A finding names the registry key as its file, and is a warning
 * unless what is asked for cannot be done; edges serve such documents, and send the share of traffic that cannot be resolved to a 500.
 */
import type { Topology } from '../../core/edge-config.ts';
import { principalService } from '../../core/principal.ts';
import { declaredPrincipals, isWholePrincipal } from '../../core/principal-match.ts';
import { type Issue, pathText } from '../findings/issue.ts';
import type { ServiceDocument } from '../schema/service.ts';
import type { StoredDocument } from '../sound-document.ts';
import { lintAuthentication, lintMeshIssuers } from './lint-authentication.ts';
import { lintCode, lintErrors, type Warn } from './lint-code.ts';
import { lintFilters } from './lint-filters.ts';
import { lintGateways } from './lint-gateways.ts';
import { lintListeners } from './lint-listeners.ts';
import { lintMtls } from './lint-mtls.ts';
import { lintRoutes } from './lint-routes.ts';
import { lintRpc } from './lint-rpc.ts';

/** All findings, by document. Without a topology nothing is said about Workers and services that are not among the documents. */
export function lintMesh(documents: readonly StoredDocument[], topology?: Topology): Issue[] {
  const issues: Issue[] = [];
  const services = documents.flatMap((document) => (document.kind === 'service' ? [document.service] : []));
  const known = new Set([...services.map((document) => document.service), ...Object.keys(topology?.services ?? {})]);
  const mesh = documents.find((document) => document.kind === 'mesh');
  const trustDomain = mesh?.kind === 'mesh' ? (mesh.mesh.trustDomain ?? 'mesh.local') : 'mesh.local';
  const atHand = { services, mesh: mesh?.kind === 'mesh' ? mesh.mesh : undefined, topology };
  lintMeshIssuers(atHand.mesh, warnAbout('mesh', issues));
  const seen = new Set<string>();
  for (const document of services) {
    const warn = warnAbout(`service/${document.service}`, issues);
    if (seen.has(document.service))
      warn(
        lintCode.duplicateDocument,
        ['service'],
        `there is another document about ${document.service}`,
        'one document for each service',
      );
    seen.add(document.service);
    lintTopology(document, topology, warn);
    lintGateways(document, atHand, warn);
    lintRoutes(document, warn);
    lintListeners(document, warn);
    lintFilters(document, warn);
    lintRpc(document, warn);
    lintMtls(document, warn);
    lintEffect(document, warn);
    lintAuthentication(document, atHand.mesh, warn);
    lintAccess(document, known, trustDomain, topology, warn);
  }
  for (const service of Object.keys(topology?.services ?? {})) {
    if (!seen.has(service))
      warnAbout(`service/${service}`, issues)(
        lintCode.missingDocument,
        [],
        `the mesh has the service ${service}, and no document says how it is reached`,
        'a document; until then its edge answers 503',
      );
  }
  return issues;
}

function warnAbout(file: string, issues: Issue[]): Warn {
  return (code, path, message, expected = '') => {
    const severity = lintErrors.has(code) ? 'error' : 'warning';
    issues.push({ file, line: 0, column: 0, path: pathText(path), message, expected, severity, code });
  };
}

function lintTopology(document: ServiceDocument, topology: Topology | undefined, warn: Warn): void {
  if (topology === undefined) return;
  const service = Object.hasOwn(topology.services, document.service) ? topology.services[document.service] : undefined;
  if (service === undefined) {
    warn(
      lintCode.unknownService,
      ['service'],
      `${document.service} is no service of this mesh`,
      `one of ${Object.keys(topology.services).join(', ')}, or a deployment that adds it`,
    );
    return;
  }
  for (const [name, { worker }] of Object.entries(document.versions ?? {})) {
    if (worker === undefined || service.workers.includes(worker)) continue;
    warn(
      lintCode.unresolvedWorker,
      ['versions', name, 'worker'],
      `the edge of ${document.service} has no binding to the Worker ${worker}`,
      `one of ${service.workers.join(', ')}, or a deployment that adds it`,
    );
  }
}

function lintEffect(document: ServiceDocument, warn: Warn): void {
  for (const field of ['balance', 'outlier'] as const) {
    if (document[field] !== undefined)
      warn(lintCode.noEffect, [field], `${field} has no effect, since each version has one endpoint`);
  }
}

function lintAccess(
  document: ServiceDocument,
  known: ReadonlySet<string>,
  trustDomain: string,
  topology: Topology | undefined,
  warn: Warn,
): void {
  const rules = document.access?.rules ?? [];
  // Beside rules that admit others, one for Workers that may come to bind the service is no mistake.
  const onlyAllowed = rules.filter(({ action }) => action === 'allow').length === 1;
  rules.forEach((rule, index) => {
    const at = ['access', 'rules', index];
    const several = Array.isArray(rule.from);
    [rule.from ?? []].flat().forEach((from, position) => {
      const here = [...at, 'from', ...(several ? [position] : [])];
      for (const field of ['principals', 'notPrincipals'] as const) {
        from[field]?.forEach((principal, place) => {
          const service = namedService(principal, trustDomain);
          if (service !== undefined && !known.has(service))
            warn(lintCode.unknownPrincipal, [...here, field, place], `${service} is no service of this mesh`);
        });
      }
      const callers = topology?.services[document.service]?.callers;
      const nobody =
        onlyAllowed &&
        rule.action === 'allow' &&
        callers?.length === 0 &&
        from.principals?.every((principal) => principal === declaredPrincipals);
      if (nobody)
        warn(
          lintCode.nobodyAllowed,
          [...here, 'principals'],
          `no Worker was given a binding to ${document.service}, so this allows nobody`,
        );
    });
    if (rule.action !== 'deny') return;
    [rule.to ?? []].flat().forEach((target, position) => {
      if (target.rpc !== undefined) return;
      const here = [...at, 'to', ...(Array.isArray(rule.to) ? [position] : [])];
      warn(
        lintCode.denyWidens,
        here,
        'an RPC call has no path, HTTP method or host, so this denies every RPC call of these callers as well',
        'rpc, if only some RPC methods are meant',
      );
    });
  });
}

/** The service that a pattern names exactly, if it does. */
function namedService(principal: string, trustDomain: string): string | undefined {
  if (principal.includes('*') || principal === declaredPrincipals) return undefined;
  return isWholePrincipal(principal) ? principalService(trustDomain, principal) : principal;
}
