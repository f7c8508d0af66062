/** From documents to what the data path reads. Compiling does all the look-ups, so that a call does none. */

import { parseDuration } from '../../core/duration.ts';
import { servicePrincipal } from '../../core/principals/principal.ts';
import type { Normalization } from '../../core/urls/canonical-path.ts';
import { compileMatches } from '../match/compile-match.ts';
import { principalNames } from '../principal-names.ts';
import { ownPaths, publicHosts, routesOf } from '../references.ts';
import { parseShare } from '../schema/fields.ts';
import type { MeshDocument } from '../schema/mesh.ts';
import type { ServiceDocument } from '../schema/service.ts';
import type { ClientAddressRule, MeshSettings, Snapshot, Target } from '../snapshot.ts';
import { compileAccess, type EffectiveAccess, effectiveAccess, judgesHosts, judgesPaths } from './compile-access.ts';
import { compileJwtRules, compileUserTokens } from './compile-authentication.ts';
import { withEgress } from './compile-egress.ts';
import type { FindTarget } from './compile-filter.ts';
import { compileMtls } from './compile-mtls.ts';
import { compileRetry, compileRoute, timeoutMs } from './compile-route.ts';
import { serviceTarget, versionTarget } from './compile-target.ts';

export interface CompileOptions {
  /** Of the service document's stored bytes. */
  readonly revision: string;
  /** Services whose Workers were given a binding to this service. */
  readonly declared: readonly string[];
}

/** Compiles the mesh document; without one everything has its default. */
export function compileMesh(document: MeshDocument | undefined, revision: string): MeshSettings {
  const { trustDomain = 'mesh.local', trustDomainAliases, carry = [], egress } = document ?? {};
  const { telemetry = {}, defaults = {} } = document ?? {};
  const retry = defaults.retry;
  return {
    trustDomain,
    trustDomainAliases,
    revision,
    carry: carry.map((name) => name.toLowerCase()),
    sampling: parseShare(telemetry.sampling ?? 1),
    shards: telemetry.shards ?? 8,
    egressHosts: egress?.hosts,
    openCallBoundMs: parseDuration(telemetry.openCallBound ?? '30s') ?? 0,
    defaults: {
      requestTimeoutMs: timeoutMs(defaults.timeouts?.request, undefined),
      backendRequestTimeoutMs: timeoutMs(defaults.timeouts?.backendRequest, undefined),
      retry: retry === undefined ? undefined : compileRetry(retry),
      onStale: defaults.onStale,
      normalization: defaults.normalization,
      access: defaults.access,
      jwt: compileJwtRules(defaults.authentication?.jwt ?? []),
    },
  };
}

/** Compiles a validated document. */
export function compileService(document: ServiceDocument, mesh: MeshSettings, options: CompileOptions): Snapshot {
  const targets = new Map(
    Object.entries(document.versions ?? {}).map(([name, version]) => [
      name,
      withEgress(versionTarget(name, version, document), mesh.egressHosts),
    ]),
  );
  // Checked before: every backend names a declared version.
  const documentRoutes = routesOf(document);
  const targetOf: FindTarget = ({ version, service }) =>
    service === undefined ? (targets.get(version ?? '') as Target) : serviceTarget(service, document.service);
  const routes = documentRoutes.map((route) => compileRoute(route, targetOf, mesh.defaults ?? {}));
  const { authentication = {} } = document;
  const access = effectiveAccess(document.access, mesh.defaults?.access);
  const names = principalNames(mesh, options.declared);
  const userTokens = compileUserTokens(authentication, mesh.defaults?.jwt ?? []);
  return {
    service: document.service,
    revision: options.revision,
    mesh,
    principal: servicePrincipal(mesh.trustDomain, document.service),
    publicHosts: publicHosts(document),
    clientAddress: clientAddressOf(document),
    normalization: normalizationOf(document, mesh, access),
    judgesHost: access !== undefined && judgesHosts(access),
    onStale: document.onStale ?? mesh.defaults?.onStale ?? 'default',
    routes,
    findRoute: compileMatches(document.public, documentRoutes, routes, names),
    ...compileAccess(access, document.service, mesh, names),
    userTokens,
    mtls: authentication.mtls && compileMtls(authentication.mtls, mesh.trustDomain),
  };
}

/**
 * `none` does not reach a service that judges by path: a path that is not canonical passes by. The mesh's does so neither in access nor in
 * routes, a service's own not beside rules that it has from the mesh (beside its own it is malformed).
 */
function normalizationOf(
  document: ServiceDocument,
  mesh: MeshSettings,
  access: EffectiveAccess | undefined,
): Normalization {
  const { normalization, routes = [] } = document;
  const said = normalization ?? mesh.defaults?.normalization ?? 'base';
  if (said !== 'none') return said;
  if (access !== undefined && judgesPaths(access)) return 'base';
  const matches = routes.flatMap((route) => route.matches ?? []);
  const judged = matches.some(({ path }) => path !== undefined) || ownPaths(document).length > 0;
  return normalization === undefined && judged ? 'base' : said;
}

function clientAddressOf(document: ServiceDocument): ClientAddressRule | undefined {
  const rule = document.public?.clientAddress;
  return rule && { trustedProxies: rule.trustedProxies ?? 0, header: rule.header?.toLowerCase() };
}
