/** What reaches a Worker: workers.dev, routes of zones, custom domains and schedules. */
import { type AccountState, type CustomDomain, newId, type Zone, type ZoneRoute } from './account-state.ts';
import { type ApiCall, type ApiReply, type ApiRoute, jsonBody, jsonList, on, scriptOf } from './api-call.ts';
import { ApiFailure, badRequest } from './api-failure.ts';

const workers = '/accounts/:account/workers';
const scripts = `${workers}/scripts/:name`;

/** The zone that a host name lies in: the one with the longest name. */
function zoneOfHost(state: AccountState, host: string): Zone | undefined {
  const fitting = state.zones.filter(({ name }) => host === name || host.endsWith(`.${name}`));
  return fitting.sort((a, b) => b.name.length - a.name.length)[0];
}

/** The host of a route's pattern, without what stands for any: `https://*.example.com/api/*` is of `example.com`. */
function hostOfPattern(pattern: string): string {
  const [host = ''] = pattern.replace(/^https?:\/\//, '').split('/');
  return host.replace(/^\*\.?/, '').replace(/:\d+$/, '');
}

function findZone(state: AccountState, id: unknown, name: unknown, host: string): Zone {
  const zone = state.zones.find((one) =>
    id !== undefined ? one.id === id : name !== undefined ? one.name === name : false,
  );
  const found = zone ?? (id === undefined && name === undefined ? zoneOfHost(state, host) : undefined);
  if (found === undefined) throw new ApiFailure(400, 10082, `Could not find the zone of '${host}' in this account.`);
  return found;
}

function checkPattern(pattern: string, zone: Zone): void {
  const host = hostOfPattern(pattern);
  if (host !== zone.name && !host.endsWith(`.${zone.name}`))
    throw new ApiFailure(400, 10022, `Route pattern must include zone name: ${pattern}`);
  const path = pattern.replace(/^https?:\/\//, '');
  if (/\*./.test(path.slice(path.indexOf('/') + 1)) && path.includes('/'))
    throw new ApiFailure(400, 10022, `Route pattern may have '*' at the end of its path only: ${pattern}`);
}

function refuseTaken(state: AccountState, pattern: string, except: (route: ZoneRoute) => boolean): void {
  const taken = state.routes.find((route) => route.pattern === pattern && !except(route));
  if (taken !== undefined) throw new ApiFailure(409, 10020, 'A route with the same pattern already exists.');
}

/** All routes of a Worker at once; those that are not in the list any more go. */
function replaceRoutes(call: ApiCall, state: AccountState): ApiReply {
  if (!state.allZones) throw new ApiFailure(403, 10000, 'Authentication error');
  const { name } = scriptOf(call, state);
  const own = (route: ZoneRoute) => route.script === name;
  const wanted = jsonList(call).map((route): ZoneRoute => {
    const pattern = String(route.pattern);
    const zone = findZone(state, route.zone_id, route.zone_name, hostOfPattern(pattern));
    checkPattern(pattern, zone);
    refuseTaken(state, pattern, own);
    const id = state.routes.find((one) => own(one) && one.pattern === pattern)?.id ?? newId();
    return { id, zoneId: zone.id, pattern, script: name };
  });
  state.routes = [...state.routes.filter((route) => !own(route)), ...wanted];
  return { result: wanted.map(routeResult) };
}

function zoneOf(call: ApiCall, state: AccountState): Zone {
  const zone = state.zones.find(({ id }) => id === call.params.zone);
  if (zone === undefined)
    throw new ApiFailure(404, 7003, `Could not route to ${call.path}, perhaps your object identifier is invalid?`);
  return zone;
}

function routeOf(call: ApiCall, state: AccountState): ZoneRoute {
  const route = state.routes.find(({ id, zoneId }) => id === call.params.route && zoneId === zoneOf(call, state).id);
  if (route === undefined) throw new ApiFailure(404, 10025, 'workers.api.error.route_not_found');
  return route;
}

function routeBody(call: ApiCall, state: AccountState, zone: Zone): Pick<ZoneRoute, 'pattern' | 'script'> {
  const { pattern, script } = jsonBody(call) as { pattern?: string; script?: string };
  if (typeof pattern !== 'string') throw badRequest('A route needs a pattern.');
  checkPattern(pattern, zone);
  if (script && state.scripts[script] === undefined)
    throw new ApiFailure(
      400,
      10019,
      'Cannot configure a route for a Worker which does not exist. Please ensure this Worker exists and try again.',
    );
  return { pattern, script: script || undefined };
}

function createRoute(call: ApiCall, state: AccountState): ApiReply {
  const zone = zoneOf(call, state);
  const { pattern, script } = routeBody(call, state, zone);
  refuseTaken(state, pattern, () => false);
  const route = { id: newId(), zoneId: zone.id, pattern, script };
  state.routes.push(route);
  return { result: routeResult(route) };
}

function changeRoute(call: ApiCall, state: AccountState): ApiReply {
  const before = routeOf(call, state);
  const body = routeBody(call, state, zoneOf(call, state));
  refuseTaken(state, body.pattern, ({ id }) => id === before.id);
  const after: ZoneRoute = { ...before, ...body };
  state.routes = state.routes.map((route) => (route.id === before.id ? after : route));
  return { result: routeResult(after) };
}

function deleteRoute(call: ApiCall, state: AccountState): ApiReply {
  const { id } = routeOf(call, state);
  state.routes = state.routes.filter((route) => route.id !== id);
  return { result: { id } };
}

function routeResult({ id, pattern, script }: ZoneRoute) {
  return { id, pattern, ...(script === undefined ? {} : { script }) };
}

interface Origin {
  readonly hostname: string;
  readonly zone: Zone;
}

function originsOf(state: AccountState, list: readonly Record<string, unknown>[]): Origin[] {
  return list.map((origin) => {
    const hostname = String(origin.hostname);
    return { hostname, zone: findZone(state, origin.zone_id, origin.zone_name, hostname) };
  });
}

/** What taking custom domains for a Worker would change, so that wrangler can ask. */
function domainChanges(call: ApiCall, state: AccountState): ApiReply {
  const { name } = scriptOf(call, state);
  const origins = originsOf(state, jsonList(call));
  const known = origins.flatMap(({ hostname }) => state.domains.filter((domain) => domain.hostname === hostname));
  const fresh = origins.filter(({ hostname }) => !known.some((domain) => domain.hostname === hostname));
  const gone = state.domains.filter(
    ({ service, hostname }) => service === name && !origins.some((origin) => origin.hostname === hostname),
  );
  const removed = call.query.get('replace_state') === 'true' ? gone : [];
  return {
    result: {
      added: fresh.filter(({ hostname, zone }) => !zone.dns.includes(hostname)).map(({ hostname }) => ({ hostname })),
      removed: removed.map((domain) => domainResult(state, domain)),
      updated: known.map((domain) => ({ ...domainResult(state, domain), modified: domain.service !== name })),
      conflicting: fresh
        .filter(({ hostname, zone }) => zone.dns.includes(hostname))
        .map(({ hostname }) => ({ hostname })),
    },
  };
}

/** All custom domains of a Worker at once; those that are not in the list any more go. */
function replaceDomains(call: ApiCall, state: AccountState): ApiReply {
  const { name } = scriptOf(call, state);
  const body = jsonBody(call);
  const origins = originsOf(state, body.origins as Record<string, unknown>[]);
  for (const origin of origins) refuseConflict(state, name, origin, body);
  const wanted = origins.map((origin) => domainFor(state, name, origin));
  state.domains = [
    ...state.domains.filter(
      ({ service, hostname }) => service !== name && !wanted.some((domain) => domain.hostname === hostname),
    ),
    ...wanted,
  ];
  return { result: wanted.map((domain) => domainResult(state, domain)) };
}

function refuseConflict(
  state: AccountState,
  name: string,
  { hostname, zone }: Origin,
  options: Record<string, unknown>,
) {
  const taken = state.domains.find((domain) => domain.hostname === hostname);
  if (taken !== undefined && taken.service !== name && options.override_existing_origin !== true)
    throw new ApiFailure(
      409,
      100116,
      `Hostname '${hostname}' is already in use by the Worker '${taken.service}'. Use the option 'override_existing_origin' to override.`,
    );
  if (taken === undefined && zone.dns.includes(hostname) && options.override_existing_dns_record !== true)
    throw new ApiFailure(
      409,
      100117,
      `Hostname '${hostname}' already has externally managed DNS records (A, CNAME, etc). Either delete them, try a different hostname, or use the option 'override_existing_dns_record' to override.`,
    );
}

function domainFor(state: AccountState, service: string, { hostname, zone }: Origin): CustomDomain {
  const id = state.domains.find((domain) => domain.hostname === hostname)?.id ?? newId();
  return { id, hostname, zoneId: zone.id, service };
}

/** One custom domain for a Worker, as the dashboard and other tools do it: it always takes the host over. */
function attachDomain(call: ApiCall, state: AccountState): ApiReply {
  const body = jsonBody(call);
  const service = String(body.service);
  if (state.scripts[service] === undefined) throw new ApiFailure(404, 10090, `The Worker '${service}' does not exist.`);
  const origin = originsOf(state, [body])[0] as Origin;
  refuseConflict(state, service, origin, { override_existing_origin: true, ...body });
  const domain = domainFor(state, service, origin);
  state.domains = [...state.domains.filter(({ hostname }) => hostname !== domain.hostname), domain];
  return { result: domainResult(state, domain) };
}

function listDomains(call: ApiCall, state: AccountState): ApiReply {
  const found = state.domains.map((domain) => domainResult(state, domain));
  const filters = ['hostname', 'service', 'zone_id', 'zone_name', 'environment'] as const;
  const fits = (domain: Record<string, unknown>) =>
    filters.every((key) => !call.query.has(key) || call.query.get(key) === domain[key]);
  return { result: found.filter(fits) };
}

function domainOf(call: ApiCall, state: AccountState): CustomDomain {
  const domain = state.domains.find(({ id }) => id === call.params.domain);
  if (domain === undefined) throw new ApiFailure(404, 100114, 'The custom domain does not exist.');
  return domain;
}

function domainResult(state: AccountState, { id, hostname, zoneId, service }: CustomDomain) {
  const zone_name = state.zones.find((zone) => zone.id === zoneId)?.name;
  return { id, hostname, service, zone_id: zoneId, zone_name, environment: 'production' };
}

/** Previews follow workers.dev where the call says nothing of them. */
function changeSubdomain(call: ApiCall, state: AccountState): ApiReply {
  const script = scriptOf(call, state);
  const body = jsonBody(call) as { enabled?: boolean; previews_enabled?: boolean };
  const enabled = body.enabled ?? script.subdomain.enabled;
  script.subdomain = { enabled, previews_enabled: body.previews_enabled ?? enabled };
  return { result: script.subdomain };
}

const patterns = (call: ApiCall) =>
  jsonList(call)
    .map(({ pattern }) => String(pattern))
    .join(', ');
const hostnames = (call: ApiCall) =>
  (jsonBody(call).origins as { hostname: string }[]).map(({ hostname }) => hostname).join(', ');

export const triggerCalls: readonly ApiRoute[] = [
  on('GET', `${workers}/subdomain`, 'read the account subdomain', (_call, state) => {
    if (state.subdomain === null) throw new ApiFailure(404, 10007, 'You need a workers.dev subdomain.');
    return { result: { subdomain: state.subdomain } };
  }),
  on('GET', `${scripts}/subdomain`, 'read workers.dev of {name}', (call, state) => ({
    result: scriptOf(call, state).subdomain,
  })),
  on(
    'POST',
    `${scripts}/subdomain`,
    (call) => `${jsonBody(call).enabled ? 'enable' : 'disable'} workers.dev of ${call.params.name}`,
    changeSubdomain,
  ),
  on('PUT', `${scripts}/routes`, (call) => `route ${patterns(call)} to ${call.params.name}`, replaceRoutes),
  on('GET', '/zones/:zone/workers/routes', 'list routes of a zone', (call, state) => {
    const zone = zoneOf(call, state);
    return { result: state.routes.filter(({ zoneId }) => zoneId === zone.id).map(routeResult) };
  }),
  on(
    'POST',
    '/zones/:zone/workers/routes',
    (call) => `route ${jsonBody(call).pattern} to ${jsonBody(call).script ?? 'no Worker'}`,
    createRoute,
  ),
  on('GET', '/zones/:zone/workers/routes/:route', 'read a route', (call, state) => ({
    result: routeResult(routeOf(call, state)),
  })),
  on(
    'PUT',
    '/zones/:zone/workers/routes/:route',
    (call) => `route ${jsonBody(call).pattern} to ${jsonBody(call).script ?? 'no Worker'}`,
    changeRoute,
  ),
  on('DELETE', '/zones/:zone/workers/routes/:route', 'delete a route', deleteRoute),
  on('POST', `${scripts}/domains/changeset`, 'ask what domains of {name} would change', domainChanges),
  on('PUT', `${scripts}/domains/records`, (call) => `domain ${hostnames(call)} to ${call.params.name}`, replaceDomains),
  on('GET', `${workers}/domains/records/:domain`, 'read a domain', (call, state) => ({
    result: domainResult(state, domainOf(call, state)),
  })),
  on('GET', `${workers}/domains`, 'list domains', listDomains),
  on(
    'PUT',
    `${workers}/domains`,
    (call) => `domain ${jsonBody(call).hostname} to ${jsonBody(call).service}`,
    attachDomain,
  ),
  on('GET', `${workers}/domains/:domain`, 'read a domain', (call, state) => ({
    result: domainResult(state, domainOf(call, state)),
  })),
  on('DELETE', `${workers}/domains/:domain`, 'delete a domain', (call, state) => {
    const { id } = domainOf(call, state);
    state.domains = state.domains.filter((domain) => domain.id !== id);
    return { result: null };
  }),
  on('GET', `${scripts}/schedules`, 'read schedules of {name}', (call, state) => ({
    result: { schedules: scriptOf(call, state).schedules.map((cron) => ({ cron })) },
  })),
  on('PUT', `${scripts}/schedules`, 'set schedules of {name}', (call, state) => {
    const script = scriptOf(call, state);
    script.schedules = jsonList(call).map(({ cron }) => String(cron));
    return { result: { schedules: script.schedules.map((cron) => ({ cron })) } };
  }),
];
