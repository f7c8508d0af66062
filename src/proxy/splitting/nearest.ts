/** Near endpoints before far ones: what is worked out once for a version's endpoints, and asked for each call. */
import { nextInTurn, type Turn } from '../../core/splitting/balance.ts';
import { pointOf } from '../../core/splitting/hash.ts';
import {
  distance,
  type Locality,
  type LocalityTerms,
  liesIn,
  parseLocality,
  sharesFrom,
} from '../../core/splitting/locality.ts';
import { cumulativeWeights, pickIndex } from '../../core/splitting/split.ts';
import type { BalanceRule, Endpoint } from '../../model/snapshot.ts';

/** Those of the candidates that a call from `locality` goes to; `hash` is its key's, where endpoints are chosen by one. */
export type Nearest = (candidates: readonly number[], locality: string, hash: number | undefined) => readonly number[];

/** Localities of callers for which distances are kept ready; there are some hundreds of data centres. */
const maxKnown = 512;

/** Undefined where no endpoint says where it is, or the balance rule turns it off. */
export function nearest(endpoints: readonly Endpoint[], { locality: terms }: BalanceRule): Nearest | undefined {
  const places = endpoints.map(({ locality = [] }) => locality);
  if (terms === undefined || places.every((place) => place.length === 0)) return undefined;
  const known = new Map<string, Near>();
  return (candidates, locality, hash) => {
    let near = known.get(locality);
    if (near === undefined) {
      if (known.size >= maxKnown) known.clear();
      near = nearOf(parseLocality(locality), places, terms);
      known.set(locality, near);
    }
    return byShares(near, candidates, hash) ?? closest(near.distances, candidates);
  };
}

/** What a caller's locality comes to. */
interface Near {
  /** Of each endpoint. */
  readonly distances: readonly number[];
  /** Of each endpoint, which share it belongs to; -1 for none. Absent where no rule is for this locality. */
  readonly shareOf?: readonly number[];
  readonly percents: readonly number[];
  readonly turns: readonly Turn[];
}

function nearOf(from: Locality, places: readonly Locality[], terms: LocalityTerms): Near {
  const distances = places.map((place) => distance(from, place, terms));
  const shares = from.length === 0 ? undefined : sharesFrom(from, terms);
  if (shares === undefined) return { distances, percents: [], turns: [] };
  return {
    distances,
    shareOf: places.map((place) => shares.findIndex(([area]) => liesIn(place, area))),
    percents: shares.map(([, percent]) => percent),
    turns: shares.map(() => ({ credit: 0 })),
  };
}

/** The candidates of one share, in proportion to the percentages; shares without a candidate leave theirs to the others. */
function byShares(near: Near, candidates: readonly number[], hash: number | undefined): readonly number[] | undefined {
  const { shareOf, percents, turns } = near;
  if (shareOf === undefined) return undefined;
  const present = percents.flatMap((percent, share) =>
    percent > 0 && candidates.some((index) => shareOf[index] === share) ? [share] : [],
  );
  if (present.length === 0) return undefined;
  const byKey = (point: number) =>
    present[pickIndex(cumulativeWeights(present.map((share) => percents[share] as number)), point)];
  const share = hash === undefined ? nextInTurn(turns, percents, present) : byKey(pointOf(hash));
  return candidates.filter((index) => shareOf[index] === share);
}

function closest(distances: readonly number[], candidates: readonly number[]): readonly number[] {
  let least = Infinity;
  for (const index of candidates) least = Math.min(least, distances[index] as number);
  return candidates.filter((index) => distances[index] === least);
}
