/** The rules of a service document that span fields. What they find is malformed: it is refused at every door. */
import type { Normalization } from '../core/canonical-path.ts';
import { parseDuration } from '../core/duration.ts';
import { examplePath, pathPatternFault } from '../core/path-match.ts';
import { checkFilters } from './check-filters.ts';
import { checkKeeping, checkVersions } from './check-targets.ts';
import { Findings, type Path, repeated } from './findings.ts';
import { malformed, type Problem } from './issue.ts';
import type { ServiceDocument } from './schema/service.ts';

type Route = NonNullable<ServiceDocument['routes']>[number];
type Match = NonNullable<Route['matches']>[number];

/**
 * Everything that is wrong with a document whose fields each have the right form. `declared` names the versions that routes may
 * use, where the document at hand is only the sound part of one that declares more.
 */
export function checkService(document: ServiceDocument, declared = Object.keys(document.versions ?? {})): Problem[] {
  const findings = new Findings();
  checkVersions(document, findings);
  checkRoutes(document, declared, findings);
  checkAccess(document, findings);
  for (const index of repeated((document.public?.hosts ?? []).map((host) => host.toLowerCase()))) {
    findings.add(
      ['public', 'hosts', index],
      malformed.duplicate,
      'this host stands in the list twice',
      'each host once',
    );
  }
  return findings.problems;
}

function checkRoutes(document: ServiceDocument, versions: readonly string[], findings: Findings): void {
  const { routes = [] } = document;
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
    checkRoute(route, ['routes', index], versions, document.normalization ?? 'base', findings);
  });
}

function checkRoute(
  route: Route,
  at: Path,
  versions: readonly string[],
  normalization: Normalization,
  findings: Findings,
): void {
  route.backends?.forEach((backend, index) => {
    if (backend.version !== undefined)
      findings.version(backend.version, versions, [...at, 'backends', index, 'version']);
  });
  checkFilters(route, at, versions, normalization, findings);
  checkKeeping(route, at, findings);
  for (const index of repeated((route.hostnames ?? []).map((host) => host.toLowerCase()))) {
    findings.add(
      [...at, 'hostnames', index],
      malformed.duplicate,
      'this host stands in the list twice',
      'each host once',
    );
  }
  checkTimeouts(route.timeouts, [...at, 'timeouts'], findings);
  route.matches?.forEach((match, index) => {
    checkMatch(match, [...at, 'matches', index], normalization, findings);
  });
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

function checkMatch(match: Match, at: Path, normalization: Normalization, findings: Findings): void {
  const { path, headers = [], queryParams = [], method, rpc } = match;
  if (rpc !== undefined && (path !== undefined || method !== undefined || queryParams.length > 0)) {
    findings.add(
      [...at, 'rpc'],
      malformed.inconsistent,
      'an RPC call has no path, HTTP method or query, so this match can never hold',
      'rpc, or path, method and queryParams',
    );
  }
  if (path?.type === 'RegularExpression') findings.regex(path.value, [...at, 'path', 'value']);
  else if (path !== undefined) findings.literalPath(path.value, path.value, [...at, 'path', 'value'], normalization);
  checkValues(headers, [...at, 'headers'], (name) => name.toLowerCase(), findings);
  checkValues(queryParams, [...at, 'queryParams'], (name) => name, findings);
}

function checkValues(
  matches: NonNullable<Match['headers']>,
  at: Path,
  fold: (name: string) => string,
  findings: Findings,
): void {
  for (const index of repeated(matches.map((match) => fold(match.name)))) {
    findings.add(
      [...at, index, 'name'],
      malformed.duplicate,
      'this match asks about the same name before',
      'each name once; several matches for alternatives',
    );
  }
  matches.forEach((match, index) => {
    if (match.type === 'RegularExpression') findings.regex(match.value ?? '', [...at, index, 'value']);
  });
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
