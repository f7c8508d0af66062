/** Routes as the filters after `match` read them. */
import { parseDuration } from '../core/duration.ts';
import { parseSize } from './schema/fields.ts';
import type { ServiceDocument } from './schema/service.ts';
import type { Backend, Endpoint, HeaderChange, MeshDefaults, RetryRule, Route } from './snapshot.ts';

export type DocumentRoute = NonNullable<ServiceDocument['routes']>[number];
type DocumentFilters = DocumentRoute['filters'];
type DocumentRetry = NonNullable<DocumentRoute['retry']>;

/** RFC 9110 section 9.2.2. */
const idempotentMethods = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'] as const;

/** Compiles a route; what it leaves out of timeouts and retry comes from the mesh. */
export function compileRoute(
  route: DocumentRoute,
  endpointOf: (version: string) => Endpoint,
  defaults: MeshDefaults,
): Route {
  return {
    name: route.name,
    backends: route.backends.map(
      (backend): Backend => ({
        version: backend.version,
        weight: backend.weight ?? 1,
        endpoint: endpointOf(backend.version),
        ...headerChanges(backend.filters),
      }),
    ),
    requestTimeoutMs: timeoutMs(route.timeouts?.request, defaults.requestTimeoutMs),
    backendRequestTimeoutMs: timeoutMs(route.timeouts?.backendRequest, defaults.backendRequestTimeoutMs),
    retry: route.retry === undefined ? defaults.retry : compileRetry(route.retry),
    ...headerChanges(route.filters),
  };
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
function timeoutMs(text: string | undefined, fallback: number | undefined): number | undefined {
  return text === undefined ? fallback : parseDuration(text) || undefined;
}

function headerChanges(filters: DocumentFilters): {
  readonly requestHeaders?: HeaderChange;
  readonly responseHeaders?: HeaderChange;
} {
  const request = filters?.find((filter) => filter.type === 'RequestHeaderModifier')?.requestHeaderModifier;
  const response = filters?.find((filter) => filter.type === 'ResponseHeaderModifier')?.responseHeaderModifier;
  return {
    ...(request === undefined ? {} : { requestHeaders: headerChange(request) }),
    ...(response === undefined ? {} : { responseHeaders: headerChange(response) }),
  };
}

type DocumentHeaderChange = NonNullable<NonNullable<DocumentFilters>[number]['requestHeaderModifier']>;

function headerChange({ set = [], add = [], remove = [] }: DocumentHeaderChange): HeaderChange {
  return {
    set: set.map(({ name, value }) => [name.toLowerCase(), value] as const),
    add: add.map(({ name, value }) => [name.toLowerCase(), value] as const),
    remove: remove.map((name) => name.toLowerCase()),
  };
}
