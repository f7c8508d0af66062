/** What is doubtful about listeners, and about matches that ask for what calls of this service never have. */

import { hostPattern } from '../../core/matching/header-match.ts';
import type { DocumentRoute } from '../schema/route.ts';
import type { ServiceDocument } from '../schema/service.ts';
import { lintCode, type Warn } from './lint-code.ts';
import { wildcardsOver } from './lint-shadow.ts';

type Match = NonNullable<DocumentRoute['matches']>[number];
type Listener = NonNullable<NonNullable<ServiceDocument['public']>['listeners']>[number];

/** Findings about where calls come in, and what routes ask about that. */
export function lintListeners(document: ServiceDocument, warn: Warn): void {
  const { routes = [] } = document;
  const { hosts = [], listeners = [], httpsRedirect = false } = document.public ?? {};
  const outside = hosts.length > 0 || listeners.length > 0;
  lintHosts(hosts, listeners, warn);
  lintUse(routes, listeners, warn);
  const byName = new Map(listeners.map((listener) => [listener.name, listener]));
  routes.forEach((route, index) => {
    const own = (route.listeners ?? []).flatMap((name) => byName.get(name) ?? []);
    lintHostnames(route, own, index, warn);
    route.matches?.forEach((match, position) => {
      const at = ['routes', index, 'matches', position];
      if (!outside) lintInside(match, at, warn);
      const why = contradiction(route, match, own, httpsRedirect);
      if (why !== undefined) warn(lintCode.neverHolds, at, why);
    });
  });
}

/** A call that no listener takes matches no route. */
function lintHosts(hosts: readonly string[], listeners: readonly Listener[], warn: Warn): void {
  if (listeners.length === 0) return;
  hosts.forEach((host, index) => {
    if (!listeners.some(({ hostname = '*' }) => overlap(hostname, host)))
      warn(
        lintCode.hostWithoutListener,
        ['public', 'hosts', index],
        `no listener takes calls to ${host}, so they are answered with 404`,
        'a listener with this hostname, or the host left out',
      );
  });
}

function lintUse(routes: readonly DocumentRoute[], listeners: readonly Listener[], warn: Warn): void {
  if (routes.length === 0 || routes.some((route) => route.listeners === undefined)) return;
  const used = new Set(routes.flatMap((route) => route.listeners ?? []));
  listeners.forEach(({ name, httpsRedirect = false }, index) => {
    if (!used.has(name) && !httpsRedirect)
      warn(lintCode.unusedListener, ['public', 'listeners', index], `no route is for calls of the listener ${name}`);
  });
}

function lintHostnames({ hostnames = [] }: DocumentRoute, own: readonly Listener[], index: number, warn: Warn): void {
  if (own.length === 0) return;
  hostnames.forEach((host, position) => {
    if (!own.some(({ hostname = '*' }) => overlap(hostname, host)))
      warn(
        lintCode.neverHolds,
        ['routes', index, 'hostnames', position],
        `no listener of the route takes calls to ${host}`,
      );
  });
}

function lintInside({ geo }: Match, at: readonly (string | number)[], warn: Warn): void {
  if (geo === undefined) return;
  warn(
    lintCode.onlyOutside,
    [...at, 'geo'],
    'geo is of callers from outside the mesh, and the service is not public',
    'public hosts or listeners, or a match without them',
  );
}

/** Why no call from outside can have all that a match asks for. */
function contradiction(
  { hostnames }: DocumentRoute,
  { scheme, ports, host }: Match,
  own: readonly Listener[],
  httpsRedirect: boolean,
): string | undefined {
  if (scheme === 'http' && httpsRedirect) return 'calls over http from outside are redirected before they come here';
  const exact = host !== undefined && (host.type ?? 'Exact') === 'Exact' ? host.value.toLowerCase() : undefined;
  if (exact !== undefined && hostnames !== undefined && !hostnames.some((pattern) => hostPattern(pattern)(exact)))
    return `the host ${exact} is none of the route's hostnames`;
  if (own.length === 0) return undefined;
  const fitting = own.filter(
    ({ protocol, port, hostname }) =>
      (scheme === undefined || protocol === undefined || protocol.toLowerCase() === scheme) &&
      (ports === undefined || port === undefined || ports.includes(port)) &&
      (exact === undefined || hostname === undefined || hostPattern(hostname)(exact)),
  );
  return fitting.length === 0 ? 'no listener of the route has this scheme, port and host' : undefined;
}

/** Whether some host fits both. */
function overlap(one: string, other: string): boolean {
  const [first, second] = [one.toLowerCase(), other.toLowerCase()];
  return first === second || wildcardsOver(first).includes(second) || wildcardsOver(second).includes(first);
}
