/** Istio's table of retry policies: each row is imported as a route's retries, and both the policy and the document are held against it. */
import { importManifests } from '../../../src/interop/import-manifests.ts';
import { effectiveRetryPolicy, type RetrySettings } from '../../../src/interop/istio/routes/retries.ts';
import type { RetryRow } from './istio-case.ts';

/** Each finding is one line; none means passed. */
export function retryRowFindings({ retries, expect }: RetryRow): string[] {
  const { _hashPolicy: hashed, ...settings } = retries ?? {};
  const policy = effectiveRetryPolicy(retries === null ? null : (settings as RetrySettings), hashed === true);
  const found = documentOf(retries === null ? undefined : settings);
  if (expect === null || policy === null) {
    return [...differs('the policy', policy, expect), ...differs('attempts of the document', found.attempts, 0)];
  }
  const known = policy as unknown as Readonly<Record<string, unknown>>;
  const codes = (expect.retriableStatusCodes ?? []) as readonly number[];
  return [
    ...Object.entries(expect).flatMap(([name, wanted]) => differs(name, known[name], wanted)),
    ...differs('attempts of the document', found.attempts, policy.numRetries),
    ...(expect.perTryTimeout == null ? [] : differs('backendRequest', found.backendRequest, expect.perTryTimeout)),
    ...(expect.backoffBaseInterval == null ? [] : differs('backoff', found.backoff, expect.backoffBaseInterval)),
    ...codes.filter((code) => !found.codes.includes(code)).map((code) => `the document does not retry ${code}`),
  ];
}

function differs(what: string, got: unknown, wanted: unknown): string[] {
  return JSON.stringify(got) === JSON.stringify(wanted)
    ? []
    : [`${what}: ${JSON.stringify(got)}, expected ${JSON.stringify(wanted)}`];
}

interface DocumentRetry {
  readonly attempts: number | undefined;
  readonly codes: readonly number[];
  readonly backoff: string | undefined;
  readonly backendRequest: string | undefined;
}

/** What the retries of a VirtualService become. What of them cannot be carried over is told beside; the rest is judged here. */
function documentOf(retries: object | undefined): DocumentRetry {
  const http = [{ route: [{ destination: { host: 'b' } }], ...(retries === undefined ? {} : { retries }) }];
  const text = JSON.stringify({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'b' },
    spec: { hosts: ['b'], http },
  });
  const { documents } = importManifests([{ name: 'retries.json', text }], { lenient: true });
  const routes = documents.flatMap(({ value }) => ('routes' in value ? (value.routes ?? []) : []));
  const [route] = routes;
  return {
    attempts: route?.retry?.attempts,
    codes: route?.retry?.codes ?? [],
    backoff: route?.retry?.backoff,
    backendRequest: route?.timeouts?.backendRequest,
  };
}
