/** What is doubtful about routes: what no call can reach, and what has no effect. */
import { lintCode, type Warn } from './lint-code.ts';
import { answersItself } from './lint-filters.ts';
import type { ServiceDocument } from './schema/service.ts';

type Route = NonNullable<ServiceDocument['routes']>[number];
type Match = NonNullable<Route['matches']>[number];

/** Findings about the routes of one document. */
export function lintRoutes(document: ServiceDocument, warn: Warn): void {
  const { routes = [] } = document;
  const matchesBefore = new Map<string, string>();
  let catchAll: string | undefined;
  routes.forEach((route, index) => {
    if (catchAll !== undefined)
      warn(
        lintCode.unreachableRoute,
        ['routes', index],
        `the route ${catchAll} before it takes every call, so ${route.name} is never reached`,
      );
    else lintMatches(route, index, matchesBefore, warn);
    catchAll ??= catchesAll(route) ? route.name : undefined;
    lintWeights(route, index, warn);
  });
  lintVersions(document, warn);
}

function lintMatches(route: Route, index: number, before: Map<string, string>, warn: Warn): void {
  route.matches?.forEach((match, position) => {
    const key = JSON.stringify([route.hostnames ?? [], normalized(match)]);
    const earlier = before.get(key);
    if (earlier !== undefined)
      warn(
        lintCode.duplicateMatch,
        ['routes', index, 'matches', position],
        `the route ${earlier} has the same match, and comes first`,
      );
    else before.set(key, route.name);
  });
}

/** Equal for matches that hold for the same calls in the same words. */
function normalized({ path, method, headers = [], queryParams = [], rpc }: Match): unknown {
  const values = (matches: NonNullable<Match['headers']>): string[] =>
    matches.map(({ type = 'Exact', name, value }) => JSON.stringify([type, name, value])).sort();
  return [path && [path.type ?? 'PathPrefix', path.value], method, values(headers), values(queryParams), rpc];
}

function catchesAll({ hostnames, matches }: Route): boolean {
  if (hostnames !== undefined) return false;
  if (matches === undefined || matches.length === 0) return true;
  return matches.some(({ path, method, headers = [], queryParams = [], rpc }) => {
    const anyPath = path === undefined || ((path.type ?? 'PathPrefix') === 'PathPrefix' && path.value === '/');
    return anyPath && method === undefined && rpc === undefined && headers.length === 0 && queryParams.length === 0;
  });
}

function lintWeights(route: Route, index: number, warn: Warn): void {
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
