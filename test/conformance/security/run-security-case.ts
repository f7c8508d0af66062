import { randomUUID } from 'node:crypto';
import type { ProbeResult } from '../gateway-api/run-gateway-case.ts';
import type { Journal } from '../world/journal.ts';
import { type Destination, sendProbe } from '../world/probe-client.ts';
import { signedToken } from './issuer.ts';
import type { SecurityRequest } from './security-case.ts';
import { judgeSecurity } from './security-judge.ts';
import { fingerprintOf, idOf } from './security-world.ts';

interface Sending {
  readonly to: Destination;
  readonly journal: Journal;
  /** What was found beforehand. */
  readonly silent: readonly string[];
}

/** Sends a request of a case, once: nothing in it is a matter of chance. */
export async function runSecurityProbe(
  request: SecurityRequest,
  name: string,
  { to, journal, silent }: Sending,
): Promise<ProbeResult> {
  const probe = randomUUID();
  const findings = await sendProbe(
    {
      method: request.method ?? 'GET',
      path: request.path ?? '/',
      headers: { ...callerHeaders(request), ...tokenHeaders(request), ...request.headers },
      probe,
    },
    to,
  ).then(
    (answer) => [...judgeSecurity(request, answer, journal.arrivals(probe).length > 0), ...silent],
    (error: Error) => [`no answer: ${error.message}`],
  );
  return { name, official: findings.length === 0, strict: findings.length === 0, findings };
}

/** What the Worker before the edge is to say of the connection, as the platform would. */
function callerHeaders(request: SecurityRequest): Record<string, string> {
  const { from, protocol } = request;
  const id = idOf(request);
  return {
    ...(protocol === 'grpc' ? { 'content-type': 'application/grpc', te: 'trailers' } : {}),
    ...(from?.ip === undefined ? {} : { 'before-address': from.ip }),
    ...(id === undefined ? {} : { 'before-certificate': fingerprintOf(id) }),
  };
}

/** Claims that the case takes for verified come in a token that says them. */
function tokenHeaders({ jwt, claims }: SecurityRequest): Record<string, string> {
  return jwt !== undefined || claims === undefined ? {} : { authorization: `Bearer ${signedToken(claims)}` };
}
