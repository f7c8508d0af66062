/** Which of a route's backends an attempt goes to: the version that the journey has, where the route follows it, else by key or by chance. */

import { journeyVersion, parseJourneyVersions } from '../../core/context/journey.ts';
import { hashText, pointOf } from '../../core/splitting/hash.ts';
import { cumulativeWeights, pickIndex, stickyOrder } from '../../core/splitting/split.ts';
import type { Route } from '../../model/snapshot.ts';
import type { Call } from '../call.ts';
import { compileKeys, type IssuedCookie } from './call-key.ts';

/** The position of a backend in its route; -1 where none has weight. */
export type ChooseBackend = (call: Call, issued: IssuedCookie[]) => number;

/** Compiles the choice, once for each route of a snapshot. `random` is uniform in [0, 1). */
export function backendChoice(route: Route, service: string, random: () => number): ChooseBackend {
  const split = route.sticky === undefined ? bySharesOf(route, random) : byKeyOf(route, service, random);
  return route.followVersion === true ? following(route, split) : split;
}

function bySharesOf({ backends }: Route, random: () => number): ChooseBackend {
  const cumulative = cumulativeWeights(backends.map(({ weight }) => weight));
  return () => pickIndex(cumulative, random());
}

/** Keys are mixed with the names of service and route, so that the split of one route says nothing about that of another. */
function byKeyOf({ backends, name, sticky = [] }: Route, service: string, random: () => number): ChooseBackend {
  const order = stickyOrder(backends.length);
  const cumulative = cumulativeWeights(order.map((index) => backends[index]?.weight ?? 0));
  const keyOf = compileKeys(sticky, random);
  return (call, issued) => {
    const key = keyOf(call, issued);
    const point = key === undefined ? random() : pointOf(hashText(`${service}\n${name}\n${key}`));
    return order[pickIndex(cumulative, point)] ?? -1;
  };
}

/** First the caller's own version, then the one that was chosen last in the journey and is there: weights do not matter then. */
function following({ backends }: Route, split: ChooseBackend): ChooseBackend {
  const positions = new Map(backends.map(({ version }, index) => [version, index] as const).reverse());
  return (call, issued) => {
    if (call.journey === '') return split(call, issued);
    const callers = journeyVersion(call.journey, call.caller ?? '');
    const position = (callers === undefined ? undefined : positions.get(callers)) ?? lastIn(call.journey, positions);
    if (position === undefined) return split(call, issued);
    if (call.record.reason === '') call.record.reason = `version ${backends[position]?.version} follows the journey`;
    return position;
  };
}

function lastIn(journey: string, positions: ReadonlyMap<string, number>): number | undefined {
  const last = parseJourneyVersions(journey).findLast(({ version }) => positions.has(version));
  return last && positions.get(last.version);
}
