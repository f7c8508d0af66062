/**
 * Routes that no call can reach, because earlier ones take all of theirs. A match is covered where an earlier one asks for a part of what it
 * asks for: fewer conditions, a shorter prefix of its path, a wildcard for its host. Each match asks tables of what came before, so the work
 * follows the number of routes.
 */
import type { DocumentMatch } from '../match/match-conditions.ts';
import type { DocumentRoute } from '../schema/route.ts';

/** Who takes a call before, by what is asked for. */
export class EarlierMatches {
  /** What is asked beside host and listener -> host and listener -> name of the first route that asks it. */
  readonly #asked = new Map<string, Map<string, string>>();

  /** The route that takes all calls of this match before it comes to it; of several the one for its last host. */
  covering(route: DocumentRoute, match: DocumentMatch): string | undefined {
    const before = weakerAsks(match).flatMap((ask) => this.#asked.get(ask) ?? []);
    if (before.length === 0) return undefined;
    let covering: string | undefined;
    for (const place of placesOf(route)) {
      covering = before.flatMap((places) => weakerPlaces(place).flatMap((weaker) => places.get(weaker) ?? []))[0];
      if (covering === undefined) return undefined;
    }
    return covering;
  }

  add(route: DocumentRoute, match: DocumentMatch): void {
    const key = keyOf(pathAtom(match), atomsOf(match));
    const places = this.#asked.get(key) ?? new Map<string, string>();
    for (const [host, listener] of placesOf(route)) {
      const place = placeKey(host, listener);
      if (!places.has(place)) places.set(place, route.name);
    }
    this.#asked.set(key, places);
  }
}

type Place = readonly [host: string, listener: string];

function placesOf({ hostnames = ['*'], listeners = ['*'] }: DocumentRoute): Place[] {
  return hostnames.flatMap((host) => listeners.map((listener): Place => [host.toLowerCase(), listener]));
}

function placeKey(host: string, listener: string): string {
  return `${host} ${listener}`;
}

function weakerPlaces([host, listener]: Place): string[] {
  const listeners = listener === '*' ? ['*'] : [listener, '*'];
  return [host, ...wildcardsOver(host)].flatMap((weaker) => listeners.map((one) => placeKey(weaker, one)));
}

/** The wildcards that hold for all that a host or wildcard holds for, `*` among them. */
export function wildcardsOver(host: string): string[] {
  if (host === '*') return [];
  const labels = host.replace(/^\*\./, '').split('.');
  const first = host.startsWith('*.') ? 0 : 1;
  const wildcards = labels.slice(first).map((_, index) => `*.${labels.slice(first + index).join('.')}`);
  return [...wildcards.filter((wildcard) => wildcard !== host), '*'];
}

/** More conditions than this are not searched for parts: there are twice as many for each. */
const mostAtoms = 7;

/** What earlier matches may ask for so that they take this one's calls. */
function weakerAsks(match: DocumentMatch): string[] {
  const atoms = [...atomsOf(match), ...impliedAtoms(match)];
  const paths = weakerPaths(match);
  const parts = atoms.length > mostAtoms ? [atomsOf(match), []] : partsOf(atoms);
  return paths.flatMap((path) => parts.map((part) => keyOf(path, part)));
}

function partsOf(atoms: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const atom of atoms) for (const part of [...parts]) parts.push([...part, atom]);
  return parts;
}

function keyOf(path: string, atoms: readonly string[]): string {
  return JSON.stringify([path, ...[...atoms].sort()]);
}

/** `''` where every path, and every RPC call, fits. */
function pathAtom({ path }: DocumentMatch): string {
  if (path === undefined) return '';
  const { type = 'PathPrefix', value } = path;
  if (type !== 'PathPrefix') return `${type} ${value}`;
  const prefix = value.replace(/\/$/, '');
  return prefix === '' ? '' : `${type} ${prefix}`;
}

function weakerPaths(match: DocumentMatch): string[] {
  const { type = 'PathPrefix', value = '/' } = match.path ?? {};
  const own = pathAtom(match);
  if (own === '' || type === 'RegularExpression') return [...new Set([own, ''])];
  const segments = value.replace(/\/$/, '').split('/').slice(1);
  const prefixes = segments.map((_, index) => `PathPrefix /${segments.slice(0, index + 1).join('/')}`);
  return [...new Set([own, ...prefixes, ''])];
}

/** Each condition in words of which there is one way to write them. */
function atomsOf(match: DocumentMatch): string[] {
  const { method, scheme, ports, rpc, host, from, geo } = match;
  const atoms: string[] = [];
  const add = (...atom: unknown[]): unknown => atoms.push(JSON.stringify(atom));
  if (method !== undefined) add('method', method);
  if (scheme !== undefined) add('scheme', scheme);
  if (ports !== undefined) add('ports', ...[...ports].sort((one, other) => one - other));
  if (rpc !== undefined) add('rpc', rpc);
  if (host !== undefined) add('host', host.type ?? 'Exact', host.value);
  for (const [field, names] of Object.entries(from ?? {})) add(field, ...[...names].sort());
  for (const [field, names] of Object.entries(geo ?? {})) add(field, ...[...names].sort());
  for (const [field, { type = 'Exact', name, value, invert = false }] of valuesOf(match)) {
    // Present, inverted, is Absent, and the other way round.
    const turned = invert && type === 'Present' ? 'Absent' : invert && type === 'Absent' ? 'Present' : undefined;
    if (turned !== undefined) add(field, name, turned);
    else if (type === 'Present' || type === 'Absent') add(field, name, type);
    else add(field, name, type, value, invert);
  }
  return atoms;
}

/** Where a value must be of some form, it must be there. */
function impliedAtoms(match: DocumentMatch): string[] {
  return valuesOf(match).flatMap(([field, { type, name, invert = false }]) =>
    invert || type === 'Present' || type === 'Absent' ? [] : [JSON.stringify([field, name, 'Present'])],
  );
}

type Value = NonNullable<DocumentMatch['headers']>[number];

function valuesOf({ headers = [], queryParams = [], cookies = [], claims = [] }: DocumentMatch): [string, Value][] {
  return [
    ...headers.map((value): [string, Value] => ['header', { ...value, name: value.name.toLowerCase() }]),
    ...queryParams.map((value): [string, Value] => ['query', value]),
    ...cookies.map((value): [string, Value] => ['cookie', value]),
    ...claims.map((value): [string, Value] => ['claim', value]),
  ];
}
