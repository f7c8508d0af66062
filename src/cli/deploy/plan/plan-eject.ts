/**
 * The plan of taking the mesh out again, in the reverse order of a deployment: strictness off, routes back, Workers as they are
 * (callers first, so that nobody calls an edge that is gone), then edges and the mesh's own Workers. Pure.
 */
import { ownEntry } from '../../../core/own-entry.ts';
import { routeHost } from '../../../derive/plan/public-routes.ts';
import type { WorkerRole } from '../../derive/derive-deployment.ts';
import type { AccountState, AccountWorker } from '../account/account-state.ts';
import { isMark, isStrictMark } from '../version-mark.ts';
import type { DeployPlan } from './deploy-plan.ts';
import type { Step } from './deploy-step.ts';
import { isOurs } from './ours.ts';
import type { PublicRoute } from './public-route.ts';

export interface EjectingUser {
  readonly name: string;
  /** As documents name it. */
  readonly worker: string;
  readonly service: string;
  readonly configPath: string;
  readonly environment?: string;
  readonly routes: readonly PublicRoute[];
}

export interface EjectInput {
  /** Callees before callers, as they were deployed. */
  readonly users: readonly EjectingUser[];
  readonly edges: readonly { readonly name: string; readonly service: string }[];
  /** The mesh's own Workers. */
  readonly own: readonly { readonly name: string; readonly role: Exclude<WorkerRole, 'user' | 'edge'> }[];
  /** Edges of the same mesh in the account, by name: those of Workers that were not named among them. */
  readonly allEdges: readonly string[];
  readonly registry: { readonly title: string; readonly id?: string };
  readonly deleteData: boolean;
  readonly account: AccountState;
}

export function planEject(input: EjectInput): DeployPlan {
  const { users, edges, own, allEdges, registry, account } = input;
  const steps: Step[] = [];
  const done: string[] = [];
  const notes: string[] = [];
  const live = (name: string): AccountWorker | undefined => ownEntry(account.workers, name);

  for (const { name } of users)
    if (isStrictMark(live(name)?.tag))
      steps.push({ kind: 'upload', worker: name, role: 'user', form: 'admitting', why: 'no longer strict' });

  const back = routesBack(input);
  steps.push(...back.steps);
  notes.push(...back.notes);

  for (const user of [...users].reverse()) {
    const worker = live(user.name);
    if (worker === undefined) notes.push(`${user.name} is not in the account, and is not deployed`);
    else if (!isMark(worker.tag) && worker.uploaded && !bindsEdge(worker, edges))
      done.push(`${user.name} is as its own config says`);
    else
      steps.push({
        kind: 'plain',
        worker: user.name,
        configPath: user.configPath,
        ...(user.environment === undefined ? {} : { environment: user.environment }),
      });
  }
  // Edges may bind each other.
  const together = edges.map(({ name }) => name);
  for (const { name } of edges) {
    const edge = live(name);
    if (edge === undefined) done.push(`${name} is gone`);
    else if (isOurs('edge', edge)) steps.push({ kind: 'delete', worker: name, role: 'edge', together });
    else notes.push(`${name} is no edge of the mesh, and stays`);
  }
  const left = allEdges.filter((name) => !edges.some((edge) => edge.name === name));
  if (left.length > 0)
    notes.push(
      `${left.join(', ')} ${left.length === 1 ? 'stands' : 'stand'} before Workers that were not named: the mesh's own Workers and its KV namespace stay`,
    );
  else {
    for (const { name, role } of own) {
      const worker = live(name);
      if (worker === undefined) done.push(`${name} is gone`);
      else if (isOurs(role, worker)) steps.push({ kind: 'delete', worker: name, role });
      else notes.push(`${name} is no part of the mesh, and stays`);
    }
    if (registry.id === undefined) done.push(`there is no KV namespace ${registry.title}`);
    else if (input.deleteData) steps.push({ kind: 'delete-registry', title: registry.title, id: registry.id });
    else notes.push(`the KV namespace ${registry.title} stays, with the documents; --delete-data deletes it`);
  }
  return { steps, done, notes, warnings: [], refusals: [] };
}

function bindsEdge({ bindings }: AccountWorker, edges: EjectInput['edges']): boolean {
  return bindings.some(({ type, service }) => type === 'service' && edges.some(({ name }) => name === service));
}

/** Every route and domain of an edge goes to the Worker of its service whose config names it, or else to the service's own Worker; those of a gateway to whichever Worker's config names them. */
function routesBack({ users, edges, account }: EjectInput): { readonly steps: Step[]; readonly notes: string[] } {
  const steps: Step[] = [];
  const notes: string[] = [];
  const owner = (service: string, fits: (route: PublicRoute) => boolean) => {
    const present = users.filter((user) => account.names.has(user.name));
    const candidates = present.filter((user) => user.service === service);
    return (
      candidates.find(({ routes }) => routes.some(fits)) ??
      candidates.find(({ worker }) => worker === service) ??
      present.find(({ routes }) => routes.some(fits))
    );
  };
  for (const { name, service } of edges) {
    for (const { id, zoneId, pattern, script } of account.routes.filter((route) => route.script === name)) {
      const to = owner(service, (route) => !route.custom && route.pattern === pattern);
      if (to === undefined) notes.push(`${pattern} goes with ${name}: no Worker of ${service} is there to take it`);
      else steps.push({ kind: 'route', pattern, zoneId, id, from: script as string, to: to.name });
    }
    for (const { hostname, zoneId } of account.domains.filter((domain) => domain.service === name)) {
      const to = owner(service, (route) => route.custom && routeHost(route.pattern) === hostname);
      if (to === undefined) notes.push(`${hostname} goes with ${name}: no Worker of ${service} is there to take it`);
      else steps.push({ kind: 'domain', hostname, zoneId, from: name, to: to.name });
    }
  }
  return { steps, notes };
}
