/** Which Worker Cloudflare would hand a request to: routes first, the most specific one, then custom domains, then workers.dev. */
import type { AccountState } from './account-state.ts';

/** The name of the Worker, or undefined where the request would go past all Workers. */
export function workerFor(state: AccountState, url: URL): string | undefined {
  const matching = state.routes.filter(({ pattern }) => routeMatches(pattern, url));
  const [best] = matching.sort((a, b) => specificity(b.pattern) - specificity(a.pattern));
  if (best !== undefined) return best.script;
  const domain = state.domains.find(({ hostname }) => hostname === url.hostname);
  if (domain !== undefined) return domain.service;
  const [label = '', subdomain, ...rest] = url.hostname.split('.');
  const onWorkersDev = subdomain === state.subdomain && rest.join('.') === 'workers.dev';
  return onWorkersDev && state.scripts[label]?.subdomain.enabled ? label : undefined;
}

/** `*` may begin the host and end the path; the query belongs to what is matched; a pattern without scheme takes both. */
export function routeMatches(pattern: string, url: URL): boolean {
  const [, scheme, rest = ''] = /^(?:(https?):\/\/)?(.*)$/.exec(pattern) ?? [];
  if (scheme !== undefined && `${scheme}:` !== url.protocol) return false;
  const slash = rest.indexOf('/');
  const host = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '/' : rest.slice(slash);
  const hostFits = host.startsWith('*') ? url.hostname.endsWith(host.slice(1)) : url.hostname === host;
  const target = url.pathname + url.search;
  return hostFits && (path.endsWith('*') ? target.startsWith(path.slice(0, -1)) : target === path);
}

/** An exact host is more than any length of a host with a wildcard; then the longer path wins. */
function specificity(pattern: string): number {
  const rest = pattern.replace(/^https?:\/\//, '');
  const slash = rest.indexOf('/');
  const host = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '/' : rest.slice(slash);
  return (host.startsWith('*') ? host.length : 1000) * 10_000 + path.length * 2 + (path.endsWith('*') ? 0 : 1);
}
