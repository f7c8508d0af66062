/** The rules of a service document that span fields. What they find is malformed: it is refused at every door. */

import { parseDuration } from '../../core/duration.ts';
import type { Normalization } from '../../core/urls/canonical-path.ts';
import type { Fault } from '../findings/fault.ts';
import { Findings, type Path, repeated } from '../findings/findings.ts';
import { ownPaths } from '../references.ts';
import type { DocumentRoute } from '../schema/route.ts';
import type { ServiceDocument } from '../schema/service.ts';
import { checkServiceAccess } from './check-access.ts';
import { checkJwtRules } from './check-authentication.ts';
import { checkFilters } from './check-filters.ts';
import { checkMatches } from './check-matches.ts';
import { checkPublic } from './check-public.ts';
import { checkKeeping, checkVersions } from './check-targets.ts';

/** Names that routes may use. */
export interface Declared {
  readonly versions: readonly string[];
  readonly listeners: readonly string[];
}

/** What a document declares, also where parts of it are not sound. */
export function declaredIn(document: Pick<ServiceDocument, 'versions' | 'public'>): Declared {
  const listeners: unknown = document.public?.listeners;
  return {
    versions: Object.keys(document.versions ?? {}),
    listeners: Array.isArray(listeners) ? listeners.flatMap((listener) => listener?.name ?? []) : [],
  };
}

/**
 * Everything that is wrong with a document whose fields each have the right form. `declared` is what the whole declares, where the
 * document at hand is only the sound part of it.
 */
export function checkService(document: ServiceDocument, declared = declaredIn(document)): Fault[] {
  const findings = new Findings();
  checkVersions(document, findings);
  checkRoutes(document, declared, findings);
  checkServiceAccess(document, findings);
  checkOwnPaths(document, findings);
  checkJwtRules(document.authentication?.jwt ?? [], ['authentication', 'jwt'], findings);
  if (document.public !== undefined) checkPublic(document.public, findings);
  return findings.faults;
}

function checkRoutes(document: ServiceDocument, declared: Declared, findings: Findings): void {
  const { routes = [], normalization = 'base' } = document;
  const { versions } = declared;
  if (routes.length === 0 && versions.length !== 1) {
    findings.fault(['routes'], 'noRoute', String(versions.length));
  }
  for (const index of repeated(routes.map((route) => route.name))) {
    findings.fault(['routes', index, 'name'], 'sameRoute', routes[index]?.name ?? '');
  }
  routes.forEach((route, index) => {
    checkRoute(route, ['routes', index], declared, normalization, findings);
  });
}

function checkRoute(
  route: DocumentRoute,
  at: Path,
  { versions, listeners }: Declared,
  normalization: Normalization,
  findings: Findings,
): void {
  route.backends?.forEach((backend, index) => {
    if (backend.version !== undefined)
      findings.version(backend.version, versions, [...at, 'backends', index, 'version']);
  });
  checkFilters(route, at, versions, normalization, findings);
  checkKeeping(route, at, findings);
  checkMatches(route, at, listeners, normalization, findings);
  if (route.timeouts !== undefined) checkTimeouts(route.timeouts, [...at, 'timeouts'], findings);
}

/** GEP-1742: an attempt may not be given more time than the call, where both are limited. */
function checkTimeouts(timeouts: DocumentRoute['timeouts'], at: Path, findings: Findings): void {
  const request = parseDuration(timeouts?.request ?? '0s') ?? 0;
  const backendRequest = parseDuration(timeouts?.backendRequest ?? '0s') ?? 0;
  if (request > 0 && backendRequest > request)
    findings.fault([...at, 'backendRequest'], 'timeouts', timeouts?.backendRequest ?? '', timeouts?.request ?? '');
}

function checkOwnPaths(document: ServiceDocument, findings: Findings): void {
  if (document.normalization !== 'none') return;
  for (const at of ownPaths(document)) {
    findings.fault(at, 'dotsLeadOut');
  }
}
