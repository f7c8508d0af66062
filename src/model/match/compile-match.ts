/**
 * Finding the route: the first in document order of which a match holds. Matches without conditions end the list, a text of the call that
 * several matches ask about is read once, and only when a match gets as far as asking. Few matches are tried in turn, many by an index.
 */
import type { PrincipalNames } from '../../core/principals/principal-match.ts';
import type { CallFacts } from '../call-facts.ts';
import type { DocumentRoute } from '../schema/route.ts';
import type { ServiceDocument } from '../schema/service.ts';
import type { Found, Route } from '../snapshot.ts';
import { listenerFinder } from './listener-match.ts';
import {
  allHold,
  type Condition,
  type DocumentMatch,
  type MatchScope,
  matchConditions,
  matchesOf,
  routeConditions,
} from './match-conditions.ts';
import type { Candidate } from './match-groups.ts';
import { indexOf } from './match-index.ts';
import { newReading, Readers, type Reading, readScheme } from './match-reading.ts';

type PublicSection = NonNullable<ServiceDocument['public']>;

/** The route of calls that a listener answers with a redirect to HTTPS; no document writes it. */
export const httpsRedirectRoute: Route = {
  name: 'https-redirect',
  backends: [],
  redirect: { scheme: 'https', statusCode: 301 },
  beforeAccess: true,
};

const httpsRedirect: Found = { route: httpsRedirectRoute, prefix: '/', match: 0 };

type FindFound = (facts: CallFacts, reading?: Reading) => Found | undefined;

/** So few matches are tried in turn, which costs less than a look-up. */
const fewMatches = 4;

/** Conditions about these keep what they have read. */
const remembering: ReadonlySet<Condition['field']> = new Set([
  'listeners',
  'headers',
  'queryParams',
  'cookies',
  'ports',
]);

/** Compiles the matches of all routes; `routes[i]` is what `documentRoutes[i]` was compiled to. */
export function compileMatches(
  section: PublicSection | undefined,
  documentRoutes: readonly DocumentRoute[],
  routes: readonly Route[],
  names: PrincipalNames,
): (facts: CallFacts) => Found | undefined {
  const { candidates, founds } = candidatesOf(documentRoutes, routes, matchScope(section, names));
  const find = candidates.length > fewMatches ? inIndex(candidates, founds) : inTurn(candidates, founds);
  const open = publicFinder(section, find);
  if (open === undefined) return find;
  return (facts) => (facts.door === 'public' ? open : find)(facts, newReading());
}

/** What conditions are compiled with. */
export function matchScope(section: PublicSection | undefined, names: PrincipalNames): MatchScope {
  return {
    names,
    readers: new Readers(),
    methods: new Map(),
    listeners: (section?.listeners ?? []).map(({ name }) => name),
  };
}

/** `founds[i]` is what `candidates[i]` leads to. Where a match without conditions ends the list, there is one more for it, the last. */
interface Candidates {
  readonly candidates: readonly Candidate[];
  readonly founds: readonly Found[];
}

function candidatesOf(
  documentRoutes: readonly DocumentRoute[],
  routes: readonly Route[],
  scope: MatchScope,
): Candidates {
  const candidates: Candidate[] = [];
  const founds: Found[] = [];
  for (let index = 0; index < documentRoutes.length; index += 1) {
    const documentRoute = documentRoutes[index] as DocumentRoute;
    const shared = routeConditions(documentRoute, scope);
    const matches = matchesOf(documentRoute);
    for (let position = 0; position < matches.length; position += 1) {
      const match = matches[position] as DocumentMatch;
      const conditions = [...shared, ...matchConditions(match, scope)];
      founds.push({ route: routes[index] as Route, prefix: prefixOf(match), match: position });
      if (conditions.length === 0) return { candidates, founds };
      candidates.push({ order: candidates.length, conditions });
    }
  }
  return { candidates, founds };
}

function prefixOf({ path }: DocumentMatch): string {
  return path !== undefined && (path.type ?? 'PathPrefix') === 'PathPrefix' ? path.value : '/';
}

function inTurn(candidates: readonly Candidate[], founds: readonly Found[]): FindFound {
  if (candidates.length === 0) return () => founds[0];
  const begin = readingOf(candidates);
  const tried = candidates.map(({ conditions }, index) => ({
    tests: conditions.map(({ holds }) => holds),
    found: founds[index],
  }));
  const fallback = founds[candidates.length];
  return (facts, reading = begin()) => {
    for (const { tests, found } of tried) if (allHold(tests, facts, reading)) return found;
    return fallback;
  };
}

function inIndex(candidates: readonly Candidate[], founds: readonly Found[]): FindFound {
  const begin = readingOf(candidates);
  const find = indexOf(candidates);
  const none = candidates.length;
  return (facts, reading = begin()) => founds[find(facts, reading, none)];
}

/** Where no condition keeps anything, no call needs a reading of its own. */
function readingOf(candidates: readonly Candidate[]): () => Reading {
  if (candidates.some(({ conditions }) => conditions.some(({ field }) => remembering.has(field)))) return newReading;
  const nothing = newReading();
  return () => nothing;
}

/** Finds the route of a call of the public door, where it goes another way: undefined for a service without listeners and redirect. */
function publicFinder(
  section: PublicSection | undefined,
  find: FindFound,
): ((facts: CallFacts, reading: Reading) => Found | undefined) | undefined {
  const { listeners = [], httpsRedirect: always = false, clientAddress } = section ?? {};
  if (listeners.length === 0 && !always) return undefined;
  const isInsecure = insecureBy(clientAddress?.trustedProxies ?? 0);
  if (listeners.length === 0) {
    return (facts, reading) => (isInsecure(facts, reading) ? httpsRedirect : find(facts, reading));
  }
  const findListener = listenerFinder(listeners);
  const redirects = listeners.map((listener) => always || (listener.httpsRedirect ?? false));
  return (facts, reading) => {
    const listener = findListener(facts, reading);
    if (listener === undefined) return always && isInsecure(facts, reading) ? httpsRedirect : undefined;
    if (redirects[listener] === true && isInsecure(facts, reading)) return httpsRedirect;
    reading.listener = listener;
    return find(facts, reading);
  };
}

/** Whether a client called without TLS. A trusted proxy, which may have ended the client's TLS itself, tells by `X-Forwarded-Proto`. */
function insecureBy(trustedProxies: number): (facts: CallFacts, reading: Reading) => boolean {
  if (trustedProxies === 0) return (facts, reading) => readScheme(facts, reading) === 'http';
  return (facts, reading) =>
    readScheme(facts, reading) === 'http' && facts.header('x-forwarded-proto')?.toLowerCase() !== 'https';
}
