/**
 * The plan of a deployment: from what is derived and what the account holds to an ordered list of steps. Pure: a plan made
 * after half of its steps were carried out holds the other half.
 */
import { ownEntry } from '../../../core/own-entry.ts';
import type { WorkerRole } from '../../derive/derive-deployment.ts';
import type { AccountState, AccountWorker } from '../account/account-state.ts';
import { isMark, isStrictMark, stubMark } from '../version-mark.ts';
import type { DeployInput, DeployingWorker, DeployPlan } from './deploy-plan.ts';
import type { Step } from './deploy-step.ts';
import { isOurs, missingSecrets } from './ours.ts';
import { planMoves } from './plan-moves.ts';

export function planDeployment(input: DeployInput): DeployPlan {
  const { workers, registry, account } = input;
  const plan = new Draft(input);
  const of = (role: WorkerRole) => workers.filter((worker) => worker.role === role);

  for (const worker of workers) plan.checkName(worker);
  if (registry.id === undefined) plan.steps.push({ kind: 'create-registry', title: registry.title });
  else plan.done.push(`the KV namespace ${registry.title} exists`);
  for (const role of ['telemetry', 'identity', 'control'] as const)
    for (const worker of of(role)) plan.uploadOwn(worker);
  plan.addStubs(of('edge'));
  for (const edge of of('edge')) plan.uploadEdge(edge);
  plan.writeDocuments();
  for (const user of of('user')) plan.uploadUser(user);
  plan.addLateEdges();

  const moves = planMoves(input);
  plan.steps.push(...moves.steps);
  for (const user of of('user')) plan.makeStrict(user);
  return {
    steps: plan.steps,
    done: [...plan.done, ...moves.done],
    notes: [...input.public.notes, ...plan.notes, ...moves.notes],
    warnings: [...of('user').flatMap((user) => lostAddress(user, account)), ...plan.warnings],
    refusals: [...plan.refusals, ...input.public.refusals, ...moves.refusals],
  };
}

class Draft {
  readonly steps: Step[] = [];
  readonly done: string[] = [];
  readonly notes: string[] = [];
  readonly warnings: string[] = [];
  readonly refusals: string[] = [];
  /** Edges that can be whole only when Workers that they bind are there in their new form. */
  private readonly late: { readonly edge: DeployingWorker; readonly targets: ReadonlySet<string> }[] = [];

  constructor(private readonly input: DeployInput) {}

  private live(name: string): AccountWorker | undefined {
    return ownEntry(this.input.account.workers, name);
  }

  private upload(worker: DeployingWorker, more: Partial<Step & { readonly kind: 'upload' }> = {}): void {
    const { name, role, service } = worker;
    const tag = this.live(name)?.tag;
    this.steps.push({
      kind: 'upload',
      worker: name,
      role,
      form: 'whole',
      why: this.live(name) === undefined || tag === stubMark ? 'new' : 'changed',
      ...(role === 'edge' && service !== undefined ? { service } : {}),
      ...more,
    });
  }

  /** A name that somebody else's Worker has is refused before anything is uploaded. */
  checkName({ name, role, service }: DeployingWorker): void {
    const live = this.live(name);
    if (live === undefined) return;
    if (!isOurs(role, live)) {
      const what = role === 'edge' ? `the edge of ${service}` : `the mesh's ${role}`;
      this.refusals.push(
        `the name ${name} is taken: the account has a Worker of that name which is no part of the mesh, and ${what} needs it; rename that Worker${role === 'edge' ? ', or your service' : ''}`,
      );
    } else if (live.shared)
      this.notes.push(`${name}: several versions share its traffic now; the new one will have all of it`);
  }

  uploadOwn(worker: DeployingWorker): void {
    const live = this.live(worker.name);
    const secrets = missingSecrets(worker.role, live);
    if (live?.tag === worker.mark && secrets.length === 0) {
      this.done.push(`${worker.name} is unchanged`);
      this.keepClosed(worker, live);
    } else this.upload(worker, secrets.length > 0 ? { secrets } : {});
  }

  /** An upload that was cut off before its addresses were closed would be left open. */
  private keepClosed(worker: DeployingWorker, live: AccountWorker): void {
    if (live.workersDev !== worker.workersDev || worker.triggers)
      this.steps.push({ kind: 'triggers', worker: worker.name });
  }

  addStubs(edges: readonly DeployingWorker[]): void {
    const users = new Set(this.input.workers.filter(({ role }) => role === 'user').map(({ name }) => name));
    const wanted = new Map<string, Set<string>>();
    for (const { service, entrypoint } of edges.flatMap(({ services }) => services)) {
      if (this.input.account.names.has(service) || !users.has(service)) continue;
      const entrypoints = wanted.get(service) ?? new Set();
      wanted.set(service, entrypoint === undefined ? entrypoints : entrypoints.add(entrypoint));
    }
    for (const [worker, entrypoints] of wanted)
      this.steps.push({ kind: 'stub', worker, entrypoints: [...entrypoints].sort() });
  }

  uploadEdge(edge: DeployingWorker): void {
    const live = this.live(edge.name);
    if (live?.tag === edge.mark) {
      this.done.push(`${edge.name} is unchanged`);
      this.keepClosed(edge, live);
      return;
    }
    const missing = edge.services.filter(({ service, entrypoint }) => {
      if (this.isLaterEdge(service)) return true;
      const known = this.live(service)?.entrypoints;
      return entrypoint !== undefined && known !== undefined && !known.includes(entrypoint) && this.willChange(service);
    });
    if (missing.length === 0) {
      this.upload(edge);
      return;
    }
    if (live === undefined) this.upload(edge, { form: 'partial', without: missing.map(({ binding }) => binding) });
    this.late.push({ edge, targets: new Set(missing.map(({ service }) => service)) });
  }

  /** Edges that bind each other have no order: the first goes without its bindings to those that are not there yet. */
  private isLaterEdge(name: string): boolean {
    const isEdge = this.input.workers.some((worker) => worker.role === 'edge' && worker.name === name);
    const uploaded = this.steps.some((step) => step.kind === 'upload' && step.worker === name);
    return isEdge && !uploaded && !this.input.account.names.has(name);
  }

  private willChange(name: string): boolean {
    return this.input.workers.some((worker) => worker.role === 'user' && worker.name === name);
  }

  /** An edge that waits for an entrypoint follows the last Worker that it waits for, before those that call it. */
  addLateEdges(): void {
    for (const { edge, targets } of this.late) {
      const last = this.steps.findLastIndex((step) => step.kind === 'upload' && targets.has(step.worker));
      const { name: worker, role, service } = edge;
      this.steps.splice(last < 0 ? this.steps.length : last + 1, 0, {
        kind: 'upload',
        worker,
        role,
        form: 'whole',
        why: 'changed',
        ...(service === undefined ? {} : { service }),
      });
    }
  }

  writeDocuments(): void {
    const { registry, documents, overwriteDocuments } = this.input;
    const keys = Object.keys(documents).sort();
    const add = keys.filter((key) => !Object.hasOwn(registry.documents, key));
    const differ = keys.filter(
      (key) => Object.hasOwn(registry.documents, key) && registry.documents[key] !== documents[key],
    );
    const overwrite = overwriteDocuments ? differ : [];
    if (add.length + overwrite.length > 0) this.steps.push({ kind: 'documents', add, overwrite });
    const kept = keys.length - add.length - overwrite.length;
    if (kept > 0) this.done.push(`${kept} ${kept === 1 ? 'document is' : 'documents are'} in KV`);
    for (const key of overwriteDocuments ? [] : differ)
      this.notes.push(`${key}: what is in KV was edited there and stays; --overwrite-documents writes yours over it`);
  }

  /** A Worker that is strict already stays so; one that becomes strict admits calls until its callers go through edges. */
  uploadUser(user: DeployingWorker): void {
    const live = this.live(user.name);
    const settled = live?.tag !== undefined && [user.mark, user.admittingMark].includes(live.tag);
    if (live !== undefined && settled) {
      if (live.tag === user.mark) this.done.push(`${user.name} is unchanged`);
      else this.done.push(`${user.name} is there, and admits calls that come past its edge for now`);
      this.keepClosed(user, live);
    } else if (user.admittingMark === undefined || isStrictMark(live?.tag)) this.upload(user);
    else this.upload(user, { form: 'admitting' });
  }

  makeStrict(user: DeployingWorker): void {
    const tag = this.live(user.name)?.tag;
    if (user.admittingMark === undefined || isStrictMark(tag)) return;
    this.upload(user, { why: 'strict' });
    const outsiders = ownEntry(this.input.outsiders ?? {}, user.name) ?? [];
    if (outsiders.length > 0)
      this.warnings.push(
        `${user.name} will refuse the calls of ${outsiders.join(', ')}: ${outsiders.length === 1 ? 'it binds' : 'they bind'} it past its edge; name ${outsiders.length === 1 ? 'its config' : 'their configs'} too, or say access.mode: permissive`,
      );
  }
}

/** Edges and the Workers behind them have no address on workers.dev. */
function lostAddress(user: DeployingWorker, { workers }: AccountState): string[] {
  const live = ownEntry(workers, user.name);
  const fresh = live === undefined || live.tag === stubMark;
  const loses = live?.workersDev && !isMark(live.tag);
  if (user.workersDev || !(loses || (fresh && user.wantsWorkersDev))) return [];
  return [
    `${user.name} ${fresh ? 'would answer on workers.dev by its config, and gets no address there' : 'answers on workers.dev now, and will not any more'}: give its service a host (a route in its wrangler config, and public.hosts in the document of ${user.service}), or leave its public addresses with it by public.via: worker`,
  ];
}
