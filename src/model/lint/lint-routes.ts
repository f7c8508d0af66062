/** What is doubtful about routes: what no call can reach, and what has no effect. */

import { matchesOf } from '../match/match-conditions.ts';
import type { DocumentRoute } from '../schema/route.ts';
import type { ServiceDocument } from '../schema/service.ts';
import { lintCode, type Warn } from './lint-code.ts';
import { answersItself } from './lint-filters.ts';
import { EarlierMatches, wildcardsOver } from './lint-shadow.ts';

/** Findings about the routes of one document. */
export function lintRoutes(document: ServiceDocument, warn: Warn): void {
  const { routes = [] } = document;
  const earlier = new EarlierMatches();
  const wildcards = new Map<string, string>();
  routes.forEach((route, index) => {
    lintReach(route, index, earlier, warn);
    lintOrder(route, index, wildcards, warn);
    lintWeights(route, index, warn);
  });
  lintVersions(document, warn);
}

function lintReach(route: DocumentRoute, index: number, earlier: EarlierMatches, warn: Warn): void {
  const matches = matchesOf(route);
  const covering = matches.map((match) => {
    const name = earlier.covering(route, match);
    earlier.add(route, match);
    return name;
  });
  const before = covering.find((name) => name !== undefined && name !== route.name);
  if (before !== undefined && covering.every((name) => name !== undefined)) {
    warn(
      lintCode.unreachableRoute,
      ['routes', index],
      `the route ${before} before it takes every call that it is for, so ${route.name} is never reached`,
    );
    return;
  }
  covering.forEach((name, position) => {
    if (name !== undefined)
      warn(
        lintCode.duplicateMatch,
        ['routes', index, 'matches', position],
        name === route.name
          ? 'an earlier match of the route holds for all of its calls'
          : `the route ${name} comes first, and takes all of its calls`,
      );
  });
}

/** Who knows the Gateway API's order expects the route with the more specific host to go first wherever it stands. */
function lintOrder(route: DocumentRoute, index: number, wildcards: Map<string, string>, warn: Warn): void {
  const hosts = (route.hostnames ?? []).map((host) => host.toLowerCase());
  hosts.forEach((host, position) => {
    const wider = wildcardsOver(host).find((wildcard) => wildcards.has(wildcard));
    if (wider !== undefined)
      warn(
        lintCode.widerHostFirst,
        ['routes', index, 'hostnames', position],
        `the route ${wildcards.get(wider)} is for ${wider} and comes first: calls to ${host} that fit it do not come here`,
        'routes of more specific hosts first',
      );
  });
  for (const host of hosts) if (host.startsWith('*.') && !wildcards.has(host)) wildcards.set(host, route.name);
}

function lintWeights(route: DocumentRoute, index: number, warn: Warn): void {
  const { name, backends = [] } = route;
  if (answersItself(route)) return;
  const at = ['routes', index, 'backends'];
  if (backends.length === 0 || backends.every(({ weight }) => weight === 0)) {
    warn(lintCode.noWeight, at, `no version of the route ${name} has weight, so it answers 500`);
  } else if (backends.length === 1 && backends[0]?.weight !== undefined) {
    warn(lintCode.loneWeight, [...at, 0, 'weight'], 'the weight of a lone backend has no effect');
  }
}

function lintVersions({ routes, versions }: ServiceDocument, warn: Warn): void {
  if (routes === undefined || routes.length === 0) return;
  const used = new Set<string | undefined>();
  for (const { backends = [], filters = [] } of routes) {
    for (const { version } of backends) used.add(version);
    for (const { requestMirror } of [...filters, ...backends.flatMap((backend) => backend.filters ?? [])])
      used.add(requestMirror?.version);
  }
  for (const version of Object.keys(versions ?? {})) {
    if (!used.has(version))
      warn(lintCode.unusedVersion, ['versions', version], `no route sends anything to ${version}`);
  }
}
