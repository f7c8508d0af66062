/** Which public routes go to edges, one host at a time; those that somebody else holds are refused. */
import { ownEntry } from '../../../core/own-entry.ts';
import { routeHost } from '../../../derive/plan/public-routes.ts';
import type { DeployInput, DeployPlan } from './deploy-plan.ts';
import type { Step } from './deploy-step.ts';
import type { PublicRoute } from './public-route.ts';

export type Moves = Pick<DeployPlan, 'done' | 'notes' | 'refusals'> & { readonly steps: readonly Step[] };

export function planMoves(
  input: Pick<DeployInput, 'workers' | 'public' | 'account' | 'controlHost' | 'identityHost'>,
): Moves {
  const draft: Draft = { steps: [], done: [], notes: [], refusals: [] };
  const edges = new Map(
    input.workers.filter(({ role }) => role === 'edge').map(({ service, name }) => [service, name]),
  );
  const wanted: Wish[] = input.workers.flatMap(({ role, name, service }): Wish[] => {
    const to = edges.get(service);
    const own = role === 'control' ? input.controlHost : role === 'identity' ? input.identityHost : undefined;
    if (own !== undefined) return [{ route: { pattern: own, custom: true }, to: name }];
    if (role !== 'user' || to === undefined) return [];
    return (ownEntry(input.public.moves, name) ?? []).map((route) => ({ route, from: name, to }));
  });
  for (const { service, route, from } of input.public.gateways) {
    const to = edges.get(service);
    if (to !== undefined) wanted.push({ route, to, ...(from === undefined ? {} : { from }) });
  }
  wanted.sort((one, other) => (routeHost(one.route.pattern) < routeHost(other.route.pattern) ? -1 : 1));
  for (const wish of wanted) (wish.route.custom ? moveDomain : moveRoute)(wish, input, draft);
  draft.notes.push(...unknownRoutes(input, wanted));
  return draft;
}

interface Draft {
  readonly steps: Step[];
  readonly done: string[];
  readonly notes: string[];
  readonly refusals: string[];
}

interface Wish {
  readonly route: PublicRoute;
  readonly from?: string;
  readonly to: string;
}

type Facts = Pick<DeployInput, 'account' | 'public' | 'workers'>;

function moveDomain({ route, from, to }: Wish, { account }: Facts, draft: Draft): void {
  const hostname = routeHost(route.pattern);
  const holder = account.domains.find((domain) => domain.hostname === hostname);
  if (holder?.service === to) draft.done.push(`${to} has the custom domain ${hostname}`);
  else if (holder !== undefined && holder.service !== from)
    draft.refusals.push(
      `the custom domain ${hostname} belongs to ${holder.service}, ${otherHolder(from)}; take it away there first`,
    );
  else {
    const zoneId = holder?.zoneId ?? route.zoneId;
    draft.steps.push({
      kind: 'domain',
      hostname,
      to,
      ...(holder === undefined ? {} : { from: holder.service }),
      ...(zoneId === undefined ? {} : { zoneId }),
      ...(route.zoneName === undefined ? {} : { zoneName: route.zoneName }),
    });
  }
}

function moveRoute({ route, from, to }: Wish, { account }: Facts, draft: Draft): void {
  const { pattern } = route;
  const zoneId = ownEntry(account.zones, pattern);
  if (zoneId === undefined) {
    draft.refusals.push(
      `${pattern}: the account has no zone for it, or the token may not read it; say zone_id or zone_name in the route`,
    );
    return;
  }
  const existing = account.routes.find((one) => one.zoneId === zoneId && one.pattern === pattern);
  if (existing?.script === to) draft.done.push(`${to} has the route ${pattern}`);
  else if (existing?.script !== undefined && existing.script !== from)
    draft.refusals.push(
      `the route ${pattern} belongs to ${existing.script}, ${otherHolder(from)}; take it away there first`,
    );
  else
    draft.steps.push({
      kind: 'route',
      pattern,
      zoneId,
      to,
      ...(existing === undefined ? {} : { id: existing.id }),
      ...(existing?.script === undefined ? {} : { from: existing.script }),
    });
}

function otherHolder(from: string | undefined): string {
  return from === undefined ? 'which is not the mesh' : `and the config of ${from} claims it`;
}

/** Routes that somebody gave to a Worker by other means than its config stay where they are. */
function unknownRoutes({ account, workers, public: { keeps } }: Facts, wanted: readonly Wish[]): string[] {
  const users = new Set(workers.flatMap(({ role, name }) => (role === 'user' && !keeps.has(name) ? [name] : [])));
  const told = new Set(wanted.map(({ route }) => route.pattern));
  const routes = account.routes.flatMap(({ pattern, script }) =>
    script !== undefined && users.has(script) && !told.has(pattern) ? [{ pattern, script }] : [],
  );
  const domains = account.domains.flatMap(({ hostname, service }) =>
    users.has(service) && !told.has(hostname) ? [{ pattern: hostname, script: service }] : [],
  );
  return [...routes, ...domains].map(
    ({ pattern, script }) => `${script}: ${pattern} is not in its config and stays with it, past its edge`,
  );
}
