/** Versions of a service, and how calls are spread over the endpoints of one. */
import * as v from 'valibot';
import { closed, list, text, whole, word } from './closed.ts';
import { duration, headerName, lifetime, percent, workerName } from './fields.ts';

/** Region, zone and sub-zone, or the first of them: `EU/DE/TXL` is what a gateway says of its callers (continent, country, data centre). */
const locality = text(
  /^(?:\*|[A-Za-z0-9_.-]{1,64}(?:\/[A-Za-z0-9_.-]{1,64}){0,2}(?:\/\*)?)$/,
  'a locality such as EU, EU/DE or EU/DE/TXL',
);

const place = {
  worker: v.optional(workerName),
  version: v.optional(text(/^[0-9A-Za-z-]{1,64}$/, 'the id of a Worker version')),
  url: v.optional(text(/^https?:\/\/[!-~]{1,2048}$/, 'an absolute http or https URL')),
  mtls: v.optional(text(/^[A-Za-z_$][A-Za-z0-9_$]{0,63}$/, 'the name of a binding')),
  audience: v.optional(text(/^[\x20-\x7e]{1,1024}$/, 'printable text')),
};

function placeFault(value: Readonly<Record<string, unknown>>): string | undefined {
  if (value.worker === undefined && value.version !== undefined) return 'version only beside worker';
  if (value.url === undefined && (value.mtls !== undefined || value.audience !== undefined))
    return 'mtls and audience only beside url';
  return undefined;
}

const endpoint = closed(
  { ...place, locality: v.optional(locality), weight: v.optional(whole(0, 1_000_000)) },
  (value) => {
    if ((value.worker === undefined) === (value.url === undefined)) return 'exactly one of worker and url';
    return placeFault(value);
  },
);

const name = text(/^[!-~]{1,256}$/, 'a name without spaces');

/** What tells one caller from another. The first key that a call has decides. */
export const hashKey = closed(
  {
    header: v.optional(headerName),
    cookie: v.optional(text(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/, 'a cookie name (RFC 6265 token)')),
    ttl: v.optional(lifetime),
    path: v.optional(text(/^\/[!-:<-~]{0,1023}$/, 'a path that begins with "/"')),
    queryParam: v.optional(name),
    claim: v.optional(name),
    caller: v.optional(v.literal(true, 'true')),
    address: v.optional(v.literal(true, 'true')),
  },
  ({ ttl, path, ...keys }) => {
    if (Object.keys(keys).length !== 1) return 'exactly one of header, cookie, queryParam, claim, caller, address';
    return keys.cookie === undefined && (ttl !== undefined || path !== undefined)
      ? 'ttl and path only beside cookie'
      : undefined;
  },
);

const localityBalance = closed({
  enabled: v.optional(v.boolean('true or false')),
  distribute: v.optional(
    list(closed({ from: locality, to: v.record(locality, whole(0, 100), 'localities and their percentages') }), 64, 1),
  ),
  failover: v.optional(list(closed({ from: locality, to: locality }), 64, 1)),
});

/** How an endpoint is chosen among those of one version. */
export const balance = closed(
  {
    algorithm: v.optional(word(['least-request', 'round-robin', 'random', 'consistent-hash'])),
    by: v.optional(list(hashKey, 4, 1)),
    locality: v.optional(localityBalance),
  },
  ({ algorithm, by }) =>
    (algorithm === 'consistent-hash') === (by !== undefined) ? undefined : 'by beside algorithm consistent-hash',
);

export const outlier = closed({
  consecutiveErrors: v.optional(whole(1, 1000)),
  interval: v.optional(duration),
  baseEjection: v.optional(duration),
  maxEjectedPercent: v.optional(percent),
});

export const version = closed(
  {
    ...place,
    endpoints: v.optional(list(endpoint, 64)),
    balance: v.optional(balance),
    outlier: v.optional(outlier),
  },
  (value) => {
    const given = ['worker', 'url', 'endpoints'].filter((field) => value[field] !== undefined);
    if (given.length !== 1) return 'exactly one of worker, url and endpoints';
    return placeFault(value);
  },
);
