/** One route: HTTPRoute's rule, with `version` where the Gateway API has a reference. */
import * as v from 'valibot';
import { closed, list, text, whole, word } from './closed.ts';
import { duration, givenName, hostPattern, lifetime, percent, size, workerName } from './fields.ts';
import { filters } from './filter.ts';
import { match } from './match.ts';
import { hashKey } from './version.ts';

const backend = closed(
  {
    version: v.optional(givenName),
    service: v.optional(workerName),
    weight: v.optional(whole(0, 1_000_000)),
    filters: v.optional(filters),
  },
  ({ version, service }) =>
    (version === undefined) === (service === undefined) ? 'exactly one of version and service' : undefined,
);

export const timeouts = closed({
  request: v.optional(duration),
  backendRequest: v.optional(duration),
});

const statusCode = whole(400, 599);

export const retry = closed({
  attempts: whole(0, 10),
  codes: v.optional(list(statusCode, 200)),
  backoff: v.optional(duration),
  budget: v.optional(
    closed({
      percent: v.optional(percent),
      burst: v.optional(whole(0, 1000)),
    }),
  ),
  methods: v.optional(
    list(text(/^[A-Za-z_$][A-Za-z0-9_$.-]{0,127}$/, 'an HTTP method or the name of an RPC method'), 64),
  ),
  bodyLimit: v.optional(size),
});

const sticky = closed({ by: list(hashKey, 4, 1) });

/** GEP-1619. */
const sessionPersistence = closed(
  {
    sessionName: v.optional(text(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/, 'a cookie or header name (RFC 9110 token)')),
    type: v.optional(word(['Cookie', 'Header'])),
    absoluteTimeout: v.optional(lifetime),
    idleTimeout: v.optional(lifetime),
    cookieConfig: v.optional(closed({ lifetimeType: v.optional(word(['Session', 'Permanent'])) })),
  },
  (value) => {
    const { lifetimeType } = (value.cookieConfig ?? {}) as { lifetimeType?: unknown };
    if (value.type === 'Header' && value.sessionName === undefined) return 'a sessionName beside type Header';
    if (value.type === 'Header' && value.cookieConfig !== undefined) return 'cookieConfig only beside type Cookie';
    return lifetimeType === 'Permanent' && value.absoluteTimeout === undefined
      ? 'an absoluteTimeout beside lifetimeType Permanent'
      : undefined;
  },
);

export const route = closed({
  name: givenName,
  listeners: v.optional(list(givenName, 64, 1)),
  hostnames: v.optional(list(hostPattern, 16, 1)),
  matches: v.optional(list(match, 64)),
  filters: v.optional(filters),
  backends: v.optional(list(backend, 16)),
  sticky: v.optional(sticky),
  sessionPersistence: v.optional(sessionPersistence),
  follow: v.optional(word(['version'])),
  timeouts: v.optional(timeouts),
  retry: v.optional(retry),
});
