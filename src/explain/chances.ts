/** To which backends and endpoints an attempt goes, and how likely: the data path's own choices, asked without sending anything. */
import type { Backend, Route, Snapshot } from '../model/snapshot.ts';
import type { Call } from '../proxy/call.ts';
import { backendChoice } from '../proxy/splitting/backend-choice.ts';
import { endpointChoice } from '../proxy/splitting/endpoint-choice.ts';
import { endpointName, endpointNames } from '../proxy/splitting/endpoint-names.ts';
import { sessionPersistence } from '../proxy/splitting/session-persistence.ts';
import { inertDeps, type Resolves } from './inert-deps.ts';

/** What decides: a session's token, the journey's version, the caller's key, or chance. */
export type ChoiceReason = 'session' | 'journey' | 'key' | 'weights';

export interface EndpointChance {
  readonly name: string;
  /** Of the attempts that go to the backend, 0 to 1. */
  readonly share: number;
  readonly resolved: boolean;
}

export interface BackendChance {
  readonly name: string;
  readonly weight: number;
  /** Of the attempts, 0 to 1. */
  readonly share: number;
  readonly endpoints: readonly EndpointChance[];
}

export interface Chances {
  readonly chosenBy: ChoiceReason;
  readonly backends: readonly BackendChance[];
  /** Position of a backend of the greatest share; -1 where none has any. */
  readonly likeliest: number;
}

/** So many choices among several endpoints are counted; their order, keys and nearness are the data path's. */
const trials = 2000;

export function backendChances(call: Call, route: Route, snapshot: Snapshot, resolves: Resolves): Chances {
  const { position, chosenBy } = decidedBackend(call, route, snapshot);
  const total = route.backends.reduce((sum, { weight }) => sum + weight, 0);
  const backends = route.backends.map((backend, index): BackendChance => {
    const byWeight = total === 0 ? 0 : backend.weight / total;
    const share = chosenBy === 'weights' ? byWeight : index === position ? 1 : 0;
    return {
      name: backend.version,
      weight: backend.weight,
      share,
      endpoints: endpointChances(call, backend, snapshot.service, resolves),
    };
  });
  const greatest = Math.max(0, ...backends.map(({ share }) => share));
  return { chosenBy, backends, likeliest: greatest === 0 ? -1 : backends.findIndex(({ share }) => share === greatest) };
}

/** A choice that draws nothing was decided by what the call brings. */
function decidedBackend(
  call: Call,
  route: Route,
  { service }: Snapshot,
): { readonly position: number; readonly chosenBy: ChoiceReason } {
  if (route.session !== undefined && call.kind === 'fetch') {
    const held = sessionPersistence(route.session, route, service).find(call, Date.now());
    if (held !== undefined) return { position: held.backend, chosenBy: 'session' };
  }
  let drawn = false;
  const random = () => {
    drawn = true;
    return 0;
  };
  const before = call.record.reason;
  const position = backendChoice(route, service, random)(call, []);
  const followed = call.record.reason !== before;
  call.record.reason = before;
  if (drawn) return { position, chosenBy: 'weights' };
  return { position, chosenBy: followed ? 'journey' : 'key' };
}

function endpointChances(
  call: Call,
  { target }: Backend,
  service: string,
  resolves: Resolves,
): readonly EndpointChance[] {
  const { endpoints } = target;
  const [only] = endpoints;
  if (only === undefined) return [];
  if (endpoints.length === 1) return [{ name: endpointName(only), share: 1, resolved: resolves(only) }];
  const names = endpointNames(endpoints);
  const counts = new Map<string, number>();
  let drawn = 0;
  // The golden ratio's multiples lie evenly in [0, 1), however many are drawn for one choice.
  const random = () => {
    drawn += 1;
    return (drawn * 0.618_033_988_749_895) % 1;
  };
  const choice = endpointChoice(inertDeps({ random, atMs: call.startMs, resolves }), service, target);
  if (choice.reaches(call)) {
    for (let trial = 0; trial < trials; trial += 1) {
      const { name } = choice.choose(call, '', []);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return endpoints.map((endpoint, index) => {
    const name = names[index] as string;
    return { name, share: (counts.get(name) ?? 0) / trials, resolved: resolves(endpoint) };
  });
}
