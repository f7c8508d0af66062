/** HTTPRoute of a VirtualService: conditions, and what is done with the calls. */
import type { Filter, Match, Route } from '../../documents/document-types.ts';
import { type DraftRoute, givenName, lossesOf, type RouteBody } from '../../documents/draft.ts';
import { madeFrom, originOf } from '../../manifests/origin.ts';
import type { Destinations } from '../destinations/destinations.ts';
import { durationText, readDurationMs } from '../durations.ts';
import type { LayeredRoute } from './delegates.ts';
import { convertCors, convertDirectResponse, convertFault, convertMirrors } from './filters.ts';
import { convertHeaders } from './header-changes.ts';
import { field, type Layers } from './layers.ts';
import { convertMatch, type MatchScope } from './match.ts';
import { regexRewrite, replaceMatched, type UriCondition, uriConditionOf, uriKey } from './paths.ts';
import { type CalledPorts, convertRedirect } from './redirect.ts';
import { convertRetries } from './retries.ts';

const routeFields = [
  'name',
  'match',
  'route',
  'redirect',
  'directResponse',
  'delegate',
  'rewrite',
  'timeout',
  'retries',
  'fault',
  'mirror',
  'mirrors',
  'mirrorPercent',
  'mirrorPercentage',
  'corsPolicy',
  'headers',
];

/** In which document a route is to stand. */
export interface RouteTarget {
  readonly destinations: Destinations;
  readonly scope: MatchScope;
  /** Ports under which the service or gateway is called, for redirects that keep the port. */
  readonly ports: CalledPorts;
  /** Whether a match is for calls that this document decides, by its `gateways`. */
  readonly takes: (match: Layers) => boolean;
}

/** The routes that one becomes; none where none of its matches is for this document. */
export function convertHttpRoute(route: LayeredRoute, target: RouteTarget): DraftRoute[] {
  const mine = route.matches.filter(target.takes);
  if (route.matches.length > 0 && mine.length === 0) return [];
  return groupsOf(route, mine).flatMap(([first, group]) => {
    const { value, found } = route.layers[0].report.during(() => {
      for (const layer of route.layers) layer.only(routeFields);
      return {
        matches: group.map((match) => convertMatch(match, target.scope)),
        answers: answersOf(route.layers, conditionOf(first), target),
      };
    });
    const matches = value.matches.flatMap((one) => one ?? []);
    if (group.length > 0 && matches.length === 0) return [];
    const name = givenName(field(route.layers, 'name').text() || route.fallbackName);
    return value.answers.map(
      ({ ports, ...answer }): DraftRoute => ({
        body: { name, ...answer, origin: route.layers[0], comments: lossesOf(found) },
        route: conditionsOf(matches, ports),
      }),
    );
  });
}

/** Matches that can share a route: where a new path stands in for what was matched, those with the same condition on the path. */
function groupsOf(
  route: LayeredRoute,
  matches: readonly Layers[],
): (readonly [Layers | undefined, readonly Layers[]])[] {
  const rewrite = field(route.layers, 'rewrite').get('uri').present;
  const redirect = field(route.layers, 'redirect');
  const isRelative =
    rewrite || redirect.get('prefixRewrite').present || redirect.get('uri').text()?.startsWith('%PREFIX') === true;
  if (!isRelative || matches.length < 2) return [[matches[0], matches]];
  // Neighbours only: the order of matches decides which of two that both hold is taken.
  const groups: Layers[][] = [];
  for (const match of matches) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && uriKey(conditionOf(last[0])) === uriKey(conditionOf(match))) last.push(match);
    else groups.push([match]);
  }
  return groups.map((group) => [group[0], group] as const);
}

function conditionOf(match: Layers | undefined): UriCondition {
  if (match === undefined) return { type: 'prefix', value: '/', caseless: false };
  return uriConditionOf(field(match, 'uri'), field(match, 'ignoreUriCase').value === true);
}

function conditionsOf(matches: readonly Match[], ports: Match['ports']): Omit<Route, 'name'> {
  const withPorts = (match: Match): Match =>
    ports === undefined ? match : madeFrom(originOf(match), { ...match, ports });
  const all = (matches.length === 0 ? [{}] : matches).map(withPorts);
  return all.some((match) => Object.keys(match).length === 0) ? {} : { matches: all };
}

type Answer = Omit<RouteBody, 'name' | 'origin' | 'comments'> & { readonly ports: Match['ports'] };

function answersOf(layers: Layers, condition: UriCondition, target: RouteTarget): Answer[] {
  const redirect = field(layers, 'redirect');
  const direct = field(layers, 'directResponse');
  const list = field(layers, 'route');
  const kinds = [redirect, direct, list].filter((one) => one.present);
  if (kinds.length !== 1) {
    layers[0].wrong('one of route, redirect, directResponse and delegate');
    return [];
  }
  const { filters: changes, authority } = convertHeaders(field(layers, 'headers'));
  const common = [...convertFault(field(layers, 'fault')), ...convertCors(field(layers, 'corsPolicy'))];
  if (redirect.present)
    return convertRedirect(redirect, condition, target.ports).map(({ filter, ports }) => ({
      filters: [...common, ...changes, filter],
      ports,
    }));
  if (direct.present) return [{ filters: [...common, ...changes, ...convertDirectResponse(direct)], ports: undefined }];
  const mirrors = convertMirrors(
    {
      mirror: field(layers, 'mirror'),
      percentage: field(layers, 'mirrorPercentage'),
      percent: field(layers, 'mirrorPercent'),
      mirrors: field(layers, 'mirrors'),
    },
    (destination) => target.destinations.mirror(destination),
  );
  const hostname = field(layers, 'rewrite').get('authority').text() || authority;
  const filters = [...common, ...changes, ...rewriteOf(layers, condition, hostname), ...mirrors];
  return [
    {
      ...(filters.length === 0 ? {} : { filters }),
      backends: target.destinations.backends(list, hostname !== undefined),
      ...timesOf(layers),
      ports: undefined,
    },
  ];
}

/** `hostname` is the rewrite's own, which counts more than one that headers set. */
function rewriteOf(layers: Layers, condition: UriCondition, hostname: string | undefined): Filter[] {
  const rewrite = field(layers, 'rewrite').only(['uri', 'authority', 'uriRegexRewrite']);
  const uri = rewrite.get('uri').text();
  const byRegex = rewrite.get('uriRegexRewrite');
  const path = byRegex.present ? regexRewrite(byRegex) : uri === undefined ? undefined : replaceMatched(uri, condition);
  if (hostname === undefined && path === undefined) return [];
  return [
    {
      type: 'URLRewrite',
      urlRewrite: { ...(hostname === undefined ? {} : { hostname }), ...(path === undefined ? {} : { path }) },
    },
  ];
}

/** Istio has no time limit by default, and two retries where the upstream was not reached. */
function timesOf(layers: Layers): Pick<RouteBody, 'timeouts' | 'retry'> {
  const requestMs = readDurationMs(field(layers, 'timeout'));
  const { retry, perTryMs } = convertRetries(field(layers, 'retries'));
  const limited = requestMs !== undefined && requestMs > 0;
  const tryMs = perTryMs === undefined || !limited ? perTryMs : Math.min(perTryMs, requestMs);
  const timeouts = {
    ...(requestMs === undefined ? {} : { request: durationText(requestMs) }),
    ...(tryMs === undefined ? {} : { backendRequest: durationText(tryMs) }),
  };
  return {
    ...(Object.keys(timeouts).length === 0 ? {} : { timeouts }),
    ...(retry === undefined ? {} : { retry }),
  };
}
