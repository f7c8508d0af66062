/**
 * Routing as the texts of the schema and the Gateway API's say it, one sentence after the other: no compiling, no index, and nothing of
 * src but types. The compiled matcher is held against it.
 */
import type { CallFacts } from '../../../src/model/call-facts.ts';
import type { ServiceDocument } from '../../../src/model/schema/service.ts';

export type DocumentRoute = NonNullable<ServiceDocument['routes']>[number];
export type DocumentMatch = NonNullable<DocumentRoute['matches']>[number];
export type DocumentValue = NonNullable<DocumentMatch['headers']>[number];
export type DocumentListener = NonNullable<NonNullable<ServiceDocument['public']>['listeners']>[number];

export interface NaiveFound {
  readonly route: string;
  readonly match: number;
  readonly prefix: string;
}

/** The first route of which a match holds decides. */
export function naiveFind(
  document: ServiceDocument,
  facts: CallFacts,
  trustDomain: string,
  declared: readonly string[],
): NaiveFound | undefined {
  const { listeners = [], httpsRedirect = false } = document.public ?? {};
  const overHttp = facts.door === 'public' && facts.url.startsWith('http:');
  const redirect = { route: 'https-redirect', match: 0, prefix: '/' };
  if (httpsRedirect && overHttp) return redirect;
  let listener: DocumentListener | undefined;
  if (facts.door === 'public' && listeners.length > 0) {
    listener = takingListener(listeners, facts);
    if (listener === undefined) return undefined;
    if (listener.httpsRedirect === true && overHttp) return redirect;
  }
  for (const route of document.routes ?? []) {
    if (route.listeners !== undefined && listener !== undefined && !route.listeners.includes(listener.name)) continue;
    if (route.hostnames !== undefined) {
      if (facts.kind === 'rpc' || !route.hostnames.some((pattern) => fitsHost(pattern, facts.host))) continue;
    }
    const matches = route.matches === undefined || route.matches.length === 0 ? [{}] : route.matches;
    const match = matches.findIndex((candidate) => naiveHolds(candidate, facts, trustDomain, declared));
    if (match < 0) continue;
    const { path } = matches[match] as DocumentMatch;
    const byPrefix = path !== undefined && (path.type === undefined || path.type === 'PathPrefix');
    return { route: route.name, match, prefix: byPrefix ? path.value : '/' };
  }
  return undefined;
}

/** Of the listeners whose port and protocol fit a call, the one with the most specific host takes it, alone. */
function takingListener(listeners: readonly DocumentListener[], facts: CallFacts): DocumentListener | undefined {
  const { protocol, port } = new URL(facts.url);
  const called = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  const fitting = listeners.filter(
    (listener) =>
      (listener.port === undefined || listener.port === called) &&
      (listener.protocol === undefined || `${listener.protocol.toLowerCase()}:` === protocol) &&
      (listener.hostname === undefined || fitsHost(listener.hostname, facts.host)),
  );
  // An exact name goes before a longer wildcard, that before a shorter one, and any host comes last.
  const rank = ({ hostname, port: named, protocol: word }: DocumentListener): readonly number[] => [
    hostname === undefined ? 0 : hostname.startsWith('*') ? 1 : 2,
    hostname?.length ?? 0,
    named === undefined ? 0 : 1,
    word === undefined ? 0 : 1,
  ];
  return fitting.reduce<DocumentListener | undefined>((best, listener) => {
    if (best === undefined) return listener;
    const [mine, its] = [rank(listener), rank(best)];
    const first = mine.findIndex((value, index) => value !== its[index]);
    return first >= 0 && (mine[first] as number) > (its[first] as number) ? listener : best;
  }, undefined);
}

/** `*.example.com` is any number of labels before it, at least one. */
function fitsHost(pattern: string, host: string): boolean {
  const lower = pattern.toLowerCase();
  return lower.startsWith('*.') ? host.endsWith(lower.slice(1)) && host !== lower.slice(1) : host === lower;
}

/** All conditions of a match hold. */
export function naiveHolds(
  match: DocumentMatch,
  facts: CallFacts,
  trustDomain: string,
  declared: readonly string[],
): boolean {
  const { path, method, headers = [], queryParams = [], cookies = [], claims = [], host, scheme, ports } = match;
  const { rpc, from, geo } = match;
  // Path (but for the prefix /), method, host, query, cookies, scheme and ports are of a fetch.
  const anyPath = path === undefined || (path.value === '/' && (path.type ?? 'PathPrefix') === 'PathPrefix');
  const ofFetch = !anyPath || method || queryParams.length > 0 || cookies.length > 0 || host || scheme || ports;
  if (facts.kind === 'rpc' && ofFetch) return false;
  if (!anyPath && !fitsPath(path as NonNullable<typeof path>, facts.path)) return false;
  if (method !== undefined && facts.method !== method) return false;
  if (
    host !== undefined &&
    !fitsText(
      host.type ?? 'Exact',
      host.type === 'RegularExpression' ? host.value : host.value.toLowerCase(),
      facts.host,
    )
  )
    return false;
  if (scheme !== undefined && new URL(facts.url).protocol !== `${scheme}:`) return false;
  if (ports !== undefined) {
    const { protocol, port } = new URL(facts.url);
    if (!ports.includes(port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port))) return false;
  }
  if (!headers.every((value) => fitsValue(value, facts.header(value.name.toLowerCase())))) return false;
  const query = new URLSearchParams(facts.query);
  if (!queryParams.every((value) => fitsValue(value, query.get(value.name)))) return false;
  if (!cookies.every((value) => fitsValue(value, naiveCookie(facts.header('cookie'), value.name)))) return false;
  if (!claims.every((value) => fitsClaim(value, facts.claims))) return false;
  if (rpc !== undefined) {
    if (facts.kind !== 'rpc') return false;
    if (rpc.endsWith('*') ? !facts.method.startsWith(rpc.slice(0, -1)) : facts.method !== rpc) return false;
  }
  if (from?.principals !== undefined && !among(from.principals, facts.principal, trustDomain, declared)) return false;
  if (from?.notPrincipals !== undefined && among(from.notPrincipals, facts.principal, trustDomain, declared))
    return false;
  if (from?.versions !== undefined) {
    const chosen = facts.journey.split(',').filter((member) => facts.caller && member.startsWith(`${facts.caller}:`));
    if (!from.versions.includes(chosen.at(-1)?.slice(`${facts.caller}:`.length) ?? '')) return false;
  }
  if (geo !== undefined) {
    const place = facts.geo();
    if (place === null) return false;
    if (geo.continents !== undefined && !geo.continents.includes(place.continent)) return false;
    if (geo.countries !== undefined && !geo.countries.includes(place.country)) return false;
    if (geo.colos !== undefined && !geo.colos.includes(place.colo)) return false;
  }
  return true;
}

/** A prefix is one of whole segments; a slash at its end counts for nothing. */
function fitsPath({ type = 'PathPrefix', value }: NonNullable<DocumentMatch['path']>, path: string): boolean {
  if (type === 'Exact') return path === value;
  if (type === 'RegularExpression') return expression(value).test(path);
  const wanted = value.replace(/\/$/, '').split('/');
  const given = path.split('/');
  return wanted.every((segment, index) => given[index] === segment);
}

function fitsText(type: string, wanted: string, actual: string): boolean {
  if (type === 'Exact') return actual === wanted;
  if (type === 'Prefix') return actual.slice(0, wanted.length) === wanted;
  return expression(wanted).test(actual);
}

const expressions = new Map<string, RegExp>();

/** The expressions of the test mean the same in RE2 and in JavaScript. */
function expression(source: string): RegExp {
  const found = expressions.get(source) ?? new RegExp(`^(?:${source})$`);
  expressions.set(source, found);
  return found;
}

/** An inverted condition about an absent value holds. */
function fitsValue({ type = 'Exact', value = '', invert = false }: DocumentValue, actual: string | null): boolean {
  if (type === 'Present') return (actual !== null) !== invert;
  if (type === 'Absent') return (actual === null) !== invert;
  if (actual === null) return invert;
  return fitsText(type, value, actual) !== invert;
}

/** RFC 6265: pairs divided by semicolons, of a repeated name the first. */
function naiveCookie(header: string | null, name: string): string | null {
  for (const pair of (header ?? '').split(';')) {
    const [first, ...rest] = pair.split('=');
    if (rest.length > 0 && first?.trim() === name) return rest.join('=').trim();
  }
  return null;
}

/** Of a list one item must fit; numbers and booleans are compared as text. `a.b` is nested, `[a.b]` is one name. */
function fitsClaim({ name, ...condition }: DocumentValue, claims: CallFacts['claims']): boolean {
  const path = name.match(/\[[^\]]+\]|[^.[\]]+/g) ?? [];
  let found: unknown = claims;
  for (const part of path) {
    const own = part.replace(/^\[|\]$/g, '');
    const inner = found as Record<string, unknown> | null | undefined;
    found = inner !== null && typeof inner === 'object' && !Array.isArray(inner) ? inner[own] : undefined;
  }
  if (found === undefined || found === null) return fitsValue({ name, ...condition }, null);
  const items = (Array.isArray(found) ? found : [found]).filter((item) => typeof item !== 'object').map(String);
  const { type = 'Exact', invert = false } = condition;
  if (type === 'Present') return !invert;
  if (type === 'Absent') return invert;
  return items.some((item) => fitsText(type, condition.value ?? '', item)) !== invert;
}

function among(
  patterns: readonly string[],
  principal: string | null,
  domain: string,
  declared: readonly string[],
): boolean {
  if (principal === null) return false;
  const home = `spiffe://${domain}/svc/`;
  return patterns.some((pattern) => {
    if (pattern === 'declared') return declared.some((service) => principal === home + service);
    if (pattern === '*') return true;
    if (pattern.endsWith('*')) return principal.startsWith(home + pattern.slice(0, -1));
    return principal === (pattern.includes('/') ? pattern : home + pattern);
  });
}
