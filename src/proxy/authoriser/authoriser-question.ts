/** The question to an external authoriser: the call without its body, as Envoy's HTTP authorisation service is asked. */
import { defaultUpstream } from '../../core/configs/edge-config.ts';
import { formatMeshContext } from '../../core/context/mesh-context.ts';
import { formatTraceparent, writeShard } from '../../core/context/trace-context.ts';
import { callerName } from '../../core/principals/principal.ts';
import { authorityOf } from '../../core/urls/host.ts';
import { wireHeader } from '../../core/wire.ts';
import type { Authoriser } from '../../model/snapshot.ts';
import type { Call } from '../call.ts';

/** Headers of a question that no caller can set: they are copied from nowhere. */
export const questionHeader = {
  principal: 'selvedge-principal',
  rpc: 'selvedge-rpc',
  host: 'x-forwarded-host',
} as const;

/** Which of an edge's upstreams a question goes to: an authoriser is asked at its default entrypoint. */
export const questionUpstream = defaultUpstream;

export interface Question {
  readonly method: string;
  readonly url: string;
  /** What the verdict may depend on. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/**
 * A fetch is asked about by its own method, host, canonical path and query, behind the authoriser's prefix; an RPC call by a POST to
 * `/rpc/<method>` there, and the header `selvedge-rpc`. What the document adds goes before what the caller sent under the same name.
 */
export function questionOf({ pathPrefix, requestHeaders, addHeaders, endpoint }: Authoriser, call: Call): Question {
  const headers = new Map<string, string>();
  for (const name of requestHeaders) {
    const value = call.header(name);
    if (value !== null) headers.set(name, value);
  }
  if (call.principal !== null) headers.set(questionHeader.principal, call.principal);
  const isRpc = call.kind === 'rpc';
  const host = isRpc ? call.service : authorityOf(call.url);
  if (isRpc) headers.set(questionHeader.rpc, call.method);
  // The host of a URL is the authoriser's own.
  if (endpoint.kind === 'url') headers.set(questionHeader.host, host);
  for (const [name, value] of addHeaders) headers.set(name, value);
  const path = isRpc ? `/rpc/${segmentOf(call.method)}` : call.path;
  const scheme = call.url.startsWith('https:') ? 'https' : 'http';
  return {
    method: isRpc ? 'POST' : call.method,
    url: `${scheme}://${host}${pathPrefix}${path}${call.query === '' ? '' : `?${call.query}`}`,
    headers: [...headers],
  };
}

/** The caller chose the name, which must be one segment of a path: dots alone lead out of one even where they are encoded, so they are encoded twice. */
function segmentOf(method: string): string {
  return /^\.\.?$/.test(method) ? method.replaceAll('.', '%252E') : encodeURIComponent(method);
}

/** Equal questions have equal texts. */
export function questionText({ method, url, headers }: Question): string {
  return `${method} ${url}\n${headers.map(([name, value]) => `${name}:${value}`).join('\n')}`;
}

/** The request that asks, with the journey's context, so that the authoriser's calls stand in the trace and a loop of questions ends. */
export function questionRequest(question: Question, call: Call, authoriser: Authoriser, signal: AbortSignal): Request {
  const { traceId, spanId, sampled, shard } = call.record;
  const headers = new Headers(question.headers as [string, string][]);
  headers.set(wireHeader.traceparent, formatTraceparent({ traceId, spanId, sampled }));
  if (authoriser.endpoint.kind !== 'url') {
    headers.set(wireHeader.tracestate, writeShard(call.tracestate, shard));
    headers.set(
      wireHeader.context,
      formatMeshContext({
        hops: call.hops,
        deadline: call.deadlineMs,
        caller: callerName(call.mounted?.snapshot.mesh.trustDomain ?? '', call.principal) || undefined,
      }),
    );
  }
  return new Request(question.url, { method: question.method, headers, redirect: 'manual', signal });
}
