/** Which URLs of versions the mesh document lets calls out to. */
import { hostOf } from '../../core/urls/host.ts';
import { hostIndex } from '../../core/urls/host-index.ts';
import type { Endpoint, Target } from '../snapshot.ts';

/** Marks the endpoints that lead to other hosts than these; `allowed` are names and wildcards, undefined for any host. */
export function withEgress(target: Target, allowed: readonly string[] | undefined): Target {
  if (allowed === undefined) return target;
  const isAllowed = egressFilter(allowed);
  const endpoints = target.endpoints.map(
    (endpoint): Endpoint =>
      endpoint.kind !== 'url' || isAllowed(hostOf(endpoint.url)) ? endpoint : { ...endpoint, denied: true },
  );
  return { ...target, endpoints };
}

/** Whether a list of names and wildcards has the host, which is lower case and has no port. */
export function egressFilter(allowed: readonly string[]): (host: string) => boolean {
  const find = hostIndex(allowed.map((pattern) => [pattern, true] as const));
  return (host) => find(host) === true;
}
