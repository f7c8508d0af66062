/** One route: HTTPRoute's rule, with `version` where the Gateway API has a reference. */
import { duration, givenName, hostPattern, lifetime, percent, size, workerName } from './fields.ts';
import { filters } from './filter.ts';
import { closed, type Demand, list, oneOf, optional, text, whole, word } from './form.ts';
import { match } from './match.ts';
import { hashKey } from './version.ts';

const backend = closed(
  {
    version: optional(givenName),
    service: optional(workerName),
    weight: optional(whole(0, 1_000_000)),
    filters: optional(filters),
  },
  oneOf('version', 'service'),
);

export const timeouts = closed({
  request: optional(duration),
  backendRequest: optional(duration),
});

const statusCode = whole(400, 599);

export const retryMethod = text(/^[A-Za-z_$][A-Za-z0-9_$.-]{0,127}$/);

export const retry = closed({
  attempts: whole(0, 10),
  codes: optional(list(statusCode, 200)),
  backoff: optional(duration),
  budget: optional(
    closed({
      percent: optional(percent),
      burst: optional(whole(0, 1000)),
    }),
  ),
  methods: optional(list(retryMethod, 64)),
  bodyLimit: optional(size),
});

const sticky = closed({ by: list(hashKey, 4, 1) });

export const sessionName = text(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/);

/** A session that a header carries has no name of its own. */
export const namedHeader: Demand = { holds: ({ type, sessionName: name }) => type !== 'Header' || name !== undefined };
export const cookieOnly: Demand = {
  holds: ({ type, cookieConfig }) => type !== 'Header' || cookieConfig === undefined,
};
/** A permanent cookie needs an end. */
export const permanentEnds: Demand = {
  holds: ({ cookieConfig, absoluteTimeout }) => {
    const { lifetimeType } = (cookieConfig ?? {}) as { lifetimeType?: unknown };
    return lifetimeType !== 'Permanent' || absoluteTimeout !== undefined;
  },
};

/** GEP-1619. */
const sessionPersistence = closed(
  {
    sessionName: optional(sessionName),
    type: optional(word(['Cookie', 'Header'])),
    absoluteTimeout: optional(lifetime),
    idleTimeout: optional(lifetime),
    cookieConfig: optional(closed({ lifetimeType: optional(word(['Session', 'Permanent'])) })),
  },
  namedHeader,
  cookieOnly,
  permanentEnds,
);

export const route = closed({
  name: givenName,
  listeners: optional(list(givenName, 64, 1)),
  hostnames: optional(list(hostPattern, 16, 1)),
  matches: optional(list(match, 64)),
  filters: optional(filters),
  backends: optional(list(backend, 16)),
  sticky: optional(sticky),
  sessionPersistence: optional(sessionPersistence),
  follow: optional(word(['version'])),
  timeouts: optional(timeouts),
  retry: optional(retry),
});
