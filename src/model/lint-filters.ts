/** What is doubtful about filters: CORS that no preflight reaches. */
import { lintCode, type Warn } from './lint-code.ts';
import type { ServiceDocument } from './schema/service.ts';

type Route = NonNullable<ServiceDocument['routes']>[number];

/** Whether a route answers all its calls itself. */
export function answersItself({ filters = [] }: Route): boolean {
  return filters.some(({ type }) => type === 'RequestRedirect' || type === 'DirectResponse');
}

/** Findings about the filters of one document. */
export function lintFilters({ routes = [] }: ServiceDocument, warn: Warn): void {
  routes.forEach((route, index) => {
    const position = (route.filters ?? []).findIndex(({ type }) => type === 'CORS');
    if (position < 0 || takesPreflights(route)) return;
    warn(
      lintCode.noPreflight,
      ['routes', index, 'filters', position],
      `every match of the route ${route.name} asks for a method other than OPTIONS or for a header, so browsers' preflights do not reach it`,
      'a match by method OPTIONS, or none by method and headers',
    );
  });
}

/** A preflight comes by OPTIONS, and without the headers that it asks about. */
function takesPreflights({ matches = [] }: Route): boolean {
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
