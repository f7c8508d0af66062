/**
 * The Gateway API takes the most specific match of all routes; of a document's routes the first decides. So every match of every rule
 * is put in the API's order. The listener is chosen before, by the edge.
 */
import type { Match } from '../documents/document-types.ts';
import { bySpecificity, type Hostname, intersects } from '../hostnames.ts';
import type { Manifest } from '../manifests/manifest.ts';
import type { Rule } from './rule.ts';

/** One match of one rule for one host name. */
export interface Entry {
  readonly rule: Rule;
  readonly route: Manifest;
  readonly hostname: Hostname;
  readonly match: Match;
  /** See `baseOf`; kept, since entries are compared with many others. */
  readonly base: string;
  /** Listeners that the HTTPRoute is attached to; undefined: all. */
  readonly listeners: readonly string[] | undefined;
  /** Position of rule and match in the HTTPRoute. */
  readonly position: readonly [rule: number, match: number];
}

/** Host name of the route, exact path, longer prefix, method, headers, query; then age, name and order of what they stand in. */
export function byPrecedence(one: Entry, other: Entry): number {
  return (
    bySpecificity(one.hostname, other.hostname) ||
    pathRank(other.match) - pathRank(one.match) ||
    pathLength(other.match) - pathLength(one.match) ||
    Number(other.match.method !== undefined) - Number(one.match.method !== undefined) ||
    (other.match.headers?.length ?? 0) - (one.match.headers?.length ?? 0) ||
    (other.match.queryParams?.length ?? 0) - (one.match.queryParams?.length ?? 0) ||
    byText(ageOf(one), ageOf(other)) ||
    byText(fullName(one), fullName(other)) ||
    one.position[0] - other.position[0] ||
    one.position[1] - other.position[1]
  );
}

/** Where regular expressions stand is up to the implementation: here behind exact paths and before prefixes, as in Envoy Gateway. */
function pathRank({ path }: Match): number {
  if (path?.type === 'Exact') return 2;
  return path?.type === 'RegularExpression' ? 1 : 0;
}

/** A slash at the end of a prefix means nothing. */
function pathLength({ path }: Match): number {
  const value = path?.value ?? '/';
  return path?.type === 'PathPrefix' && value.length > 1 && value.endsWith('/') ? value.length - 1 : value.length;
}

/** What nobody has created yet is the newest. */
function ageOf({ route }: Entry): string {
  return route.created === '' ? '~' : route.created;
}

function fullName({ route }: Entry): string {
  return `${route.namespace}/${route.name}`;
}

function byText(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

/** Whether no call can fit both, as far as it is plain to see. */
export function areDisjoint(one: Entry, other: Entry): boolean {
  return (
    !intersects(one.hostname, other.hostname) ||
    haveNoneInCommon(one.listeners, other.listeners) ||
    differ(one.match.method, other.match.method) ||
    haveDisjointPaths(one, other) ||
    haveNoneInCommon(one.match.ports, other.match.ports) ||
    valuesDiffer(one.match.headers, other.match.headers, (name) => name.toLowerCase()) ||
    valuesDiffer(one.match.queryParams, other.match.queryParams, (name) => name)
  );
}

function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

function haveNoneInCommon<T>(one: readonly T[] | undefined, other: readonly T[] | undefined): boolean {
  return one !== undefined && other !== undefined && !one.some((item) => other.includes(item));
}

function haveDisjointPaths(
  { match: { path: one }, base }: Entry,
  { match: { path: other }, base: otherBase }: Entry,
): boolean {
  if (one === undefined || other === undefined) return false;
  if (one.type === 'RegularExpression' || other.type === 'RegularExpression') return false;
  if (one.type === 'Exact') return other.type === 'Exact' ? one.value !== other.value : !isBelow(one.value, otherBase);
  return !isBelow(other.value, base) && (other.type === 'Exact' || !isBelow(one.value, otherBase));
}

/** `base` ends with a slash, as `baseOf` has it. */
function isBelow(path: string, base: string): boolean {
  return path.startsWith(base) || (path.length === base.length - 1 && base.startsWith(path));
}

/** What paths below a match's path begin with. */
export function baseOf({ path }: Match): string {
  const value = path?.value ?? '/';
  return value.endsWith('/') ? value : `${value}/`;
}

function valuesDiffer(one: Match['headers'], other: Match['headers'], fold: (name: string) => string): boolean {
  return (one ?? []).some(
    ({ type, name, value }) =>
      type === undefined &&
      (other ?? []).some((its) => its.type === undefined && fold(its.name) === fold(name) && its.value !== value),
  );
}
