/**
 * The one mapping from errors of the mesh to what callers see: a status, RFC 9209 `Proxy-Status`, and a JSON body with the
 * stable code. It says little to the caller; `reason` is for operators and goes into the record.
 */
import type { MeshError } from './mesh-error.ts';

interface Shown {
  readonly status: number;
  /** Error type of RFC 9209 section 2.3. */
  readonly proxyError: string;
  /** For the caller. */
  readonly message: string;
  /** For operators. */
  readonly reason: string;
}

/** What an error is to callers, and to operators. Never throws. */
export function describeError(error: MeshError): Shown {
  switch (error.code) {
    case 'not_public':
      return shown(404, 'destination_not_found', 'No public service answers under this host.', `host ${error.host}`);
    case 'props_missing':
      return shown(403, 'http_request_denied', 'The mesh door is for bindings that name their caller and service.');
    case 'bad_request':
      return shown(400, 'http_request_error', error.detail);
    case 'too_many_hops':
      return shown(508, 'proxy_loop_detected', 'The call has passed too many edges.', `${error.hops} hops`);
    case 'no_document':
      return shown(503, 'proxy_configuration_error', `No document for this service: ${error.detail}`, error.detail);
    case 'stale_document':
      return shown(
        503,
        'proxy_configuration_error',
        'The document of this service is too old to decide by.',
        `${Math.round(error.ageMs / 1000)} s old`,
      );
    case 'invalid_token':
      return shown(401, 'http_request_denied', 'The token does not hold.', error.detail);
    case 'invalid_certificate':
      return shown(401, 'http_request_denied', 'The client certificate does not hold.', error.detail);
    case 'audience_denied':
      return shown(403, 'http_request_denied', 'The token is meant for somebody else.', error.detail);
    case 'unauthenticated':
      return shown(401, 'http_request_denied', 'This service answers only callers that say who they are.');
    case 'access_denied':
      return shown(403, 'http_request_denied', 'RBAC: access denied', error.detail);
    case 'authoriser_refused':
      return shown(error.answer.status, 'http_request_denied', 'RBAC: access denied', error.detail);
    case 'authoriser_unavailable':
      return shown(error.status, 'http_request_denied', 'RBAC: access denied', error.detail);
    case 'past_edge':
      return shown(403, 'http_request_denied', 'This service answers only calls that come through its edge.');
    case 'no_route':
      return shown(404, 'destination_not_found', 'No route of this service matches the request.');
    case 'backend_unresolved':
      return shown(
        500,
        'destination_not_found',
        'The backend of this route cannot be reached from this edge.',
        `version ${error.version}: ${error.detail}`,
      );
    case 'no_backend':
      return shown(
        500,
        'proxy_configuration_error',
        'The route has no backend that takes traffic.',
        `route ${error.route}`,
      );
    case 'no_endpoint':
      return shown(
        503,
        'destination_unavailable',
        'No endpoint of the service takes calls.',
        `version ${error.version}`,
      );
    case 'bad_rewrite':
      return shown(
        500,
        'proxy_configuration_error',
        'The route makes no sound path of this one.',
        `route ${error.route}, path ${error.path}`,
      );
    case 'fault_injected':
      return shown(error.status, 'http_response_incomplete', 'The route injects this fault.');
    case 'no_rpc_answer':
      return shown(
        501,
        'http_request_denied',
        'The route of this call answers HTTP only.',
        `route ${error.route} redirects or responds itself`,
      );
    case 'egress_denied':
      return shown(502, 'destination_ip_prohibited', 'The mesh does not let calls to this host out.', error.host);
    case 'request_timeout':
      return shown(
        504,
        'http_response_timeout',
        'The service did not answer in time.',
        `request timeout of ${error.afterMs} ms`,
      );
    case 'backend_timeout':
      return shown(
        504,
        'http_response_timeout',
        'The service did not answer in time.',
        `backendRequest timeout of ${error.afterMs} ms, version ${error.version}`,
      );
    case 'deadline_exceeded':
      return shown(504, 'http_response_timeout', "The caller's deadline has passed.");
    case 'upstream_failed':
      return shown(
        502,
        'destination_unavailable',
        'The service failed without an answer.',
        `version ${error.version}: ${causeText(error.cause)}`,
      );
    case 'upstream_unreachable':
      return shown(
        503,
        'destination_unavailable',
        'The service could not be reached.',
        `version ${error.version}: ${causeText(error.cause)}`,
      );
    case 'identity_unavailable':
      return shown(
        503,
        'proxy_internal_error',
        'The mesh could not prove an identity that this call needs.',
        error.detail,
      );
    case 'internal':
      return shown(500, 'proxy_internal_error', 'The edge failed.', causeText(error.cause));
  }
}

function shown(status: number, proxyError: string, message: string, reason = ''): Shown {
  return { status, proxyError, message, reason };
}

function causeText(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}

/**
 * The answer to a fetch. The trace id lets the caller's people find the reason, which the body does not tell; `said` stands in the place of
 * the usual message, and `details` in that of the code in `Proxy-Status`, where the caller may know more.
 */
export function errorResponse(
  error: MeshError,
  service: string,
  traceId: string,
  said?: string,
  details: string = error.code,
): Response {
  const { status, proxyError, message } = describeError(error);
  const headers = new Headers({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'proxy-status': `${proxyName(service)}; error=${proxyError}; details="${details}"`,
  });
  // RFC 6750 section 3.1: who shows a token learns that it is the token's fault, and nothing more.
  if (status === 401)
    headers.set('www-authenticate', error.code === 'invalid_token' ? 'Bearer error="invalid_token"' : 'Bearer');
  if (error.code === 'authoriser_refused') {
    const { answer } = error;
    if (answer.body !== undefined) headers.delete('content-type');
    for (const [name] of answer.headers) headers.delete(name);
    for (const [name, value] of answer.headers) headers.append(name, value);
    if (answer.body !== undefined) return new Response(hasBody(status) ? answer.body : null, { status, headers });
  }
  const body = `${JSON.stringify({ error: { code: error.code, message: said ?? message, service, traceId } })}\n`;
  return new Response(hasBody(status) ? body : null, { status, headers });
}

/** gRPC's codes for HTTP statuses; any other is UNKNOWN. */
const grpcStatuses: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  429: 8,
  501: 12,
  502: 14,
  503: 14,
  504: 4,
};

/** Whether a request is a gRPC call, by its content type. */
export function isGrpc(contentType: string | null): contentType is string {
  return contentType?.startsWith('application/grpc') === true;
}

/**
 * The answer to a gRPC call: status 200, and how it ended in what would be trailers, which without a body are headers (the gRPC protocol
 * over HTTP/2, "Trailers-Only").
 */
export function grpcResponse(error: MeshError, service: string, contentType: string, details?: string): Response {
  const { status, message } = describeError(error);
  const { headers } = errorResponse(error, service, '', undefined, details);
  return new Response(null, {
    status: 200,
    headers: {
      'content-type': contentType,
      'proxy-status': headers.get('proxy-status') ?? '',
      'grpc-status': String(grpcStatuses[status] ?? 2),
      'grpc-message': message.replace(/[^ -$&-~]/g, encodeURIComponent),
    },
  });
}

/** How the edge of a service names itself (RFC 9209 section 2). */
function proxyName(service: string): string {
  return `selvedge-${service.replace(/[^A-Za-z0-9_.-]/g, '-')}`;
}

/** Whether the edge of a service says, by `Proxy-Status`, that no connection to the service came about: what a route's retry is for, whatever its codes. */
export function saysUnreachable(proxyStatus: string | null, service: string): boolean {
  return (
    proxyStatus?.startsWith(`${proxyName(service)};`) === true && proxyStatus.includes('details="upstream_unreachable"')
  );
}

/** Whether a response of this status may have a body: null body statuses of the Fetch standard, with which `Response` takes none. */
export function hasBody(status: number): boolean {
  return status !== 204 && status !== 205 && status !== 304;
}

/** The answer to an RPC call: an error with the same stable code as an own property. */
export function rpcError(error: MeshError): Error {
  const { status, message } = describeError(error);
  return Object.assign(new Error(`${message} (${error.code})`), { code: error.code, status });
}
