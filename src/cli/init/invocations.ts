/** How many Worker invocations a journey may cost, as the declared graph bounds it. */
import { ownEntry } from '../../core/own-entry.ts';
import { deployOrder } from '../../derive/plan/deploy-order.ts';

/** The platform ends a journey that uses more than so many Worker invocations, all branches together. */
export const mostInvocations = 32;
/** An edge and its Worker. */
const perMeshed = 2;

export interface Journey {
  /** From the Worker that the call comes in at. */
  readonly path: readonly string[];
  /** Worker invocations; each Worker of the mesh counts with its edge. */
  readonly invocations: number;
}

export interface InvocationBounds {
  readonly limit: typeof mostInvocations;
  /** The longest chain of calls; a group that calls itself is gone through once. */
  readonly chain: Journey;
  /** The Worker whose calls cost most, if it and all below it call each of their bindings once; undefined where that has no end. */
  readonly fanOut?: { readonly from: string; readonly invocations: number };
  /** Workers that reach themselves again: only the mesh's limit of hops ends their journeys. */
  readonly cycles: readonly (readonly string[])[];
}

export interface Call {
  readonly from: string;
  readonly to: string;
  readonly inside: boolean;
}

/**
 * `behind` tells the Workers that may answer for a service: any of its versions. Of `gateways`, which are among the Workers here, there is
 * the edge only.
 */
export function invocationBounds(
  workers: readonly string[],
  calls: readonly Call[],
  behind: (service: string) => readonly string[],
  gateways: ReadonlySet<string> = new Set(),
): InvocationBounds {
  const cost: Cost = (worker) => (gateways.has(worker) ? 1 : perMeshed);
  const callees = Object.fromEntries(
    workers.map((worker) => [
      worker,
      [...new Set(calls.filter(({ from, inside }) => inside && from === worker).flatMap(({ to }) => behind(to)))],
    ]),
  );
  const { order, cycles: groups } = deployOrder(callees);
  const selves = workers.filter(
    (worker) => ownEntry(callees, worker)?.includes(worker) && !groups.some((group) => group.includes(worker)),
  );
  const cycles = [...groups, ...selves.map((worker) => [worker])];
  // A Worker of others, or the edge of a service that has no Worker here.
  const single = calls.filter(({ to, inside }) => !inside || behind(to).length === 0);
  const outside = new Map(single.map(({ from, to }) => [from, to]));
  const longest = new Map<string, Journey>();
  for (const worker of order) {
    if (longest.has(worker)) continue;
    const group = groups.find((members) => members.includes(worker)) ?? [worker];
    const journey = longestFrom(group, callees, outside, longest, cost);
    for (const member of group) longest.set(member, { ...journey, path: startingAt(member, group, journey.path) });
  }
  const chain = [...longest.values()].reduce(longer, { path: [], invocations: 0 });
  const fanOut = widest(order, calls, behind, cycles, cost);
  return { limit: mostInvocations, chain, ...(fanOut === undefined ? {} : { fanOut }), cycles };
}

/** Invocations of one Worker of the mesh, its edge included. */
type Cost = (worker: string) => number;

function longestFrom(
  group: readonly string[],
  callees: Readonly<Record<string, readonly string[]>>,
  outside: ReadonlyMap<string, string>,
  longest: ReadonlyMap<string, Journey>,
  cost: Cost,
): Journey {
  let rest: Journey = { path: [], invocations: 0 };
  for (const member of group) {
    const away = outside.get(member);
    // Of what is not in the mesh no more is known than that it is called.
    if (away !== undefined) rest = longer(rest, { path: [away], invocations: 1 });
    for (const callee of ownEntry(callees, member) ?? []) {
      const onward = group.includes(callee) ? undefined : longest.get(callee);
      if (onward !== undefined) rest = longer(rest, onward);
    }
  }
  const own = group.reduce((sum, member) => sum + cost(member), 0);
  return { path: [...group, ...rest.path], invocations: own + rest.invocations };
}

function longer(one: Journey, other: Journey): Journey {
  return other.invocations > one.invocations ? other : one;
}

function startingAt(member: string, group: readonly string[], path: readonly string[]): string[] {
  return [member, ...group.filter((other) => other !== member), ...path.slice(group.length)];
}

/** `order` has callees first, so that each sum is there when it is asked for. */
function widest(
  order: readonly string[],
  calls: readonly Call[],
  behind: (service: string) => readonly string[],
  cycles: readonly (readonly string[])[],
  costOf: Cost,
): InvocationBounds['fanOut'] {
  const circular = new Set(cycles.flat());
  const cost = new Map<string, number>();
  for (const worker of order) {
    const sum = calls
      .filter(({ from }) => from === worker)
      .reduce((total, { to, inside }) => {
        if (!inside) return total + 1;
        const versions = behind(to).map((version) => cost.get(version) ?? Infinity);
        return total + Math.max(perMeshed - 1, ...versions);
      }, costOf(worker));
    cost.set(worker, circular.has(worker) ? Infinity : sum);
  }
  let found: { readonly from: string; readonly invocations: number } | undefined;
  for (const [from, invocations] of cost)
    if (found === undefined || invocations > found.invocations) found = { from, invocations };
  return found === undefined || found.invocations === Infinity ? undefined : found;
}
