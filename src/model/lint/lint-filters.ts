/** What is doubtful about filters: CORS that no preflight reaches, redirects that lead to themselves. */

import { hostPattern } from '../../core/matching/header-match.ts';
import { publicHosts } from '../references.ts';
import type { DocumentRoute } from '../schema/route.ts';
import type { ServiceDocument } from '../schema/service.ts';
import { lintCode, type Warn } from './lint-code.ts';

/** Whether a route answers all its calls itself. */
export function answersItself({ filters = [] }: DocumentRoute): boolean {
  return filters.some(({ type }) => type === 'RequestRedirect' || type === 'DirectResponse');
}

/** Findings about the filters of one document. */
export function lintFilters(document: ServiceDocument, warn: Warn): void {
  (document.routes ?? []).forEach((route, index) => {
    const position = (type: string): number => (route.filters ?? []).findIndex((filter) => filter.type === type);
    const cors = position('CORS');
    if (cors >= 0 && !takesPreflights(route))
      warn(
        lintCode.noPreflight,
        ['routes', index, 'filters', cors],
        `every match of the route ${route.name} asks for a method other than OPTIONS or for a header, so browsers' preflights do not reach it`,
        'a match by method OPTIONS, or none by method and headers',
      );
    const redirect = position('RequestRedirect');
    if (redirect >= 0 && leadsToItself(document, route, redirect))
      warn(
        lintCode.redirectLoop,
        ['routes', index, 'filters', redirect],
        `the route ${route.name} also takes calls of the address that it redirects to, and sends them there for ever`,
        'matches by scheme, hostnames or listeners that leave that address out',
      );
  });
}

/** Of a redirect that changes scheme or host alone: whether a call that has both already is taken by the same route. */
function leadsToItself(
  document: ServiceDocument,
  { filters, listeners, hostnames, matches = [] }: DocumentRoute,
  at: number,
) {
  const { scheme, hostname, port, path } = filters?.[at]?.requestRedirect ?? {};
  if (listeners !== undefined || port !== undefined || path !== undefined) return false;
  if (scheme === undefined && hostname === undefined) return false;
  const covers = (hosts: readonly string[]) => hosts.some((host) => hostPattern(host)(hostname?.toLowerCase() ?? ''));
  if (hostname !== undefined && !covers(hostnames ?? publicHosts(document))) return false;
  const open = matches.filter((match) => match.ports === undefined && match.host === undefined);
  return (
    matches.length === 0 ||
    open.some((match) => match.scheme === undefined || match.scheme === (scheme ?? match.scheme))
  );
}

/** A preflight comes by OPTIONS, and without the headers that it asks about. */
function takesPreflights({ matches = [] }: DocumentRoute): boolean {
  return (
    matches.length === 0 ||
    matches.some(({ method, headers = [], rpc }) => {
      const needed = headers.filter(
        ({ type, invert, name }) => type !== 'Absent' && invert !== true && name.toLowerCase() !== 'origin',
      );
      return rpc === undefined && (method ?? 'OPTIONS') === 'OPTIONS' && needed.length === 0;
    })
  );
}
