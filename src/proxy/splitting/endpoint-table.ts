/**
 * What an isolate remembers of endpoints that stand beside others: calls under way, errors in a row, whose turn it is. It is plain data by name,
 * so that it outlives the documents which come and go, and it is made only where there is something to choose.
 */
import type { Turn } from '../../core/splitting/balance.ts';
import { type Leases, noLeases } from '../../core/splitting/leases.ts';
import { goodHealth, type Health } from '../../core/splitting/outlier.ts';
import type { Deps } from '../deps.ts';

export interface EndpointState extends Turn {
  readonly leases: Leases;
  readonly health: Health;
}

/** Names that documents no longer have are forgotten when so many have come together. */
const maxStates = 4096;

const tables = new WeakMap<Deps, Map<string, EndpointState>>();

/** The state of one endpoint of a version of a service, in the isolate whose dependencies these are. */
export function endpointState(deps: Deps, service: string, version: string, endpoint: string): EndpointState {
  let table = tables.get(deps);
  if (table === undefined) {
    table = new Map();
    tables.set(deps, table);
  }
  const key = `${service}\n${version}\n${endpoint}`;
  let state = table.get(key);
  if (state === undefined) {
    if (table.size >= maxStates) table.clear();
    // Isolates that all began their rotation with the same endpoint would send it the first call of each.
    state = { credit: deps.random(), leases: noLeases(), health: goodHealth() };
    table.set(key, state);
  }
  return state;
}
