/** The rules of a service document that span fields. What they find is malformed: it is refused at every door. */
import type { Normalization } from '../../core/canonical-path.ts';
import { parseDuration } from '../../core/duration.ts';
import { examplePath, pathPatternFault } from '../../core/path-match.ts';
import { Findings, type Path, repeated } from '../findings/findings.ts';
import { malformed, type Problem } from '../findings/issue.ts';
import type { ServiceDocument } from '../schema/service.ts';
import { checkJwtRules } from './check-authentication.ts';
import { checkFilters } from './check-filters.ts';
import { checkMatches } from './check-matches.ts';
import { checkPublic } from './check-public.ts';
import { checkKeeping, checkVersions } from './check-targets.ts';

type Route = NonNullable<ServiceDocument['routes']>[number];

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
export function checkService(document: ServiceDocument, declared = declaredIn(document)): Problem[] {
  const findings = new Findings();
  checkVersions(document, findings);
  checkRoutes(document, declared, findings);
  checkAccess(document, findings);
  checkJwtRules(document.authentication?.jwt ?? [], ['authentication', 'jwt'], findings);
  if (document.public !== undefined) checkPublic(document.public, findings);
  return findings.problems;
}

function checkRoutes(document: ServiceDocument, declared: Declared, findings: Findings): void {
  const { routes = [], normalization = 'base' } = document;
  const { versions } = declared;
  if (routes.length === 0 && versions.length !== 1) {
    findings.add(
      ['routes'],
      malformed.noRoute,
      versions.length === 0
        ? 'there is no version and no route, so nothing answers'
        : `there are ${versions.length} versions and no route says which of them answers`,
      'a route, or a single version',
    );
  }
  for (const index of repeated(routes.map((route) => route.name))) {
    findings.add(
      ['routes', index, 'name'],
      malformed.duplicate,
      `another route is named ${JSON.stringify(routes[index]?.name)} too`,
      'a name of its own',
    );
  }
  routes.forEach((route, index) => {
    checkRoute(route, ['routes', index], declared, normalization, findings);
  });
}

function checkRoute(
  route: Route,
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
export function timeoutFault(timeouts: Route['timeouts']): string | undefined {
  const request = parseDuration(timeouts?.request ?? '0s') ?? 0;
  const backendRequest = parseDuration(timeouts?.backendRequest ?? '0s') ?? 0;
  return request > 0 && backendRequest > request
    ? `an attempt gets more time (${timeouts?.backendRequest}) than the call (${timeouts?.request})`
    : undefined;
}

function checkTimeouts(timeouts: Route['timeouts'], at: Path, findings: Findings): void {
  const fault = timeoutFault(timeouts);
  if (fault !== undefined)
    findings.add([...at, 'backendRequest'], malformed.inconsistent, fault, `at most ${timeouts?.request}`);
}

function checkAccess(document: ServiceDocument, findings: Findings): void {
  document.access?.rules?.forEach((rule, index) => {
    const at = ['access', 'rules', index, 'to'];
    const several = Array.isArray(rule.to);
    const targets = rule.to === undefined ? [] : Array.isArray(rule.to) ? rule.to : [rule.to];
    targets.forEach((target, position) => {
      target.paths?.forEach((pattern, place) => {
        const here = [...at, ...(several ? [position] : []), 'paths', place];
        const fault = pathPatternFault(pattern);
        if (fault !== undefined)
          findings.add(here, malformed.badValue, `the pattern ${JSON.stringify(pattern)} is none`, fault);
        else findings.literalPath(examplePath(pattern), pattern, here, document.normalization ?? 'base');
        if (document.normalization === 'none') {
          findings.add(
            here,
            malformed.inconsistent,
            'a rule by path can be passed by where paths are not made canonical',
            'a normalization other than none',
          );
        }
      });
    });
  });
}
