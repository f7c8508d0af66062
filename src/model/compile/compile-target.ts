/** Versions and services as targets: the endpoints behind one name, and how one of them is chosen. */
import { parseDuration } from '../../core/duration.ts';
import type { ServiceDocument } from '../schema/service.ts';
import type { BalanceRule, Endpoint, HashKey, OutlierRule, Target } from '../snapshot.ts';

type DocumentVersion = NonNullable<ServiceDocument['versions']>[string];
type DocumentPlace = Pick<DocumentVersion, 'worker' | 'version' | 'url' | 'mtls' | 'audience'>;
type DocumentBalance = NonNullable<ServiceDocument['balance']>;
export type DocumentHashKey = NonNullable<DocumentBalance['by']>[number];

/** Compiles a declared version; what it does not say of balancing comes from the service. */
export function versionTarget(name: string, version: DocumentVersion, service: ServiceDocument): Target {
  const outlier = version.outlier ?? service.outlier;
  return {
    name,
    endpoints: (version.endpoints ?? [version]).map((place) => endpointOf(name, place, service.egress === undefined)),
    balance: balanceOf(version.balance ?? service.balance ?? {}),
    outlier: outlier && outlierOf(outlier),
  };
}

/** Another service of the mesh, which `caller` reaches through its edge. */
export function serviceTarget(service: string, caller: string): Target {
  const endpoint: Endpoint = { kind: 'service', version: service, service, caller };
  return { name: service, endpoints: [endpoint], balance: balanceOf({}) };
}

function endpointOf(
  version: string,
  place: DocumentPlace & { readonly locality?: string; readonly weight?: number },
  signed: boolean,
): Endpoint {
  const { worker, version: workerVersion, url, mtls, audience, locality, weight } = place;
  const where = { locality: locality === undefined ? undefined : localityOf(locality), weight };
  if (worker !== undefined && workerVersion !== undefined)
    return { kind: 'worker-version', version, worker, workerVersion, ...where };
  if (worker !== undefined) return { kind: 'worker', version, worker, ...where };
  // The schema demands one of worker and url.
  const absolute = url as string;
  return {
    kind: 'url',
    version,
    url: absolute,
    mtls,
    audience: audience ?? (signed ? new URL(absolute).origin : ''),
    ...where,
  };
}

function localityOf(text: string): readonly string[] {
  return text.split('/').filter((part) => part !== '*');
}

function balanceOf({ algorithm = 'least-request', by = [], locality = {} }: DocumentBalance): BalanceRule {
  return {
    algorithm,
    by: by.map(hashKeyOf),
    locality: locality.enabled === false ? undefined : localityTerms(locality),
  };
}

/** Without a word about it, endpoints that say where they are are preferred by nearness. */
function localityTerms({ distribute = [], failover = [] }: NonNullable<DocumentBalance['locality']>) {
  return {
    distribute: distribute.map(({ from, to }) => ({
      from: localityOf(from),
      to: Object.entries(to).map(([place, percent]) => [localityOf(place), percent] as const),
    })),
    failover: failover.map(({ from, to }) => ({ from: localityOf(from), to: localityOf(to) })),
  };
}

/** The schema demands exactly one of the names. */
export function hashKeyOf({ header, cookie, ttl, path, queryParam, claim, caller }: DocumentHashKey): HashKey {
  if (header !== undefined) return { kind: 'header', name: header.toLowerCase() };
  if (cookie !== undefined) {
    return {
      kind: 'cookie',
      name: cookie,
      ttlMs: ttl === undefined ? undefined : parseDuration(ttl),
      path: path ?? '/',
    };
  }
  if (queryParam !== undefined) return { kind: 'queryParam', name: queryParam };
  if (claim !== undefined) return { kind: 'claim', name: claim };
  return { kind: caller === true ? 'caller' : 'address' };
}

/** Envoy's defaults: five errors, an interval of 10 s, out for 30 s, at most a tenth of the endpoints. */
function outlierOf(outlier: NonNullable<ServiceDocument['outlier']>): OutlierRule {
  return {
    consecutiveErrors: outlier.consecutiveErrors ?? 5,
    intervalMs: parseDuration(outlier.interval ?? '10s') ?? 0,
    baseEjectionMs: parseDuration(outlier.baseEjection ?? '30s') ?? 0,
    maxEjectedPercent: outlier.maxEjectedPercent ?? 10,
  };
}
