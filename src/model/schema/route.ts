/** One route: HTTPRoute's rule, with `version` where the Gateway API has a reference. */
import { duration, givenName, hostPattern, lifetime, percent, size, workerName } from './fields.ts';
import { filters } from './filter.ts';
import { closed, type Demand, list, needed, oneOf, text, type ValueOf, whole, word } from './form.ts';
import { match } from './match.ts';
import { hashKey } from './version.ts';

const backend = closed(
  {
    version: givenName,
    service: workerName,
    weight: whole(0, 1_000_000),
    filters,
  },
  oneOf('version', 'service'),
);

export const timeouts = closed({
  request: duration,
  backendRequest: duration,
});

const statusCode = whole(400, 599);

export const retryMethod = text(/^[A-Za-z_$][A-Za-z0-9_$.-]{0,127}$/);

export const retry = closed({
  attempts: needed(whole(0, 10)),
  codes: list(statusCode, 200),
  backoff: duration,
  budget: closed({
    percent,
    burst: whole(0, 1000),
  }),
  methods: list(retryMethod, 64),
  bodyLimit: size,
});

const sticky = closed({ by: needed(list(hashKey, 4, 1)) });

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
    sessionName,
    type: word(['Cookie', 'Header']),
    absoluteTimeout: lifetime,
    idleTimeout: lifetime,
    cookieConfig: closed({ lifetimeType: word(['Session', 'Permanent']) }),
  },
  namedHeader,
  cookieOnly,
  permanentEnds,
);

export const route = closed({
  name: needed(givenName),
  listeners: list(givenName, 64, 1),
  hostnames: list(hostPattern, 16, 1),
  matches: list(match, 64),
  filters,
  backends: list(backend, 16),
  sticky,
  sessionPersistence,
  follow: word(['version']),
  timeouts,
  retry,
});

/** A route as people write it. */
export type DocumentRoute = ValueOf<typeof route>;
