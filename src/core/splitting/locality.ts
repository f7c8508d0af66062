/** Near endpoints before far ones, as Istio's locality load balancing has it. A locality is region, zone and sub-zone, or the first of them. */

export type Locality = readonly string[];

export interface LocalityTerms {
  readonly distribute: readonly {
    readonly from: Locality;
    readonly to: readonly (readonly [to: Locality, percent: number])[];
  }[];
  readonly failover: readonly { readonly from: Locality; readonly to: Locality }[];
}

/** The most parts a locality has. */
const parts = 3;

/** No endpoint is further away: neither of the caller's region nor of the one that its calls fail over to. */
export const farthest = parts + 1;

/** Reads `EU/DE/TXL`; what is not of this form is no locality. */
export function parseLocality(text: string): Locality {
  return /^[\w.-]{1,64}(?:\/[\w.-]{1,64}){0,2}$/.test(text) ? text.split('/') : [];
}

/** The text of a place whose parts are known as far as they are not empty. */
export function formatLocality(places: Locality): string {
  const unknown = places.findIndex((part) => !/^[\w.-]{1,64}$/.test(part));
  return places.slice(0, unknown < 0 ? parts : unknown).join('/');
}

/** Whether a place lies in an area: `EU/DE/TXL` in `EU/DE`, and everything in the area without parts. */
export function liesIn(place: Locality, area: Locality): boolean {
  return area.length <= place.length && area.every((part, index) => part === place[index]);
}

/** How far an endpoint is from a caller: 0 in the same sub-zone, 1 zone, 2 region, 3 where the caller's region fails over to, 4 elsewhere. */
export function distance(from: Locality, to: Locality, terms: LocalityTerms): number {
  let shared = 0;
  while (shared < parts && from[shared] !== undefined && from[shared] === to[shared]) shared += 1;
  if (shared > 0) return parts - shared;
  const next = terms.failover.find((rule) => liesIn(from, rule.from));
  return next !== undefined && liesIn(to, next.to) ? parts : farthest;
}

/** The shares of calls from a place: of the first rule that is for it. */
export function sharesFrom(from: Locality, terms: LocalityTerms) {
  return terms.distribute.find((rule) => liesIn(from, rule.from))?.to;
}
