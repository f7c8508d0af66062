/** External authorisers as the data path asks them. */
import { parseDuration } from '../../core/duration.ts';
import { hostOf } from '../../core/urls/host.ts';
import type { MeshAccess } from '../schema/access.ts';
import type { Authoriser, Endpoint } from '../snapshot.ts';
import { egressFilter } from './compile-egress.ts';

type DocumentProvider = NonNullable<MeshAccess['providers']>[string];

/** By name. `egressHosts` as the mesh document says them; undefined for any. */
export function compileAuthorisers(
  providers: NonNullable<MeshAccess['providers']>,
  service: string,
  egressHosts: readonly string[] | undefined,
): ReadonlyMap<string, Authoriser> {
  return new Map(
    Object.entries(providers).map(([name, provider]) => [name, authoriserOf(name, provider, service, egressHosts)]),
  );
}

function authoriserOf(
  name: string,
  provider: DocumentProvider,
  service: string,
  egressHosts: readonly string[] | undefined,
): Authoriser {
  const { addHeaders = {}, downstreamHeaders } = provider;
  const requestHeaders = lower(['authorization', ...(provider.requestHeaders ?? [])]);
  const upstreamHeaders = lower(provider.upstreamHeaders ?? []);
  return {
    name,
    endpoint: endpointOf(name, provider, service, egressHosts),
    pathPrefix: (provider.pathPrefix ?? '').replace(/\/+$/, ''),
    timeoutMs: parseDuration(provider.timeout ?? '500ms') ?? 0,
    failOpen: provider.failOpen ?? false,
    statusOnError: provider.statusOnError ?? 403,
    requestHeaders,
    addHeaders: Object.entries(addHeaders).map(([header, value]) => [header.toLowerCase(), value] as const),
    upstreamHeaders,
    ownHeaders: upstreamHeaders.filter((header) => !requestHeaders.includes(header)),
    downstreamHeaders: downstreamHeaders && lower(downstreamHeaders),
    cacheMs: parseDuration(provider.cache?.ttl ?? '0s') ?? 0,
  };
}

function lower(names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => name.toLowerCase()))];
}

/** The schema demands exactly one of the three. A URL gets no SVID: its owner is named by the document alone. */
function endpointOf(
  name: string,
  { service, worker, url = '' }: DocumentProvider,
  caller: string,
  egressHosts: readonly string[] | undefined,
): Endpoint {
  if (service !== undefined) return { kind: 'service', version: service, service, caller };
  if (worker !== undefined) return { kind: 'worker', version: name, worker };
  const denied = egressHosts !== undefined && !egressFilter(egressHosts)(hostOf(url));
  return { kind: 'url', version: name, url, audience: '', denied };
}
