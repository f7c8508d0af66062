/** Routes as the filters after `match` read them. */
import { parseDuration } from '../../core/duration.ts';
import { plainBeginning, type SessionPaths } from '../../core/splitting/session.ts';
import { parseSize } from '../schema/fields.ts';
import type { DocumentRoute } from '../schema/route.ts';
import type { Backend, MeshDefaults, RetryRule, Route, SessionRule } from '../snapshot.ts';
import { compileFilters, type FindTarget } from './compile-filter.ts';
import { hashKeyOf } from './compile-target.ts';

type DocumentRetry = NonNullable<DocumentRoute['retry']>;

/** RFC 9110 section 9.2.2. */
const idempotentMethods = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'] as const;

/** Compiles a route; what it leaves out of timeouts and retry comes from the mesh. */
export function compileRoute(route: DocumentRoute, targetOf: FindTarget, defaults: MeshDefaults): Route {
  return {
    name: route.name,
    backends: (route.backends ?? []).map((backend): Backend => {
      const target = targetOf(backend);
      return {
        version: target.name,
        weight: backend.weight ?? 1,
        target,
        ...compileFilters(backend.filters, targetOf),
      };
    }),
    requestTimeoutMs: timeoutMs(route.timeouts?.request, defaults.requestTimeoutMs),
    backendRequestTimeoutMs: timeoutMs(route.timeouts?.backendRequest, defaults.backendRequestTimeoutMs),
    retry: route.retry === undefined ? defaults.retry : compileRetry(route.retry),
    sticky: route.sticky?.by.map(hashKeyOf),
    session: route.sessionPersistence && sessionOf(route, route.sessionPersistence),
    followVersion: route.follow !== undefined,
    ...compileFilters(route.filters, targetOf),
  };
}

/** The Gateway API leaves the name to the implementation; it differs from rule to rule, so that rules never share sessions. */
function sessionOf(route: DocumentRoute, session: NonNullable<DocumentRoute['sessionPersistence']>): SessionRule {
  const { sessionName, type = 'Cookie', absoluteTimeout, idleTimeout, cookieConfig } = session;
  return {
    name: type === 'Header' ? (sessionName ?? '').toLowerCase() : (sessionName ?? `selvedge-session-${route.name}`),
    type,
    absoluteTimeoutMs: timeoutMs(absoluteTimeout, undefined),
    idleTimeoutMs: timeoutMs(idleTimeout, undefined),
    permanent: cookieConfig?.lifetimeType === 'Permanent',
    paths: sessionPaths(route),
  };
}

function sessionPaths({ matches = [] }: DocumentRoute): SessionPaths {
  const values = (type: string) => matches.flatMap(({ path }) => (path?.type === type ? [path.value] : []));
  return { exact: values('Exact'), expressions: values('RegularExpression').map(plainBeginning) };
}

/** Compiles a retry rule; `undefined` where it says that nothing is retried. */
export function compileRetry(retry: DocumentRetry): RetryRule | undefined {
  if (retry.attempts === 0) return undefined;
  return {
    attempts: retry.attempts,
    codes: new Set(retry.codes ?? []),
    backoffMs: parseDuration(retry.backoff ?? '25ms') ?? 0,
    budget: { percent: retry.budget?.percent ?? 20, burst: retry.budget?.burst ?? 3 },
    methods: new Set([...idempotentMethods, ...(retry.methods ?? [])]),
    bodyBytes: parseSize(retry.bodyLimit ?? 65_536),
  };
}

/** `0s` is no limit, and not the mesh's either. */
export function timeoutMs(text: string | undefined, fallback: number | undefined): number | undefined {
  return text === undefined ? fallback : parseDuration(text) || undefined;
}
