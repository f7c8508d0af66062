/** Judges what came back for a request of a security case. */

import type { Answer } from '../world/probe-client.ts';
import { headersOf } from './answer-headers.ts';
import type { SecurityRequest } from './security-case.ts';

/** Each finding is one line; none means passed. `isReached`: whether the service saw the call. */
export function judgeSecurity(request: SecurityRequest, answer: Answer, isReached: boolean): string[] {
  const { expect, bodyContains, upstreamHeaders = {}, upstreamHeadersAbsent = [] } = request;
  const seen = answer.echo?.headers ?? {};
  return [
    ...verdictFindings(request, answer),
    ...differs('the service was called', isReached, expect === 'allow'),
    ...(bodyContains === undefined || answer.body.includes(bodyContains)
      ? []
      : [`the body does not say "${bodyContains}"`]),
    ...Object.entries(upstreamHeaders).flatMap(([name, value]) =>
      differs(`the service's ${name}`, headersOf(seen, name), value),
    ),
    ...upstreamHeadersAbsent.flatMap((name) => differs(`the service's ${name}`, headersOf(seen, name), undefined)),
  ];
}

/** Where a case gives no status; a call may be refused for what it shows, or for who it is. */
const usualStatus = { allow: [200], deny: [403, 401], '401': [401], '404': [404] } as const;

/** A refused gRPC call is told so by gRPC's own status, which the answer of an echo has none of. */
function verdictFindings({ expect, status, protocol }: SecurityRequest, answer: Answer): string[] {
  if (protocol === 'grpc' && expect === 'deny')
    return [
      ...differs('status', answer.status, 200),
      ...differs('gRPC status', headersOf(answer.headers, 'grpc-status'), permissionDenied),
    ];
  const expected: readonly number[] = status === undefined ? usualStatus[expect] : [status];
  return expected.includes(answer.status) ? [] : [`status: ${answer.status}, expected ${expected.join(' or ')}`];
}

/** https://grpc.io/docs/guides/status-codes */
const permissionDenied = '7';

function differs(what: string, got: unknown, wanted: unknown): string[] {
  return got === wanted ? [] : [`${what}: ${got}, expected ${wanted}`];
}
