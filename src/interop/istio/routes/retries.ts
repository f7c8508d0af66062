/** HTTPRetry: what Istio makes of it, and what of that a document says. */
import type { Route } from '../../documents/document-types.ts';
import { unboundedRetries } from '../../gateway-api/rule.ts';
import type { Located } from '../../manifests/located.ts';
import { durationText, goDurationMs, readDurationMs } from '../durations.ts';

/** An HTTPRetry as it is written. */
export interface RetrySettings {
  readonly attempts?: number;
  readonly retryOn?: string;
  readonly perTryTimeout?: string;
  readonly backoff?: string;
  readonly retryRemoteLocalities?: boolean;
  readonly retryIgnorePreviousHosts?: boolean;
}

/** The policy that Istio gives its proxies. */
export interface RetryPolicy {
  /** Retries after the first try. */
  readonly numRetries: number;
  readonly retryOn: string;
  readonly retriableStatusCodes: readonly number[];
  readonly hostSelectionRetryMaxAttempts: number;
  readonly perTryTimeout: string | null;
  readonly backoffBaseInterval: string | null;
  /** Whether a retry goes to another endpoint than those that were tried. */
  readonly avoidPreviousHosts: boolean;
  readonly retryPriority: string | null;
}

const defaultRetryOn = 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes';
const statusCodesToken = 'retriable-status-codes';
const defaultAttempts = 2;
const defaultHostSelection = 5;

/**
 * The policy of a route: without settings two retries where the upstream was not reached; `null` where retries are off. Numbers among
 * the conditions are status codes. `hashed`: the destination is chosen by a consistent hash, which a retry then sticks to.
 */
export function effectiveRetryPolicy(settings: RetrySettings | null | undefined, hashed = false): RetryPolicy | null {
  const { attempts = defaultAttempts, retryOn, perTryTimeout, backoff } = settings ?? {};
  if (attempts <= 0) return null;
  const tokens = (retryOn || defaultRetryOn)
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '');
  const codes = tokens.filter(isStatusCode).map(Number);
  const conditions = tokens.filter((token) => !isStatusCode(token));
  if (codes.length > 0 && !conditions.includes(statusCodesToken)) conditions.push(statusCodesToken);
  return {
    numRetries: attempts,
    retryOn: conditions.join(','),
    retriableStatusCodes: codes,
    hostSelectionRetryMaxAttempts: defaultHostSelection,
    perTryTimeout: perTryTimeout ?? null,
    backoffBaseInterval: backoff ?? null,
    avoidPreviousHosts: settings?.retryIgnorePreviousHosts ?? !hashed,
    retryPriority: settings?.retryRemoteLocalities === true ? 'previous_priorities (update_frequency 2)' : null,
  };
}

/** Others are no status codes, and pass as conditions that nobody knows. */
function isStatusCode(token: string): boolean {
  return /^[1-5]\d\d$/.test(token);
}

/** Conditions under which the upstream was not reached, or broke off: retried always. */
const connectionTokens = new Set([
  'connect-failure',
  'refused-stream',
  'reset',
  'reset-before-request',
  statusCodesToken,
]);
/** Those of which the upstream has never seen the request. */
const unseenTokens = new Set(['connect-failure', 'refused-stream', 'reset-before-request', statusCodesToken]);
const grpcTokens = new Set(['cancelled', 'deadline-exceeded', 'internal', 'resource-exhausted', 'unavailable']);

const codesOf: Readonly<Record<string, readonly number[]>> = {
  '5xx': Array.from({ length: 100 }, (_, index) => 500 + index),
  'gateway-error': [502, 503, 504],
  'retriable-4xx': [409],
};

const fields = ['attempts', 'perTryTimeout', 'retryOn', 'backoff', 'retryRemoteLocalities', 'retryIgnorePreviousHosts'];
/** The mesh's bound. */
const maxAttempts = 10;

/**
 * The retries of a route and the time that each try has. Where nothing is said there are Istio's two, of calls that did not reach the
 * upstream, within the mesh's own bounds.
 */
export function convertRetries(field: Located): {
  readonly retry: Route['retry'];
  readonly perTryMs: number | undefined;
} {
  if (!field.present) return { retry: { attempts: defaultAttempts }, perTryMs: undefined };
  field.only(fields);
  const retryOn = field.get('retryOn').text();
  const attempts = field.get('attempts').number();
  const policy = effectiveRetryPolicy({
    ...(attempts === undefined ? {} : { attempts }),
    ...(retryOn === undefined ? {} : { retryOn }),
  });
  const perTryMs = readDurationMs(field.get('perTryTimeout'));
  field.get('retryRemoteLocalities').pointless('a retry picks its endpoint anew');
  field.get('retryIgnorePreviousHosts').pointless('a retry picks its endpoint anew');
  if (policy === null) return { retry: { attempts: 0 }, perTryMs };
  if (policy.numRetries > maxAttempts) field.get('attempts').refuse(`a call is retried ${maxAttempts} times at most`);
  const conditions = policy.retryOn.split(',');
  const codes = [...policy.retriableStatusCodes];
  for (const token of conditions) {
    if (Object.hasOwn(codesOf, token)) codes.push(...(codesOf[token] ?? []));
    else if (grpcTokens.has(token)) {
      if (retryOn !== undefined)
        field.get('retryOn').pointless(`"${token}" is a status of gRPC, at which the mesh does not look`);
    } else if (!connectionTokens.has(token))
      field.get('retryOn').refuse(`the mesh does not know the condition "${token}"`);
  }
  const informational = codes.filter((code) => code < 400);
  if (informational.length > 0)
    field.get('retryOn').refuse(`a ${informational[0]} is no error, and is not retried`, 'codes from 400 to 599');
  const errors = [...new Set(codes)].filter((code) => code >= 400).sort((one, other) => one - other);
  const backoff = field.get('backoff').text();
  const backoffMs = backoff === undefined ? undefined : goDurationMs(backoff);
  if (backoff !== undefined && backoffMs === undefined) field.get('backoff').wrong('a duration');
  const { methods, ...unbounded } = unboundedRetries;
  // A Worker that threw has seen the request: where Istio would repeat only what was never seen, methods that change something are not repeated.
  const repeatsSeen =
    errors.length > 0 || conditions.some((token) => !unseenTokens.has(token) && !grpcTokens.has(token));
  return {
    retry: {
      attempts: Math.min(policy.numRetries, maxAttempts),
      ...(errors.length === 0 ? {} : { codes: errors }),
      ...(backoffMs === undefined ? {} : { backoff: durationText(backoffMs) }),
      ...unbounded,
      ...(repeatsSeen ? { methods: [...methods] } : {}),
    },
    perTryMs,
  };
}
