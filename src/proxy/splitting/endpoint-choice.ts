/**
 * Which of a version's endpoints an attempt goes to. One endpoint, which is nearly always all there is, costs nothing: no state, no choice.
 * Of several, those that this call has tried and those that are left out for failing are passed over as long as another one is there; then the near
 * ones go before the far ones, and the balance rule decides among the rest.
 */

import { MeshFailure } from '../../core/errors/mesh-error.ts';
import { byChance, byHash, leastRequest, nextInTurn } from '../../core/splitting/balance.ts';
import { hashText } from '../../core/splitting/hash.ts';
import { activeLeases, beginLease, endLease } from '../../core/splitting/leases.ts';
import { isEjected, noteError, noteSuccess } from '../../core/splitting/outlier.ts';
import type { Endpoint, Target } from '../../model/snapshot.ts';
import type { Call, Reply } from '../call.ts';
import type { Deps } from '../deps.ts';
import { replyStatus } from '../service.ts';
import { compileKeys, type IssuedCookie } from './call-key.ts';
import { endpointKey, endpointName, endpointNames } from './endpoint-names.ts';
import { endpointState } from './endpoint-table.ts';
import { localityOf } from './locality-of.ts';
import { nearest } from './nearest.ts';

export interface ChosenEndpoint {
  readonly endpoint: Endpoint;
  /** How records and errors name it. */
  readonly name: string;
  /** Tells it from the others of its version; `''` where there is no other. */
  readonly id: string;
}

export interface EndpointChoice {
  /** Whether this edge can reach any of them for this call. */
  reaches(call: Call): boolean;
  /** Rejects with `no_endpoint` or `backend_unresolved`. `preferred` is the id that a session names; `issued` takes up cookies for the caller. */
  choose(call: Call, preferred: string, issued: IssuedCookie[]): ChosenEndpoint;
  /** Runs an attempt and remembers how it went; absent where nothing is to be remembered. */
  watch?(call: Call, chosen: ChosenEndpoint, attempt: () => Promise<Reply>): Promise<Reply>;
}

/** Thousands of routes may lead to one version: they share its choice. */
const choices = new WeakMap<Deps, WeakMap<Target, EndpointChoice>>();

/** The choice among the endpoints of a target of `service`, made when a snapshot is mounted. */
export function endpointChoice(deps: Deps, service: string, target: Target): EndpointChoice {
  let made = choices.get(deps);
  if (made === undefined) {
    made = new WeakMap();
    choices.set(deps, made);
  }
  let choice = made.get(target);
  if (choice === undefined) {
    choice = newChoice(deps, service, target);
    made.set(target, choice);
  }
  return choice;
}

function newChoice(deps: Deps, service: string, target: Target): EndpointChoice {
  const [first, ...others] = target.endpoints;
  if (first === undefined) return { reaches: () => false, choose: () => refuse(target) };
  return others.length === 0 ? lone(deps, target, first) : among(deps, service, target);
}

function refuse({ name }: Target): never {
  throw new MeshFailure({ code: 'no_endpoint', version: name });
}

function unresolved({ name }: Target, detail: string): never {
  throw new MeshFailure({ code: 'backend_unresolved', version: name, detail });
}

function lone(deps: Deps, target: Target, endpoint: Endpoint): EndpointChoice {
  const chosen: ChosenEndpoint = { endpoint, name: endpointName(endpoint), id: '' };
  const reaches = (call: Call) => deps.transport.resolves(endpoint, call.upstream, call.kind);
  return { reaches, choose: (call) => (reaches(call) ? chosen : unresolved(target, chosen.name)) };
}

function among(deps: Deps, service: string, target: Target): EndpointChoice {
  const { endpoints, balance, outlier } = target;
  const names = endpointNames(endpoints);
  const keys = endpoints.map(endpointKey);
  const seeds = keys.map((key) => hashText(`${service}\n${target.name}\n${key}`) | 0);
  const chosen = endpoints.map((endpoint, index): ChosenEndpoint => {
    return { endpoint, name: names[index] as string, id: ((seeds[index] as number) >>> 0).toString(36) };
  });
  const weights = endpoints.map(({ weight = 1 }) => weight);
  const states = keys.map((key) => endpointState(deps, service, target.name, key));
  const healths = states.map(({ health }) => health);
  const near = nearest(endpoints, balance);
  const keyOf = compileKeys(balance.by, deps.random);
  const counted = balance.algorithm === 'least-request';

  const reachable = (call: Call): readonly number[] => {
    const { transport } = deps;
    const found: number[] = [];
    endpoints.forEach((endpoint, index) => {
      if ((weights[index] as number) > 0 && transport.resolves(endpoint, call.upstream, call.kind)) found.push(index);
    });
    return found;
  };

  const choose = (call: Call, preferred: string, issued: IssuedCookie[]): ChosenEndpoint => {
    const nowMs = deps.now();
    let candidates = reachable(call);
    if (candidates.length === 0)
      return weights.some((weight) => weight > 0) ? unresolved(target, names.join(', ')) : refuse(target);
    candidates = unlessNone(candidates, (index) => !hasTried(call, target.name, names[index] as string));
    if (outlier !== undefined)
      candidates = unlessNone(candidates, (index) => !isEjected(healths[index] as (typeof healths)[0], nowMs));
    const held = preferred === '' ? undefined : candidates.find((index) => chosen[index]?.id === preferred);
    if (held !== undefined) return chosen[held] as ChosenEndpoint;
    const key = keyOf(call, issued);
    const hash = key === undefined ? undefined : hashText(key);
    if (near !== undefined) candidates = near(candidates, localityOf(call), hash);
    return chosen[decide(candidates, hash, nowMs)] as ChosenEndpoint;
  };

  const decide = (candidates: readonly number[], hash: number | undefined, nowMs: number): number => {
    switch (balance.algorithm) {
      case 'round-robin':
        return nextInTurn(states, weights, candidates);
      case 'least-request': {
        const active = (index: number) => activeLeases((states[index] as (typeof states)[0]).leases, nowMs);
        return leastRequest(weights, candidates, active, deps.random);
      }
      case 'consistent-hash':
        if (hash !== undefined) return byHash(hash, seeds, weights, candidates);
        return byChance(weights, candidates, deps.random());
      case 'random':
        return byChance(weights, candidates, deps.random());
    }
  };

  const watch = async (call: Call, { id }: ChosenEndpoint, attempt: () => Promise<Reply>): Promise<Reply> => {
    const { leases, health } = states[chosen.findIndex((one) => one.id === id)] as (typeof states)[0];
    const lease = counted ? beginLease(leases, longestUntil(call, deps.now())) : 0;
    try {
      const reply = await attempt();
      if (outlier === undefined) return reply;
      if (replyStatus(reply) < 500) noteSuccess(health);
      else noteError(health, outlier, healths, deps.now());
      return reply;
    } catch (error) {
      if (outlier !== undefined && isOwnFault(error)) noteError(health, outlier, healths, deps.now());
      throw error;
    } finally {
      if (counted) endLease(leases, lease);
    }
  };

  const remembers = counted || outlier !== undefined;
  return { reaches: (call) => reachable(call).length > 0, choose, ...(remembers ? { watch } : {}) };
}

/** When a call that began now can no longer be waiting for its headers, as far as anybody knows. */
function longestUntil({ mounted, deadlineMs = Infinity }: Call, nowMs: number): number {
  return Math.min(deadlineMs, nowMs + (mounted?.snapshot.mesh.openCallBoundMs ?? 0));
}

function unlessNone(candidates: readonly number[], holds: (index: number) => boolean): readonly number[] {
  const kept = candidates.filter(holds);
  return kept.length === 0 ? candidates : kept;
}

/** The spans of a call tell what it has tried. */
function hasTried(call: Call, version: string, name: string): boolean {
  return call.record.attempts.some((attempt) => attempt.version === version && attempt.endpoint === name);
}

const faults: ReadonlySet<string> = new Set([
  'upstream_failed',
  'upstream_unreachable',
  'backend_timeout',
  'request_timeout',
]);

/** Whether it was the endpoint that failed: what the edge refused itself, and a deadline that a caller set too short, is not its fault. */
function isOwnFault(error: unknown): boolean {
  return !(error instanceof MeshFailure) || faults.has(error.error.code);
}
