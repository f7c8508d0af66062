/** What a route of a document is for. */
import type { Match, Route } from './document-types.ts';

/** Matches of one route in a document. */
export const maxMatches = 64;
/** Host names of one route in a document. */
export const maxHostnames = 16;

/** Listeners, hosts and matches of a route; an empty match among others is all that counts. */
export function conditions(
  listeners: readonly string[] | undefined,
  hostnames: readonly string[],
  matches: readonly Match[],
): Omit<Route, 'name'> {
  const open = matches.some((match) => Object.keys(match).length === 0);
  return {
    ...(listeners === undefined ? {} : { listeners: [...listeners] }),
    ...(hostnames.length === 0 ? {} : { hostnames: [...hostnames] }),
    ...(open ? {} : { matches: [...matches] }),
  };
}
