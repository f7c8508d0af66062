/**
 * Finding the route: the first in document order of which a match holds. Matches without conditions end the list, a header that
 * several matches ask about is read once a call, and the query is parsed only when a match gets as far as asking.
 */
import { hostPattern, namePattern, type ValuePredicate } from '../core/header-match.ts';
import { compileLinearRegex } from '../core/linear-regex.ts';
import { pathPrefix } from '../core/path-match.ts';
import type { DocumentRoute } from './compile-route.ts';
import type { CallFacts, Found, Route } from './snapshot.ts';

type DocumentMatch = NonNullable<DocumentRoute['matches']>[number];
type DocumentValue = NonNullable<DocumentMatch['headers']>[number];

/** What one call's conditions have read so far. */
interface Reading {
  readonly headers: (string | null | undefined)[];
  query: URLSearchParams | undefined;
}

type Condition = (facts: CallFacts, reading: Reading) => boolean;

interface Candidate {
  readonly conditions: readonly Condition[];
  readonly found: Found;
}

/** Compiles the matches of all routes; `routes[i]` is what `documentRoutes[i]` was compiled to. */
export function compileMatches(
  documentRoutes: readonly DocumentRoute[],
  routes: readonly Route[],
): (facts: CallFacts) => Found | undefined {
  const headerSlots = new Map<string, number>();
  const candidates: Candidate[] = [];
  documentRoutes.forEach((documentRoute, index) => {
    const hosts = hostCondition(documentRoute.hostnames);
    const matches: readonly DocumentMatch[] = documentRoute.matches?.length ? documentRoute.matches : [{}];
    matches.forEach((match, position) => {
      candidates.push({
        conditions: [...hosts, ...conditionsOf(match, headerSlots)],
        found: { route: routes[index] as Route, prefix: prefixOf(match), match: position },
      });
    });
  });
  const always = candidates.findIndex((candidate) => candidate.conditions.length === 0);
  const reachable = always < 0 ? candidates : candidates.slice(0, always);
  const fallback = always < 0 ? undefined : candidates[always]?.found;
  if (reachable.length === 0) return () => fallback;
  return (facts) => {
    const reading: Reading = { headers: [], query: undefined };
    for (const { conditions, found } of reachable) {
      if (holds(conditions, facts, reading)) return found;
    }
    return fallback;
  };
}

function holds(conditions: readonly Condition[], facts: CallFacts, reading: Reading): boolean {
  for (const condition of conditions) {
    if (!condition(facts, reading)) return false;
  }
  return true;
}

/** Hosts, paths, HTTP methods and queries are facts of a fetch; a match that asks about them never holds for an RPC call. */
function hostCondition(hostnames: readonly string[] | undefined): Condition[] {
  if (hostnames === undefined) return [];
  const patterns = hostnames.map(hostPattern);
  return [(facts) => facts.kind === 'fetch' && patterns.some((matches) => matches(facts.host))];
}

function conditionsOf(match: DocumentMatch, headerSlots: Map<string, number>): Condition[] {
  const conditions: Condition[] = [];
  const { path, method, headers = [], queryParams = [], rpc } = match;
  if (method !== undefined) conditions.push((facts) => facts.method === method && facts.kind === 'fetch');
  if (rpc !== undefined) {
    const matches = namePattern(rpc);
    conditions.push((facts) => facts.kind === 'rpc' && matches(facts.method));
  }
  // The prefix `/` is the Gateway API's way to say every call, so it holds for RPC like a match without a path.
  if (path !== undefined && !(isPrefix(path.type) && path.value === '/')) {
    const matches = isPrefix(path.type) ? pathPrefix(path.value) : valuePredicate(path.type, path.value);
    conditions.push((facts) => facts.kind === 'fetch' && matches(facts.path));
  }
  for (const header of headers) conditions.push(headerCondition(header, headerSlots));
  for (const parameter of queryParams) conditions.push(queryCondition(parameter));
  return conditions;
}

function prefixOf({ path }: DocumentMatch): string {
  return path !== undefined && isPrefix(path.type) ? path.value : '/';
}

function isPrefix(type: NonNullable<DocumentMatch['path']>['type']): boolean {
  return type === undefined || type === 'PathPrefix';
}

function headerCondition({ type, name, value = '' }: DocumentValue, headerSlots: Map<string, number>): Condition {
  const lower = name.toLowerCase();
  const slot = headerSlots.get(lower) ?? headerSlots.size;
  headerSlots.set(lower, slot);
  const matches = valuePredicate(type, value);
  return (facts, reading) => {
    let actual = reading.headers[slot];
    if (actual === undefined) {
      actual = facts.header(lower);
      reading.headers[slot] = actual;
    }
    return actual !== null && matches(actual);
  };
}

function queryCondition({ type, name, value = '' }: DocumentValue): Condition {
  const matches = valuePredicate(type, value);
  return (facts, reading) => {
    if (facts.query === '') return false;
    reading.query ??= new URLSearchParams(facts.query);
    const actual = reading.query.get(name);
    return actual !== null && matches(actual);
  };
}

function valuePredicate(type: DocumentValue['type'] | 'PathPrefix', value: string): ValuePredicate {
  return type === 'RegularExpression' ? compileLinearRegex(value).matches : (actual) => actual === value;
}
