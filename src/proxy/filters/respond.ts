/** The routes and backends that answer themselves: a redirect, or a response that stands in the document. */

import { hasBody } from '../../core/errors/error-reply.ts';
import { MeshFailure } from '../../core/errors/mesh-error.ts';
import type { Normalization } from '../../core/urls/canonical-path.ts';
import { redirectLocation } from '../../core/urls/redirect-location.ts';
import type { Backend, FilterRules } from '../../model/snapshot.ts';
import type { Call, FetchCall, Filter } from '../call.ts';
import type { RouteParts } from '../deps.ts';
import { applyHeaderChange } from '../header-rewrite.ts';

type Answer = (call: FetchCall) => Response;

/** The route's own answer, with the route's changes to response headers, as in Envoy. */
export function respond({ route, snapshot }: RouteParts): Filter | undefined {
  if (route === undefined) return undefined;
  const answer = answerOf(route, route.name, snapshot.normalization);
  if (answer === undefined) return undefined;
  return async (call) => {
    const response = answer(httpOnly(call, route.name));
    if (route.responseHeaders !== undefined) applyHeaderChange(response.headers, route.responseHeaders);
    return response;
  };
}

/** A backend's own answer, in the place of an attempt; the filters above it change its headers as any answer's. */
export function backendRespond({ route, snapshot }: RouteParts): Filter | undefined {
  if (route === undefined) return undefined;
  const answers = new Map<Backend, Answer>();
  for (const backend of route.backends) {
    const answer = answerOf(backend, route.name, snapshot.normalization);
    if (answer !== undefined) answers.set(backend, answer);
  }
  if (answers.size === 0) return undefined;
  return async (call, next) => {
    const answer = call.attempt && answers.get(call.attempt.backend);
    return answer === undefined ? next(call) : answer(httpOnly(call, route.name));
  };
}

function httpOnly(call: Call, route: string): FetchCall {
  if (call.kind === 'rpc') throw new MeshFailure({ code: 'no_rpc_answer', route });
  return call;
}

function answerOf(rules: FilterRules, route: string, normalization: Normalization): Answer | undefined {
  const { redirect, directResponse } = rules;
  if (redirect !== undefined) {
    const locate = redirectLocation(redirect, normalization);
    return ({ url, path, query, matchedPrefix }) => {
      const location = locate({ url, path, query, prefix: matchedPrefix });
      if (location === undefined) throw new MeshFailure({ code: 'bad_rewrite', route, path });
      return new Response(null, { status: redirect.statusCode, headers: { location } });
    };
  }
  if (directResponse === undefined) return undefined;
  const { status, body, contentType } = directResponse;
  if (body === '' || !hasBody(status)) return () => new Response(null, { status });
  return () => new Response(body, { status, headers: { 'content-type': contentType } });
}
