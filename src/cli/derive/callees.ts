/** Which of the users' Workers call which: what orders their deployment. */
import type { MeshPlan } from '../../derive/plan.ts';
import type { SourceWorker } from '../../derive/source-worker.ts';

/** The users' Workers that each of them calls, by way of the edges that it binds. */
export function calleesOf({ workers, edges }: MeshPlan): Record<string, string[]> {
  const behind = (target: string) => edges.find(({ name }) => name === target)?.bindings.map((one) => one.target) ?? [];
  return Object.fromEntries(
    workers.map(({ source, services }) => [
      source.name,
      [...services.flatMap(({ target }) => behind(target)), ...needsOf(source)],
    ]),
  );
}

/** What must be in the account before a Worker is uploaded; its service bindings name edges, which are there by then. */
export function neededBy({ workers }: MeshPlan): Record<string, string[]> {
  return Object.fromEntries(workers.map(({ source }) => [source.name, needsOf(source)]));
}

function needsOf({ durableObjectScripts, otherScripts = [] }: SourceWorker): string[] {
  return [...durableObjectScripts, ...otherScripts];
}
