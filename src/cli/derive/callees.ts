/** Which of the users' Workers call which: what orders their deployment. */

import type { SourceWorker } from '../../derive/configs/source-worker.ts';
import type { MeshPlan } from '../../derive/plan/mesh-plan.ts';

/** The users' Workers that each of them calls, by way of the edges that it binds and of those that these bind. */
export function calleesOf({ workers, edges }: MeshPlan): Record<string, string[]> {
  const behind = (target: string, passed: readonly string[] = []): string[] => {
    const edge = passed.includes(target) ? undefined : edges.find(({ name }) => name === target);
    if (edge === undefined) return [];
    const onward = edge.peerBindings.flatMap((peer) => behind(peer.target, [...passed, target]));
    return [...edge.bindings.map((one) => one.target), ...onward];
  };
  return Object.fromEntries(
    workers.map(({ source, services }) => [
      source.name,
      [...services.flatMap(({ target }) => behind(target)), ...needsOf(source)],
    ]),
  );
}

/** The edges that each edge binds: a service binding can only be made to what is there. */
export function peersOf({ edges }: MeshPlan): Record<string, string[]> {
  return Object.fromEntries(edges.map(({ name, peerBindings }) => [name, peerBindings.map(({ target }) => target)]));
}

/** What must be in the account before a Worker is uploaded; its service bindings name edges, which are there by then. */
export function neededBy({ workers }: MeshPlan): Record<string, string[]> {
  return Object.fromEntries(workers.map(({ source }) => [source.name, needsOf(source)]));
}

function needsOf({ durableObjectScripts, otherScripts = [] }: SourceWorker): string[] {
  return [...durableObjectScripts, ...otherScripts];
}
