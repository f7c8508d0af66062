/** How the public reaches a Worker as its config is written: routes, custom domains, the workers.dev address. */
import { hostName } from '../../model/schema/fields.ts';
import type { WranglerConfig } from '../configs/source-worker.ts';

export interface PublicRoutes {
  /** Patterns as the config writes them. */
  readonly patterns: readonly string[];
  /** Hosts of the patterns, lower case. */
  readonly hosts: readonly string[];
  /** Patterns that cover hosts which no list can name: `*.example.com/*`. */
  readonly wild: readonly string[];
  /** `default`: wrangler gives an address where a config says nothing and has no routes. */
  readonly workersDev: 'asked' | 'default' | 'none';
}

export function publicRoutes(config: WranglerConfig & { readonly workers_dev?: boolean }): PublicRoutes {
  const routes = [config.routes ?? [], config.route ?? []].flat();
  const patterns = [...new Set(routes.map((route) => (typeof route === 'string' ? route : route.pattern)))];
  const hosts = new Set<string>();
  const wild: string[] = [];
  for (const pattern of patterns) {
    const host = routeHost(pattern);
    // `*example.com` means the domain itself as well.
    const named = host.replace(/^\*(?=[^.])/, '');
    if (hostName.accepts(named)) hosts.add(named);
    if (named !== host || !hosts.has(named)) wild.push(pattern);
  }
  const asked = config.workers_dev;
  const workersDev = asked === true ? 'asked' : asked === undefined && patterns.length === 0 ? 'default' : 'none';
  return { patterns, hosts: [...hosts].sort(), wild, workersDev };
}

/** The host of a route's pattern, which may have a scheme, a port and a path, and `*` at the ends. */
export function routeHost(pattern: string): string {
  const authority = pattern.replace(/^[a-z*]+:\/\//i, '').replace(/\/.*$/s, '');
  return authority.replace(/:\d+$/, '').toLowerCase();
}
