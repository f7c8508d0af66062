/**
 * Answers preflight requests, and says on every other answer of the route which origins may read it: also on errors of the mesh, or a
 * script could not tell them from a broken connection. A preflight finds its route as the OPTIONS request that it is, as in Envoy.
 */
import { compileCors, corsHeaders } from '../../core/cors/cors.ts';
import { MeshFailure } from '../../core/errors/mesh-error.ts';
import type { Filter } from '../call.ts';
import type { RouteParts } from '../deps.ts';

type Pairs = readonly (readonly [name: string, value: string])[];

/** The headers of an error that are beyond those which the Fetch standard lets every script read. */
const errorHeaders = ['proxy-status'];

/**
 * Undefined where the route has no CORS filter. An RPC call passes as it is; an error from below goes on, with the headers that let
 * scripts read it.
 */
export function cors({ route }: RouteParts): Filter | undefined {
  if (route?.cors === undefined) return undefined;
  const rule = compileCors(route.cors);
  return async (call, next) => {
    if (call.kind === 'rpc') return next(call);
    const { headers } = call.request;
    const origin = headers.get('origin');
    const method = headers.get('access-control-request-method');
    if (call.method === 'OPTIONS' && origin !== null && method !== null) {
      const answer = new Headers();
      const asked = headers.get('access-control-request-headers');
      for (const [name, value] of rule.preflight(origin, method, asked)) answer.set(name, value);
      return new Response(null, { status: 200, headers: answer });
    }
    try {
      const reply = await next(call);
      // A 101 cannot be wrapped without losing its WebSocket, for which CORS says nothing.
      if (!(reply instanceof Response) || reply.status === 101) return reply;
      const response = new Response(reply.body, reply);
      for (const name of corsHeaders) response.headers.delete(name);
      write(
        response.headers,
        rule.answer(origin, () => namesOf(response.headers)),
      );
      return response;
    } catch (error) {
      if (error instanceof MeshFailure) error.headers = rule.answer(origin, () => errorHeaders);
      throw error;
    }
  };
}

function namesOf(headers: Headers): Set<string> {
  const names = new Set<string>();
  headers.forEach((_, name) => {
    names.add(name);
  });
  return names;
}

/** What an answer varies by already is not said twice. */
function write(headers: Headers, pairs: Pairs): void {
  for (const [name, value] of pairs) {
    if (name !== 'vary') headers.set(name, value);
    else if (!/(?:^|,)\s*(?:\*|origin)\s*(?:,|$)/i.test(headers.get('vary') ?? '')) headers.append(name, value);
  }
}
