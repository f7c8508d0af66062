/**
 * Chooses a backend and one of its endpoints, anew for each attempt, and refuses the share of the traffic whose backend cannot be reached. A
 * session goes before the journey, the journey before the key, the key before chance. What the caller is to keep for the next time, a cookie or the
 * token of its session, goes with the reply.
 */

import { MeshFailure } from '../../core/errors/mesh-error.ts';
import { formatSetCookie } from '../../core/headers/set-cookie.ts';
import { underWay } from '../../telemetry/batch.ts';
import type { Attempt, Call, FetchCall, Filter, Reply } from '../call.ts';
import type { RouteParts } from '../deps.ts';
import { backendChoice } from '../splitting/backend-choice.ts';
import type { IssuedCookie } from '../splitting/call-key.ts';
import { endpointChoice } from '../splitting/endpoint-choice.ts';
import { type HeldSession, isHttps, sessionPersistence } from '../splitting/session-persistence.ts';

type ReplyHeader = readonly [name: string, value: string];

/**
 * Undefined without a route. Throws `no_backend` where none takes traffic, `no_endpoint` where its endpoints take no calls, and
 * `backend_unresolved` where this edge cannot reach it.
 */
export function pick({ deps, snapshot, route }: RouteParts): Filter | undefined {
  if (route === undefined) return undefined;
  const { backends, name } = route;
  const chooseBackend = backendChoice(route, snapshot.service, deps.random);
  const endpoints = backends.map(({ target }) => endpointChoice(deps, snapshot.service, target));
  const sessions = route.session === undefined ? undefined : sessionPersistence(route.session, route, snapshot.service);

  /** A session whose version is gone, or cannot be reached, is none. */
  const heldSession = (call: Call): HeldSession | undefined => {
    if (sessions === undefined || call.kind === 'rpc') return undefined;
    const held = sessions.find(call, deps.now());
    return held !== undefined && endpoints[held.backend]?.reaches(call) ? held : undefined;
  };

  return (call, next) => {
    const held = heldSession(call);
    const issued: IssuedCookie[] = [];
    const position = held?.backend ?? chooseBackend(call, issued);
    const backend = backends[position];
    const choice = endpoints[position];
    if (backend === undefined || choice === undefined) throw new MeshFailure({ code: 'no_backend', route: name });
    const { version } = backend;
    call.record.version = version;
    const chosen = choice.choose(call, held?.session.endpoint ?? '', issued);
    const { endpoint } = chosen;
    if (call.kind === 'rpc' && endpoint.kind === 'worker-version') {
      call.record.reason = `version ${version} cannot be chosen for RPC: the call went by the deployment's own split of ${endpoint.worker}`;
    }
    const record = {
      spanId: '',
      version,
      endpoint: chosen.name,
      startMs: 0,
      durationMs: underWay,
      status: 0,
      outcome: 'cancelled' as const,
    };
    const attempt: Attempt = { backend, endpoint, record, signal: undefined, request: undefined, context: undefined };
    const attempted = { ...call, attempt };
    const reply =
      choice.watch === undefined ? next(attempted) : choice.watch(call, chosen, async () => next(attempted));
    if (call.kind === 'rpc' || (issued.length === 0 && sessions === undefined)) return reply;
    const nowMs = deps.now();
    const headers = issued.map((cookie) => cookieHeader(call, cookie, nowMs));
    const token = sessions?.tokenFor(call, position, chosen.id, held, nowMs);
    if (token !== undefined) headers.push(token);
    return headers.length === 0 ? reply : reply.then((answer) => withHeaders(answer, headers));
  };
}

/** Envoy's cookie of a hash policy has no SameSite: Lax is what browsers take that for. */
function cookieHeader(call: FetchCall, cookie: IssuedCookie, nowMs: number): ReplyHeader {
  return ['set-cookie', formatSetCookie({ ...cookie, secure: isHttps(call), sameSite: 'Lax' }, nowMs)];
}

/** The reply with these headers beside its own. A 101 cannot be wrapped without losing its WebSocket, so it brings none. */
function withHeaders(reply: Reply, headers: readonly ReplyHeader[]): Reply {
  if (!(reply instanceof Response) || reply.status === 101) return reply;
  const answer = new Response(reply.body, reply);
  for (const [name, value] of headers) {
    if (name === 'set-cookie') answer.headers.append(name, value);
    else answer.headers.set(name, value);
  }
  return answer;
}
