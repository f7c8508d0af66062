/** The rules of a service document that span fields. What they find is malformed: it is refused at every door. */
import { canonicalTarget, type Normalization } from '../core/canonical-path.ts';
import { closestName } from '../core/closest-name.ts';
import { parseDuration } from '../core/duration.ts';
import { linearRegex } from '../core/linear-regex.ts';
import { examplePath, pathPatternFault } from '../core/path-match.ts';
import { malformed, type PathKey, type Problem } from './issue.ts';
import type { ServiceDocument } from './schema/service.ts';

type Route = NonNullable<ServiceDocument['routes']>[number];
type Match = NonNullable<Route['matches']>[number];
type Path = readonly PathKey[];

/** Regular expressions in one document: what an edge must be able to check and compile in a few milliseconds. */
const maxRegexes = 64;

class Findings {
  readonly problems: Problem[] = [];
  regexes = 0;

  add(path: Path, code: string, message: string, expected = ''): void {
    this.problems.push({ path, code, message, expected, severity: 'error' });
  }
}

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

function checkVersions(document: ServiceDocument, findings: Findings): void {
  for (const [name, { url }] of Object.entries(document.versions ?? {})) {
    if (url === undefined) continue;
    const target = canonicalTarget(url, 'base');
    const fault = !target.ok ? target.detail : /[?#]/.test(url) ? 'the URL has a query or fragment' : undefined;
    if (fault !== undefined) {
      findings.add(
        ['versions', name, 'url'],
        malformed.badValue,
        fault,
        'an absolute http or https URL without user, query and fragment',
      );
    }
  }
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
    const here = [...at, 'backends', index];
    if (backend.version !== undefined && !versions.includes(backend.version)) {
      const meant = closestName(backend.version, versions);
      findings.add(
        [...here, 'version'],
        malformed.unknownVersion,
        `the document declares no version ${JSON.stringify(backend.version)}`,
        meant === undefined ? `one of ${versions.join(', ')}` : `${meant} (one of ${versions.join(', ')})`,
      );
    }
    checkFilters(backend.filters, [...here, 'filters'], findings);
  });
  checkFilters(route.filters, [...at, 'filters'], findings);
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

function checkFilters(filters: Route['filters'], at: Path, findings: Findings): void {
  for (const index of repeated((filters ?? []).map((filter) => filter.type))) {
    findings.add(
      [...at, index, 'type'],
      malformed.duplicate,
      'there is a filter of this type already',
      'each type once',
    );
  }
  filters?.forEach((filter, index) => {
    for (const field of ['requestHeaderModifier', 'responseHeaderModifier'] as const) {
      for (const action of ['set', 'add', 'remove'] as const) {
        const names = (filter[field]?.[action] ?? []).map((change) =>
          (typeof change === 'string' ? change : change.name).toLowerCase(),
        );
        for (const position of repeated(names)) {
          findings.add(
            [...at, index, field, action, position],
            malformed.duplicate,
            `the header ${JSON.stringify(names[position])} stands in this list twice`,
            'each header once',
          );
        }
      }
    }
  });
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
  if (path?.type === 'RegularExpression') checkRegex(path.value, [...at, 'path', 'value'], findings);
  else if (path !== undefined)
    checkLiteralPath(path.value, path.value, [...at, 'path', 'value'], normalization, findings);
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
    if (match.type === 'RegularExpression') checkRegex(match.value ?? '', [...at, index, 'value'], findings);
  });
}

function checkRegex(source: string, at: Path, findings: Findings): void {
  findings.regexes += 1;
  if (findings.regexes === maxRegexes + 1) {
    findings.add(at, malformed.badRegex, `the document has more than ${maxRegexes} regular expressions`);
  }
  if (findings.regexes > maxRegexes) return;
  const result = linearRegex(source);
  if (!result.ok)
    findings.add(
      at,
      malformed.badRegex,
      `at character ${result.at + 1} of the expression: ${result.reason}`,
      result.expected,
    );
}

/** A path that is not canonical would never match anything. */
function checkLiteralPath(
  path: string,
  shown: string,
  at: Path,
  normalization: Normalization,
  findings: Findings,
): void {
  if (!path.startsWith('/')) {
    findings.add(at, malformed.badValue, `the path ${JSON.stringify(shown)} does not begin with "/"`, `"/${shown}"`);
    return;
  }
  if (/[?#]/.test(path)) {
    findings.add(at, malformed.badValue, 'a path has no query and no fragment', 'the path alone');
    return;
  }
  const target = canonicalTarget(`http://host${path}`, normalization);
  if (!target.ok) findings.add(at, malformed.badValue, target.detail);
  else if (target.path !== path) {
    findings.add(
      at,
      malformed.badValue,
      `the path is not canonical and would never match`,
      shown === path ? target.path : `the canonical form, as in ${target.path}`,
    );
  }
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
        else checkLiteralPath(examplePath(pattern), pattern, here, document.normalization ?? 'base', findings);
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

/** Indexes of values that stand earlier in the list already. */
function repeated(values: readonly string[]): number[] {
  const seen = new Set<string>();
  return values.flatMap((value, index) => {
    const again = seen.has(value);
    seen.add(value);
    return again ? [index] : [];
  });
}
