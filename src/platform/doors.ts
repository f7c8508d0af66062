/**
 * The two doors of an edge: they turn a request, or an RPC call, into a `Call`. The mesh door believes the binding's props
 * and the context that comes with the call; the public door believes nothing but the bytes of the request.
 */
import { defaultUpstream, type MeshProps } from '../core/edge-config.ts';
import { hostOf } from '../core/host.ts';
import { type CarriedContext, parseMeshContext, parseRpcContext } from '../core/mesh-context.ts';
import { wireHeader } from '../core/wire.ts';
import type { FetchCall, RpcCall, RpcReply } from '../proxy/call.ts';
import { errorResponse, rpcError } from '../proxy/error-reply.ts';
import { type CallRecord, underWay } from '../telemetry/batch.ts';
import type { Edge } from './edge.ts';
import { CallLifetime } from './lifetime.ts';

type Context = Pick<ExecutionContext, 'waitUntil'>;

/** `fetch` on the mesh door. */
export async function meshFetch(edge: Edge, request: Request, props: unknown, context: Context): Promise<Response> {
  if (!isMeshProps(props)) return errorResponse({ code: 'props_missing' }, 'edge', '');
  const { headers } = request;
  const call: FetchCall = {
    kind: 'fetch',
    door: 'mesh',
    ...meshFacts(edge, props, headersOf(headers), 'fetch', request.method),
    // The canonical target tells it; on this door nothing asks before.
    host: '',
    header: (name) => headers.get(name),
    request,
    lifetime: new CallLifetime(context),
  };
  return (await edge.service(call)) as Response;
}

/** An RPC call on the mesh door; `packed` is the argument of the reserved method: `[context, method, args]`. */
export async function meshRpc(edge: Edge, packed: unknown, props: unknown, context: Context): Promise<unknown> {
  if (!isMeshProps(props)) throw rpcError({ code: 'props_missing' });
  const [contextText, method, args] = Array.isArray(packed) ? (packed as unknown[]) : [];
  if (typeof method !== 'string' || !Array.isArray(args)) {
    throw rpcError({ code: 'bad_request', detail: 'The reserved method takes [context, method, arguments].' });
  }
  const call: RpcCall = {
    kind: 'rpc',
    door: 'mesh',
    ...meshFacts(edge, props, parseRpcContext(contextText), 'rpc', method),
    host: '',
    header: () => null,
    args: args as unknown[],
    lifetime: new CallLifetime(context),
  };
  return ((await edge.service(call)) as RpcReply).value;
}

/** The public door; props are ignored, and trace context is all that is taken from the request's headers. */
export async function publicFetch(edge: Edge, request: Request, context: Context): Promise<Response> {
  const { headers } = request;
  const startMs = edge.now();
  const call: FetchCall = {
    kind: 'fetch',
    door: 'public',
    service: '',
    upstream: defaultUpstream,
    method: request.method,
    path: '',
    query: '',
    host: hostOf(request.url),
    header: (name) => headers.get(name),
    principal: null,
    startMs,
    hops: 1,
    bearer: bearerOf(headers),
    traceparent: headers.get(wireHeader.traceparent) ?? '',
    tracestate: headers.get(wireHeader.tracestate) ?? '',
    baggage: headers.get(wireHeader.baggage) ?? '',
    requestHeaders: [],
    record: newRecord('', '', 'fetch', 'public', request.method, startMs, 1),
    request,
    lifetime: new CallLifetime(context),
  };
  return (await edge.service(call)) as Response;
}

function meshFacts(edge: Edge, props: MeshProps, carried: CarriedContext, kind: 'fetch' | 'rpc', method: string) {
  const { hops, deadline } = parseMeshContext(carried.context);
  const startMs = edge.now();
  return {
    service: props.service,
    upstream: props.upstream,
    caller: props.caller,
    method,
    path: '',
    query: '',
    principal: null,
    startMs,
    deadlineMs: deadline,
    hops: hops + 1,
    traceparent: carried.traceparent,
    tracestate: carried.tracestate,
    baggage: carried.baggage,
    requestHeaders: [],
    record: newRecord(props.service, props.caller, kind, 'mesh', method, startMs, hops + 1),
  };
}

function newRecord(
  service: string,
  caller: string,
  kind: 'fetch' | 'rpc',
  door: 'mesh' | 'public',
  method: string,
  startMs: number,
  hops: number,
): CallRecord {
  return {
    traceId: '',
    spanId: '',
    parentSpanId: '',
    sampled: false,
    shard: '',
    service,
    caller,
    kind,
    door,
    method,
    path: '',
    route: '',
    version: '',
    status: 0,
    outcome: 'cancelled',
    reason: '',
    startMs,
    durationMs: underWay,
    hops,
    revision: '',
    source: 'none',
    stale: false,
    attempts: [],
  };
}

function headersOf(headers: Headers): CarriedContext {
  return {
    traceparent: headers.get(wireHeader.traceparent) ?? '',
    tracestate: headers.get(wireHeader.tracestate) ?? '',
    baggage: headers.get(wireHeader.baggage) ?? '',
    context: headers.get(wireHeader.context) ?? '',
  };
}

/** The SVID of another mesh's edge travels beside the service's own credentials where there are such. */
function bearerOf(headers: Headers): string | undefined {
  const token = headers.get(wireHeader.token);
  if (token !== null) return token;
  const authorization = headers.get('authorization');
  return authorization !== null && /^bearer /i.test(authorization) ? authorization.slice(7).trim() : undefined;
}

function isMeshProps(props: unknown): props is MeshProps {
  if (typeof props !== 'object' || props === null) return false;
  const { caller, service, upstream } = props as Record<string, unknown>;
  return typeof caller === 'string' && typeof service === 'string' && typeof upstream === 'string';
}
