/** An entry of `to`: what is called. See decide.ts for what an entry says about the other protocol. */

import { belowPattern, namePattern } from '../matching/header-match.ts';
import { anyText, textMatcher } from '../matching/text-match.ts';
import { portOf } from '../urls/host.ts';
import { pathPattern } from '../urls/path-match.ts';
import { type AccessTest, allOf } from './facts.ts';

type Values = readonly string[];

export interface OperationTerms {
  readonly methods?: Values;
  readonly notMethods?: Values;
  readonly paths?: Values;
  readonly notPaths?: Values;
  readonly hosts?: Values;
  readonly notHosts?: Values;
  readonly ports?: readonly number[];
  readonly notPorts?: readonly number[];
  readonly rpc?: Values;
  readonly notRpc?: Values;
}

/** Compiles an entry; `wide` is how a rule is read that had better match a call too many: all but `allow`. */
export function operationTest(terms: OperationTerms, wide: boolean): AccessTest {
  const { rpc, notRpc } = terms;
  const http = httpTests(terms);
  const ofRpc = rpc === undefined && notRpc === undefined ? undefined : rpcTest(rpc, notRpc, wide);
  const ofFetch: AccessTest = http.length > 0 || ofRpc === undefined ? allOf(http) : () => false;
  return (facts) => (facts.kind === 'fetch' ? ofFetch(facts) : (ofRpc?.(facts) ?? wide));
}

/** What costs least is asked first. */
function httpTests(terms: OperationTerms): readonly AccessTest[] {
  const tests: AccessTest[] = [];
  const add = <T>(values: readonly T[] | undefined, none: readonly T[] | undefined, matcher: Matcher<T>): void => {
    if (values !== undefined) tests.push(matcher(values));
    if (none === undefined) return;
    const excludes = matcher(none);
    tests.push((facts) => !excludes(facts));
  };
  add(terms.methods, terms.notMethods, methodMatcher);
  add(terms.hosts, terms.notHosts, hostMatcher);
  add(terms.paths, terms.notPaths, pathMatcher);
  add(terms.ports, terms.notPorts, portMatcher);
  return tests;
}

type Matcher<T> = (values: readonly T[]) => AccessTest;

function methodMatcher(methods: Values): AccessTest {
  const fits = textMatcher(methods);
  return ({ method }) => fits(method);
}

/** A pattern without a port is about the host at any port; one with a port (`shop.example:8443`, `shop.example:*`) asks for the port that is called too. */
function hostMatcher(hosts: Values): AccessTest {
  const patterns = hosts.map((host) => host.toLowerCase());
  const fits = textMatcher(patterns);
  const fitsPort = textMatcher(patterns.filter((pattern) => pattern.includes(':')));
  return ({ host, url }) => fits(host) || fitsPort(`${host}:${portOf(url)}`);
}

function pathMatcher(paths: Values): AccessTest {
  const exact = paths.filter((path) => !/[*{]/.test(path));
  const fits = anyText(exact, paths.filter((path) => !exact.includes(path)).map(pathPattern));
  return ({ path }) => fits(path);
}

function portMatcher(ports: readonly number[]): AccessTest {
  const known = new Set(ports.map(String));
  return ({ url }) => known.has(portOf(url));
}

/**
 * The read of a property (a call without arguments) hands over all that lies below its name: it counts as denied where something below it
 * is, and as allowed only where nothing below it is left out.
 */
function rpcTest(rpc: Values | undefined, notRpc: Values | undefined, wide: boolean): AccessTest {
  const named = rpc?.map(namePattern);
  const excluded = notRpc?.map(namePattern) ?? [];
  const below = (wide ? rpc : notRpc)?.map(belowPattern) ?? [];
  return ({ method, args }) => {
    const above = args === undefined && below.some((holds) => holds(method));
    const is = named === undefined || named.some((holds) => holds(method)) || (wide && above);
    return is && !excluded.some((holds) => holds(method)) && (wide || !above);
  };
}
