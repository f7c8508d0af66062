/** What became of a route's backends, in words: their weights, and the share of the calls that each one makes of it. */
import type { Pair } from './align.ts';
import { type Fields, shown } from './diff-values.ts';

/** The Gateway API's weight of a backend that says none. */
const defaultWeight = 1;

/** The name that people know a backend by; one that is malformed goes by its place, from 1. */
export function backendName({ version, service }: Fields, index: number): string {
  if (typeof version === 'string') return version;
  return typeof service === 'string' ? `service ${service}` : `backend ${index + 1}`;
}

/** Part of the route's calls that each backend gets; none gets any where all weights are 0. */
export function sharesOf(backends: readonly Fields[]): number[] {
  const weights = backends.map(weightOf);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (total === 0 ? 0 : weight / total));
}

function weightOf({ weight }: Fields): number {
  return typeof weight === 'number' ? weight : defaultWeight;
}

/** Tells what became of a backend's weight and share; answers the backend as it was, without the weight. */
export function tellWeight(
  { before, after, from, to: place }: Pair<Fields>,
  all: readonly Fields[],
  now: readonly Fields[],
  tell: (text: string) => void,
): Fields {
  const [one, other] = [before as Fields, after as Fields];
  const name = backendName(other, place);
  const [was, is] = [percent(sharesOf(all)[from]), percent(sharesOf(now)[place])];
  const share = was === is ? `share stays ${is}` : `share ${was} -> ${is}`;
  if (weightOf(one) !== weightOf(other)) tell(`weight of ${name} ${weightOf(one)} -> ${weightOf(other)} (${share})`);
  else if (one.weight !== other.weight)
    tell(`weight of ${name} ${said(one.weight)} -> ${said(other.weight)} (${share})`);
  else if (was !== is) tell(`share of ${name} ${was} -> ${is} (weight stays ${weightOf(other)})`);
  return withoutWeight(one);
}

function said(weight: unknown): string {
  return weight === undefined ? `${defaultWeight} by default` : String(weight);
}

/** The other fields of a backend; none where there is no backend. */
export function withoutWeight(backend: Fields | undefined): Fields {
  const { weight: _, ...rest } = backend ?? {};
  return rest;
}

/** One line about a backend that only the newer route has. */
export function addedBackend({ after, to: place }: Pair<Fields>, now: readonly Fields[]): string {
  const { version: _version, service: _service, weight: _weight, ...rest } = after as Fields;
  const more = Object.keys(rest).length === 0 ? '' : `: ${shown(rest)}`;
  const share = percent(sharesOf(now)[place]);
  return `backend ${backendName(after as Fields, place)} added with weight ${weightOf(after as Fields)} (share ${share})${more}`;
}

/** One line about a backend that only the older route has. */
export function removedBackend({ before, from }: Pair<Fields>, all: readonly Fields[]): string {
  return `backend ${backendName(before as Fields, from)} removed (its share was ${percent(sharesOf(all)[from])})`;
}

/** With as many digits as tell it from its neighbours: `10%`, `18.2%`, `0.05%`. */
export function percent(share = 0): string {
  const value = share * 100;
  const digits = value === 0 || value >= 10 ? 1 : 2 - Math.ceil(Math.log10(value));
  return `${Number(value.toFixed(Math.min(digits, 6)))}%`;
}
