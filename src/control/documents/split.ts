/** `split`: gives a route's backends, versions or services, new weights and leaves every other word of the stored document as it is. */

import { ownEntry } from '../../core/own-entry.ts';
import { backendName } from '../../model/references.ts';
import type { DocumentRoute } from '../../model/schema/route.ts';
import type { ServiceDocument } from '../../model/schema/service.ts';

type Match = NonNullable<DocumentRoute['matches']>[number];

export type SplitError =
  | { readonly code: 'bad_weights'; readonly detail: string }
  | { readonly code: 'unknown_version'; readonly version: string; readonly known: readonly string[] }
  | { readonly code: 'unknown_route'; readonly route: string; readonly known: readonly string[] }
  | { readonly code: 'ambiguous_route'; readonly known: readonly string[] }
  | { readonly code: 'ambiguous_backend'; readonly route: string; readonly version: string };

export interface WeightChange {
  readonly version: string;
  readonly before: number;
  readonly after: number;
}

export type SplitResult =
  | {
      readonly ok: true;
      readonly document: ServiceDocument;
      readonly route: string;
      readonly changes: readonly WeightChange[];
    }
  | { readonly ok: false; readonly error: SplitError };

/** The Gateway API's bound for a backend's weight. */
const maxWeight = 1_000_000;

/** Every path is below the prefix `/`, and PathPrefix is the default type. */
function asksNothing({ path, ...rest }: Match): boolean {
  if (Object.values(rest).some((condition) => condition !== undefined)) return false;
  return path === undefined || ((path.type ?? 'PathPrefix') === 'PathPrefix' && path.value === '/');
}

/** A route that every call matches: for all hosts, and without a match that asks for more than a path below `/`. */
function catchesAll(route: DocumentRoute): boolean {
  if (route.hostnames !== undefined) return false;
  const matches = route.matches ?? [];
  return matches.length === 0 || matches.some(asksNothing);
}

/** The route a split means: the one asked for, else `default`, else the only one, else the last that catches all. */
function chooseRoute(routes: readonly DocumentRoute[], asked: string | undefined): number | SplitError {
  const known = routes.map((route) => route.name);
  if (asked !== undefined) {
    const found = known.indexOf(asked);
    return found >= 0 ? found : { code: 'unknown_route', route: asked, known };
  }
  const named = known.indexOf('default');
  if (named >= 0) return named;
  if (routes.length === 1) return 0;
  const last = routes.findLastIndex(catchesAll);
  return last >= 0 ? last : { code: 'ambiguous_route', known };
}

/**
 * Sets the weights of one route. A version of the route that is not named gets weight 0 and keeps its place and filters;
 * a declared version that the route does not have yet is added at the end.
 */
export function splitTraffic(
  document: ServiceDocument,
  weights: Readonly<Record<string, number>>,
  asked?: string,
): SplitResult {
  const fail = (error: SplitError): SplitResult => ({ ok: false, error });
  const named = Object.entries(weights);
  if (named.length === 0) return fail({ code: 'bad_weights', detail: 'name at least one version, as in v1=90 v2=10' });
  for (const [version, weight] of named) {
    if (!Number.isInteger(weight) || weight < 0 || weight > maxWeight) {
      return fail({
        code: 'bad_weights',
        detail: `the weight of ${version} must be a whole number from 0 to ${maxWeight}`,
      });
    }
  }
  if (named.every(([, weight]) => weight === 0)) {
    return fail({ code: 'bad_weights', detail: 'one weight at least must be above 0, or nobody would answer' });
  }

  const routes = document.routes ?? [];
  const chosen = chooseRoute(routes, asked);
  if (typeof chosen !== 'number') return fail(chosen);
  const route = routes[chosen] as DocumentRoute;
  const present = route.backends ?? [];
  // Another service can only be given weight where the route has it already: its name alone would be taken for a version's.
  const known = new Set([...Object.keys(document.versions ?? {}), ...present.map(backendName)]);
  const unknown = named.find(([version]) => !known.has(version));
  if (unknown !== undefined) return fail({ code: 'unknown_version', version: unknown[0], known: [...known] });
  const twice = present.find(
    (one, index) => present.findIndex((other) => backendName(other) === backendName(one)) !== index,
  );
  if (twice !== undefined) return fail({ code: 'ambiguous_backend', route: route.name, version: backendName(twice) });

  // The Gateway API's default for a backend without a weight is 1.
  const kept = present.map((backend) => ({ ...backend, weight: ownEntry(weights, backendName(backend)) ?? 0 }));
  const added = named
    .filter(([version]) => !present.some((backend) => backendName(backend) === version))
    .map(([version, weight]) => ({ version, weight }));
  const changes = [...kept, ...added].map(({ weight, ...backend }, index) => ({
    version: backendName(backend),
    before: index < present.length ? (present[index]?.weight ?? 1) : 0,
    after: weight,
  }));
  const nextRoute = { ...route, backends: [...kept, ...added] };
  const next = { ...document, routes: routes.map((one, index) => (index === chosen ? nextRoute : one)) };
  return { ok: true, document: next, route: route.name, changes };
}

/** What a person reads for a split that cannot be made. */
export function describeSplitError(error: SplitError): string {
  switch (error.code) {
    case 'bad_weights':
      return error.detail;
    case 'unknown_version':
      return `there is no version "${error.version}"; the document has ${error.known.join(', ') || 'none'}`;
    case 'unknown_route':
      return `there is no route "${error.route}"; the document has ${error.known.join(', ') || 'none'}`;
    case 'ambiguous_route':
      return error.known.length === 0
        ? 'the document has no route whose weights could be set'
        : `no route is named "default" and none catches all, so name one: ${error.known.join(', ')}`;
    case 'ambiguous_backend':
      return `the route "${error.route}" has the version "${error.version}" twice; change its weights in the document`;
  }
}
