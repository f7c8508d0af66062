/**
 * Every way in which the mesh itself, not a service, answers a call: a closed union with the facts as fields.
 * The one mapping to responses is src/core/errors/error-reply.ts; telemetry stores the code.
 */
export type MeshError =
  | { readonly code: 'not_public'; readonly host: string }
  | { readonly code: 'props_missing' }
  | { readonly code: 'bad_request'; readonly detail: string }
  | { readonly code: 'too_many_hops'; readonly hops: number }
  | { readonly code: 'no_document'; readonly service: string; readonly detail: string }
  | { readonly code: 'stale_document'; readonly service: string; readonly ageMs: number }
  | { readonly code: 'invalid_token'; readonly detail: string }
  /** A client certificate that was presented and does not hold. */
  | { readonly code: 'invalid_certificate'; readonly detail: string }
  /** A token that holds, and is meant for somebody else. */
  | { readonly code: 'audience_denied'; readonly detail: string }
  | { readonly code: 'unauthenticated' }
  /** `detail` names rule and document, which only callers inside the mesh may learn. */
  | { readonly code: 'access_denied'; readonly detail: string }
  /** An external authoriser said no; what the caller gets is its answer. */
  | { readonly code: 'authoriser_refused'; readonly detail: string; readonly answer: AuthoriserAnswer }
  /** An external authoriser gave no verdict; the document says with which status that refuses. */
  | { readonly code: 'authoriser_unavailable'; readonly detail: string; readonly status: number }
  | { readonly code: 'past_edge' }
  | { readonly code: 'no_route' }
  | { readonly code: 'backend_unresolved'; readonly version: string; readonly detail: string }
  | { readonly code: 'no_backend'; readonly route: string }
  /** The version is declared, and nothing stands behind it. */
  | { readonly code: 'no_endpoint'; readonly version: string }
  /** A rewrite or redirect that makes no path of the one that was asked for. */
  | { readonly code: 'bad_rewrite'; readonly route: string; readonly path: string }
  | { readonly code: 'fault_injected'; readonly status: number }
  /** A redirect or direct response, which RPC has no form for. */
  | { readonly code: 'no_rpc_answer'; readonly route: string }
  | { readonly code: 'egress_denied'; readonly host: string }
  | { readonly code: 'request_timeout'; readonly afterMs: number }
  | { readonly code: 'backend_timeout'; readonly afterMs: number; readonly version: string }
  | { readonly code: 'deadline_exceeded' }
  | { readonly code: 'upstream_failed'; readonly version: string; readonly cause: unknown }
  | { readonly code: 'upstream_unreachable'; readonly version: string; readonly cause: unknown }
  | { readonly code: 'identity_unavailable'; readonly detail: string }
  | { readonly code: 'internal'; readonly cause: unknown };

/** A refusal, as far as the caller gets it. */
export interface AuthoriserAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Absent where there is none, or where it is longer than callers get. */
  readonly body?: ArrayBuffer;
}

export type MeshErrorCode = MeshError['code'];

/** Thrown where a promise must reject; filters catch it in one place. */
export class MeshFailure extends Error {
  override readonly name = 'MeshFailure';
  /** Headers that the answer gets beside those of every error: what a browser must see before a script may read it. */
  headers: readonly (readonly [name: string, value: string])[] = [];
  constructor(readonly error: MeshError) {
    super(error.code);
  }
}
