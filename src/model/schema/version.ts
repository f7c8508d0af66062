/** Versions of a service, and how calls are spread over the endpoints of one. */
import {
  absoluteUrl,
  cookieName,
  duration,
  headerName,
  lifetime,
  percent,
  printableText,
  workerName,
} from './fields.ts';
import { closed, type Demand, flag, list, literal, needed, oneOf, record, text, whole, word } from './form.ts';

/** Region, zone and sub-zone, or the first of them: `EU/DE/TXL` is what a gateway says of its callers (continent, country, data centre). */
export const locality = text(/^(?:\*|[A-Za-z0-9_.-]{1,64}(?:\/[A-Za-z0-9_.-]{1,64}){0,2}(?:\/\*)?)$/);

export const versionId = text(/^[0-9A-Za-z-]{1,64}$/);
export const bindingName = text(/^[A-Za-z_$][A-Za-z0-9_$]{0,63}$/);

const place = {
  worker: workerName,
  version: versionId,
  url: absoluteUrl,
  mtls: bindingName,
  audience: printableText,
};

export const versionOfWorker: Demand = {
  holds: ({ worker, version }) => worker !== undefined || version === undefined,
};
export const beyondUrl: Demand = {
  holds: ({ url, mtls, audience }) => url !== undefined || (mtls === undefined && audience === undefined),
};

const endpoint = closed(
  { ...place, locality: locality, weight: whole(0, 1_000_000) },
  oneOf('worker', 'url'),
  versionOfWorker,
  beyondUrl,
);

export const plainName = text(/^[!-~]{1,256}$/);
export const cookiePath = text(/^\/[!-:<-~]{0,1023}$/);

export const ofCookie: Demand = {
  holds: ({ cookie, ttl, path }) => cookie !== undefined || (ttl === undefined && path === undefined),
};

/** What tells one caller from another. The first key that a call has decides. */
export const hashKey = closed(
  {
    header: headerName,
    cookie: cookieName,
    ttl: lifetime,
    path: cookiePath,
    queryParam: plainName,
    claim: plainName,
    caller: literal(true),
    address: literal(true),
  },
  oneOf('header', 'cookie', 'queryParam', 'claim', 'caller', 'address'),
  ofCookie,
);

export const localityShares = record(locality, percent);

const localityBalance = closed({
  enabled: flag,
  distribute: list(closed({ from: needed(locality), to: needed(localityShares) }), 64, 1),
  failover: list(closed({ from: needed(locality), to: needed(locality) }), 64, 1),
});

export const hashedBy: Demand = {
  holds: ({ algorithm, by }) => (algorithm === 'consistent-hash') === (by !== undefined),
};

/** How an endpoint is chosen among those of one version. */
export const balance = closed(
  {
    algorithm: word(['least-request', 'round-robin', 'random', 'consistent-hash']),
    by: list(hashKey, 4, 1),
    locality: localityBalance,
  },
  hashedBy,
);

export const outlier = closed({
  consecutiveErrors: whole(1, 1000),
  interval: duration,
  baseEjection: duration,
  maxEjectedPercent: percent,
});

export const version = closed(
  {
    ...place,
    endpoints: list(endpoint, 64),
    balance,
    outlier,
  },
  oneOf('worker', 'url', 'endpoints'),
  versionOfWorker,
  beyondUrl,
);
