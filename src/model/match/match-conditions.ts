/** The conditions of a match, one by one: what each asks of a call, and by which exact text an index can find it. */

import { hostPattern, namePattern, type ValuePredicate } from '../../core/matching/header-match.ts';
import { namedPrincipals, type PrincipalNames, principalMatcher } from '../../core/principals/principal-match.ts';
import { compileLinearRegex } from '../../core/regex/linear-regex.ts';
import { claimAt, claimPath, claimTexts } from '../../core/tokens/claim.ts';
import { pathPrefix } from '../../core/urls/path-match.ts';
import type { CallFacts } from '../call-facts.ts';
import type { DocumentRoute } from '../schema/route.ts';
import {
  type Reader,
  type Readers,
  type Reading,
  readCallerVersion,
  readColo,
  readContinent,
  readCountry,
  readHost,
  readMethod,
  readPort,
  readPrincipal,
  readRpc,
  readScheme,
} from './match-reading.ts';

export type DocumentMatch = NonNullable<DocumentRoute['matches']>[number];
type DocumentValue = NonNullable<DocumentMatch['headers']>[number];

export type Test = (facts: CallFacts, reading: Reading) => boolean;

/** Whether all hold. */
export function allHold(tests: readonly Test[], facts: CallFacts, reading: Reading): boolean {
  for (const holds of tests) if (!holds(facts, reading)) return false;
  return true;
}

/** What a call must have for a condition to hold, in the form in which calls can be looked up. */
export type Key =
  /** The text is one of these. */
  | { readonly kind: 'value'; readonly of: Reader; readonly values: readonly string[] }
  /** The host fits one of these, lower case. */
  | { readonly kind: 'host'; readonly patterns: readonly string[] }
  | { readonly kind: 'path'; readonly value: string }
  /** The path begins with the segments of this prefix; `decides` where that is all that is asked. */
  | { readonly kind: 'under'; readonly prefix: string; readonly decides: boolean };

export interface Condition {
  /** Where it stands in the route or match. */
  readonly field: keyof DocumentMatch | 'hostnames' | 'listeners';
  readonly index?: number;
  readonly holds: Test;
  readonly key?: Key;
}

/** What names in a match are resolved with. */
export interface MatchScope {
  readonly readers: Readers;
  readonly names: PrincipalNames;
  /** Names of the document's listeners. */
  readonly listeners: readonly string[];
  /** The conditions about methods so far: thousands of routes share a few, which then stay in the processor's cache. */
  readonly methods: Map<string, Condition>;
}

/** The matches of a route as they count: none is one without conditions. */
export function matchesOf({ matches }: DocumentRoute): readonly DocumentMatch[] {
  return matches?.length ? matches : [{}];
}

/** Conditions of a route that all its matches share. */
export function routeConditions({ listeners, hostnames }: DocumentRoute, scope: MatchScope): Condition[] {
  const conditions: Condition[] = [];
  if (listeners !== undefined) {
    const bound = scope.listeners.map((name) => listeners.includes(name));
    conditions.push({
      field: 'listeners',
      holds: (_, { listener }) => listener < 0 || bound[listener] === true,
    });
  }
  if (hostnames !== undefined) {
    const patterns = hostnames.map((host) => host.toLowerCase());
    conditions.push({ field: 'hostnames', holds: hostTest(patterns), key: { kind: 'host', patterns } });
  }
  return conditions;
}

/** Conditions of one match; all must hold. They are in the order of their cost. */
export function matchConditions(match: DocumentMatch, scope: MatchScope): Condition[] {
  const { method, scheme, ports, rpc, path, host, from, geo } = match;
  const { readers } = scope;
  const conditions: Condition[] = [];
  if (method !== undefined) conditions.push(scope.methods.get(method) ?? methodCondition(method, scope));
  if (rpc !== undefined) conditions.push({ field: 'rpc', ...rpcCondition(rpc) });
  const ofPath = path && pathCondition(path);
  if (ofPath !== undefined) conditions.push({ field: 'path', ...ofPath });
  if (host !== undefined) {
    const value = host.type === 'RegularExpression' ? host.value : host.value.toLowerCase();
    conditions.push({ field: 'host', ...valueCondition(readHost, { name: '', type: host.type, value }, true) });
  }
  if (scheme !== undefined) conditions.push({ field: 'scheme', ...oneOf(readScheme, [scheme]) });
  if (ports !== undefined) conditions.push({ field: 'ports', ...oneOf(readPort, ports.map(String)) });
  match.headers?.forEach((value, index) => {
    conditions.push({ field: 'headers', index, ...valueCondition(readers.header(value.name), value, false) });
  });
  match.queryParams?.forEach((value, index) => {
    conditions.push({ field: 'queryParams', index, ...valueCondition(readers.queryParam(value.name), value, true) });
  });
  match.cookies?.forEach((value, index) => {
    conditions.push({ field: 'cookies', index, ...valueCondition(readers.cookie(value.name), value, true) });
  });
  if (from !== undefined) conditions.push(...fromConditions(from, scope));
  match.claims?.forEach((value, index) => {
    conditions.push({ field: 'claims', index, ...claimCondition(value) });
  });
  if (geo?.continents !== undefined) conditions.push({ field: 'geo', ...oneOf(readContinent, geo.continents) });
  if (geo?.countries !== undefined) conditions.push({ field: 'geo', ...oneOf(readCountry, geo.countries) });
  if (geo?.colos !== undefined) conditions.push({ field: 'geo', ...oneOf(readColo, geo.colos) });
  return conditions;
}

type Unplaced = Pick<Condition, 'holds' | 'key'>;

function oneOf(read: Reader, values: readonly string[]): Unplaced {
  const key: Key = { kind: 'value', of: read, values };
  const [only] = values;
  if (values.length === 1 && only !== undefined)
    return { holds: (facts, reading) => read(facts, reading) === only, key };
  const some = new Set<string | null>(values);
  return { holds: (facts, reading) => some.has(read(facts, reading)), key };
}

function methodCondition(method: string, { methods }: MatchScope): Condition {
  const condition: Condition = {
    field: 'method',
    holds: (facts) => facts.method === method && facts.kind === 'fetch',
    key: { kind: 'value', of: readMethod, values: [method] },
  };
  methods.set(method, condition);
  return condition;
}

function hostTest(patterns: readonly string[]): Test {
  const tests = patterns.map(hostPattern);
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return (facts) => facts.kind === 'fetch' && only(facts.host);
  return (facts) => facts.kind === 'fetch' && tests.some((fits) => fits(facts.host));
}

function rpcCondition(pattern: string): Unplaced {
  if (!pattern.endsWith('*')) return oneOf(readRpc, [pattern]);
  const fits = namePattern(pattern);
  return { holds: (facts) => facts.kind === 'rpc' && fits(facts.method) };
}

/** The prefix `/` is the Gateway API's way to say every call, so it is no condition, and holds for RPC like a match without a path. */
function pathCondition({ type = 'PathPrefix', value }: NonNullable<DocumentMatch['path']>): Unplaced | undefined {
  switch (type) {
    case 'PathPrefix': {
      if (value === '/') return undefined;
      const fits = pathPrefix(value);
      const prefix = value.endsWith('/') ? value.slice(0, -1) : value;
      return {
        holds: (facts) => facts.kind === 'fetch' && fits(facts.path),
        key: { kind: 'under', prefix, decides: true },
      };
    }
    case 'Exact':
      return exactPath(value);
    case 'RegularExpression': {
      const { matches, literalPrefix, isLiteral } = compileLinearRegex(value);
      if (isLiteral) return exactPath(literalPrefix);
      const holds: Test = (facts) => facts.kind === 'fetch' && matches(facts.path);
      const lastSlash = literalPrefix.lastIndexOf('/');
      if (!literalPrefix.startsWith('/') || lastSlash === 0) return { holds };
      return { holds, key: { kind: 'under', prefix: literalPrefix.slice(0, lastSlash), decides: false } };
    }
  }
}

function exactPath(value: string): Unplaced {
  return {
    holds: (facts) => facts.path === value && facts.kind === 'fetch',
    key: { kind: 'path', value },
  };
}

/** `ofFetch` where only a fetch has such values at all: then an RPC call does not lack the value, and no condition about it holds. */
function valueCondition(read: Reader, condition: DocumentValue, ofFetch: boolean): Unplaced {
  const { type = 'Exact', value = '', invert = false } = condition;
  if (type === 'Present' || type === 'Absent') {
    const present = (type === 'Present') !== invert;
    if (present) return { holds: (facts, reading) => read(facts, reading) !== null };
    return { holds: (facts, reading) => read(facts, reading) === null && (!ofFetch || facts.kind === 'fetch') };
  }
  const { fits, only } = textPredicate(type, value);
  if (invert) {
    return {
      holds: (facts, reading) => {
        const actual = read(facts, reading);
        return (actual === null || !fits(actual)) && (!ofFetch || facts.kind === 'fetch');
      },
    };
  }
  if (only !== undefined) return oneOf(read, [only]);
  return {
    holds: (facts, reading) => {
      const actual = read(facts, reading);
      return actual !== null && fits(actual);
    },
  };
}

/** `only` is the one text that fits, where there is only one. */
function textPredicate(
  type: 'Exact' | 'Prefix' | 'RegularExpression',
  value: string,
): { readonly fits: ValuePredicate; readonly only?: string } {
  if (type === 'Prefix') return { fits: (actual) => actual.startsWith(value) };
  if (type === 'Exact') return { fits: (actual) => actual === value, only: value };
  const { matches, isLiteral, literalPrefix } = compileLinearRegex(value);
  return { fits: matches, ...(isLiteral ? { only: literalPrefix } : {}) };
}

/** Of a list one item must fit; inverted, none may. */
function claimCondition({ type = 'Exact', name, value = '', invert = false }: DocumentValue): Unplaced {
  // Checked before: the name has a path.
  const path = claimPath(name) ?? [];
  if (type === 'Present' || type === 'Absent') {
    const present = (type === 'Present') !== invert;
    return { holds: ({ claims }) => (claimAt(claims, path) !== undefined) === present };
  }
  const { fits } = textPredicate(type, value);
  return { holds: ({ claims }) => claimTexts(claimAt(claims, path)).some(fits) !== invert };
}

function fromConditions(from: NonNullable<DocumentMatch['from']>, scope: MatchScope): Condition[] {
  const { principals, notPrincipals, versions } = from;
  const { names } = scope;
  const conditions: Condition[] = [];
  if (principals !== undefined) {
    const named = namedPrincipals(principals, names);
    const among = principalMatcher(principals, names);
    const unplaced =
      named === undefined ? { holds: (facts: CallFacts) => among(facts.principal) } : oneOf(readPrincipal, named);
    conditions.push({ field: 'from', ...unplaced });
  }
  if (notPrincipals !== undefined) {
    const among = principalMatcher(notPrincipals, names);
    conditions.push({ field: 'from', holds: (facts) => !among(facts.principal) });
  }
  if (versions !== undefined) conditions.push({ field: 'from', ...oneOf(readCallerVersion, versions) });
  return conditions;
}
