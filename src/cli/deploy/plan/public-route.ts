/** The public addresses of a Worker, as its wrangler config says them: zone routes, custom domains, workers.dev. */
import type { WranglerConfig } from '../../../derive/configs/source-worker.ts';
import type { KeptAddresses } from '../../../derive/derived/user-wrangler.ts';

/** An entry of `routes`, or `route`. */
export interface PublicRoute {
  /** As wrangler takes it: a pattern such as `example.com/api/*`, for a custom domain its host name. */
  readonly pattern: string;
  readonly custom: boolean;
  readonly zoneId?: string;
  readonly zoneName?: string;
}

export interface PublicAddresses {
  readonly routes: readonly PublicRoute[];
  /** Whether wrangler would give it an address on workers.dev: by default where there are no routes. */
  readonly workersDev: boolean;
}

export function publicAddresses(config: WranglerConfig): PublicAddresses {
  const { route, routes = [], workers_dev: said } = config as WranglerConfig & { readonly workers_dev?: boolean };
  const all = [...(route === undefined ? [] : [route]), ...routes].map(publicRoute);
  return { routes: all, workersDev: said ?? all.length === 0 };
}

/** What the derived config of a Worker says that keeps its addresses, but for the routes that go to an edge. */
export function keptAddresses(config: WranglerConfig, moved: readonly PublicRoute[]): KeptAddresses {
  const { route, routes = [], preview_urls } = config as WranglerConfig & { readonly preview_urls?: boolean };
  const gone = new Set(moved.map(({ pattern }) => pattern));
  const kept = [...(route === undefined ? [] : [route]), ...routes].filter(
    (one) => !gone.has(publicRoute(one).pattern),
  );
  return {
    workers_dev: publicAddresses(config).workersDev,
    ...(preview_urls === undefined ? {} : { preview_urls }),
    ...(kept.length > 0 ? { routes: kept } : {}),
  };
}

function publicRoute(entry: string | { readonly pattern: string }): PublicRoute {
  if (typeof entry === 'string') return { pattern: entry, custom: false };
  const { pattern, custom_domain, zone_id, zone_name } = entry as {
    readonly pattern: string;
    readonly custom_domain?: boolean;
    readonly zone_id?: string;
    readonly zone_name?: string;
  };
  return {
    pattern,
    custom: custom_domain === true,
    ...(zone_id === undefined ? {} : { zoneId: zone_id }),
    ...(zone_name === undefined ? {} : { zoneName: zone_name }),
  };
}

/** Whether a pattern's host stands for `host`. A `*` can only begin the host of a pattern. */
export function coversHost(patternHost: string, host: string): boolean {
  return patternHost.startsWith('*') ? host.endsWith(patternHost.slice(1)) : patternHost === host;
}

/** Whether a service that lists a host, a wildcard or `*` answers calls that come by a pattern with this host. */
export function answersUnder(listed: string, patternHost: string): boolean {
  if (listed === '*' || coversHost(patternHost, listed)) return true;
  return listed.startsWith('*.') && patternHost.endsWith(listed.slice(1));
}

/** Names under which the zone of a host may be known, the longest first. */
export function zoneNames(host: string): string[] {
  const labels = host.replace(/^\*\.?/, '').split('.');
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'));
}
