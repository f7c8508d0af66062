/** Which matches a call was held against, and why each did or did not hold: for people who ask, so no edge carries it. */
import type { CallFacts } from '../call-facts.ts';
import type { CompileOptions } from '../compile/compile.ts';
import { principalNames } from '../principal-names.ts';
import { routesOf } from '../references.ts';
import type { DocumentRoute } from '../schema/route.ts';
import type { ServiceDocument } from '../schema/service.ts';
import type { MeshSettings } from '../snapshot.ts';
import { matchScope } from './compile-match.ts';
import { listenerFinder } from './listener-match.ts';
import { type Condition, type DocumentMatch, matchConditions, matchesOf, routeConditions } from './match-conditions.ts';
import { newReading } from './match-reading.ts';

export interface MatchTrial {
  readonly route: string;
  /** Position of the match in the route, from 0. */
  readonly match: number;
  /** What the match asks for, in words; empty where it is for every call. */
  readonly conditions: readonly string[];
  /** The first condition that did not hold, in words; undefined where all did. */
  readonly failed?: string;
}

/** The matches in the order of the document, up to the first that holds. */
export function traceMatches(
  document: ServiceDocument,
  mesh: MeshSettings,
  { declared }: Pick<CompileOptions, 'declared'>,
  facts: CallFacts,
): readonly MatchTrial[] {
  const scope = matchScope(document.public, principalNames(mesh, declared));
  const reading = newReading();
  const listeners = document.public?.listeners ?? [];
  if (facts.door === 'public' && listeners.length > 0) {
    const found = listenerFinder(listeners)(facts, reading);
    if (found === undefined) return [];
    reading.listener = found;
  }
  const trials: MatchTrial[] = [];
  for (const route of routesOf(document)) {
    const shared = routeConditions(route, scope);
    for (const [position, match] of matchesOf(route).entries()) {
      const conditions = [...shared, ...matchConditions(match, scope)];
      const words = (condition: Condition) => phrase(condition, route, match);
      const failed = conditions.find(({ holds }) => !holds(facts, reading));
      const trial = { route: route.name, match: position, conditions: conditions.map(words) };
      trials.push(failed === undefined ? trial : { ...trial, failed: words(failed) });
      if (failed === undefined) return trials;
    }
  }
  return trials;
}

function phrase({ field, index = 0 }: Condition, route: DocumentRoute, match: DocumentMatch): string {
  switch (field) {
    case 'listeners':
      return `listener ${(route.listeners ?? []).join(' or ')}`;
    case 'hostnames':
      return `host ${(route.hostnames ?? []).join(' or ')}`;
    case 'path':
      return `path ${compared(match.path ?? {})}`;
    case 'host':
      return `host ${compared(match.host ?? {})}`;
    case 'headers':
      return valuePhrase('header', match.headers?.[index]);
    case 'queryParams':
      return valuePhrase('query parameter', match.queryParams?.[index]);
    case 'cookies':
      return valuePhrase('cookie', match.cookies?.[index]);
    case 'claims':
      return valuePhrase('claim', match.claims?.[index]);
    case 'ports':
      return `port ${(match.ports ?? []).join(' or ')}`;
    case 'from':
    case 'geo':
      return Object.entries(match[field] ?? {})
        .map(([what, names]) => `${what} ${names.join(' or ')}`)
        .join(', ');
    case 'method':
    case 'scheme':
    case 'rpc':
      return `${field === 'rpc' ? 'RPC method' : field} ${match[field]}`;
  }
}

interface Comparison {
  readonly type?: string;
  readonly name?: string;
  readonly value?: string;
  readonly invert?: boolean;
}

function valuePhrase(what: string, condition: Comparison = {}): string {
  const not = condition.invert === true ? 'not ' : '';
  return `${what} ${condition.name}: ${not}${compared(condition)}`;
}

function compared({ type, value = '' }: Comparison): string {
  switch (type) {
    case 'RegularExpression':
      return `like ${value}`;
    case 'PathPrefix':
      return `below ${value}`;
    case 'Prefix':
      return `beginning with ${value}`;
    case 'Present':
    case 'Absent':
      return type.toLowerCase();
    default:
      return value;
  }
}
