/**
 * A call is one request through an edge, by fetch or by RPC; an attempt is one try of it against one endpoint.
 * Calls grow from filter to filter by spreading; the one mutable part is `record`, the plain data that telemetry stores,
 * which must hold all that is known even when the invocation ends in the middle of an await.
 */

import type { CarriedContext, JourneyBegin } from '../core/context/mesh-context.ts';
import type { RpcMember } from '../core/rpc/rpc-member.ts';
import type { CallFacts } from '../model/call-facts.ts';
import type { Backend, Endpoint, HeaderChange, Route, Snapshot } from '../model/snapshot.ts';
import type { AttemptRecord, CallRecord } from '../telemetry/batch.ts';

/**
 * Background work of a call. It is held back and given to the platform only when the call has ended: while an invocation
 * has pending work, an abandoned callee keeps running (measured on workerd), which the bare service would not.
 */
export interface Lifetime {
  waitUntil(work: Promise<unknown>): void;
  /** The call has ended: its background work may hold the invocation from here on. */
  end(): void;
}

interface CallBase extends CallFacts {
  readonly door: 'mesh' | 'public';
  /** `''` on the public door until the host has told it. */
  readonly service: string;
  /** Key into the upstream table. */
  readonly upstream: string;
  readonly lifetime: Lifetime;
  readonly startMs: number;
  /** The caller's service name on the mesh door, from the binding's props. */
  readonly caller?: string;
  /** The bearer token that a public caller showed. */
  readonly bearer?: string;
  /** The instant after which nobody waits for the answer, in milliseconds since the epoch. */
  readonly deadlineMs?: number;
  /** Edges passed, this one included. */
  readonly hops: number;
  /** Where a journey began that did not begin at an edge: `direct` stays with it to its end, `event` ends at the first edge. */
  readonly began?: JourneyBegin;
  /** The W3C headers as they came in; `''` where absent. */
  readonly traceparent: string;
  readonly tracestate: string;
  readonly baggage: string;
  readonly record: CallRecord;
  /** Set by `snapshot`. */
  readonly mounted?: Mounted;
  /** Region, zone and sub-zone of where the journey came into the mesh, joined by `/`; `''` where unknown. */
  readonly locality: string;
  /** Set by `match`; undefined means that no route was found. */
  readonly route?: Route;
  /** Set by `match`: the prefix that ReplacePrefixMatch replaces. */
  readonly matchedPrefix: string;
  /** Set by the rewrites: the absolute URL that goes to the backend; `''` where it is the call's own. */
  readonly target: string;
  /** Header changes of the route and of the backend, in order; applied in the one clone that `sign` makes. */
  readonly requestHeaders: readonly HeaderChange[];
  /** Set by `pick`. */
  readonly attempt?: Attempt;
}

export interface Attempt {
  readonly backend: Backend;
  /** The one of the backend's endpoints that this attempt goes to. */
  readonly endpoint: Endpoint;
  readonly record: AttemptRecord;
  /** Ends this attempt's fetch; only made where an attempt may be given up while the call goes on. */
  readonly signal?: AbortSignal;
  /** What `sign` made for the leaf to send: the request of a fetch, the context of an RPC call. */
  readonly request?: Request;
  readonly context?: CarriedContext;
}

export interface FetchCall extends CallBase {
  readonly kind: 'fetch';
  readonly request: Request;
  /** The body read into memory, where the call may be retried. */
  readonly bufferedBody?: ArrayBuffer;
}

export interface RpcCall extends CallBase {
  readonly kind: 'rpc';
  /** What is called or read; `method` is its name. */
  readonly member: RpcMember;
  /** Undefined for the read of a property. */
  readonly args: readonly unknown[] | undefined;
}

export type Call = FetchCall | RpcCall;

/** What an RPC method answered; wrapped, so that a promise of a reply never flattens a thenable stub. */
export interface RpcReply {
  readonly value: unknown;
  /** The callee has the in-Worker runtime: a disposer of the result's own would have come in its wrapper. */
  readonly sealed?: boolean;
}

export type Reply = Response | RpcReply;

/**
 * "Your server as a function": a service takes a call and promises its reply. It rejects with a `MeshFailure` where the
 * mesh itself ends the call; for RPC also with whatever the user's method threw.
 */
export type Service = (call: Call) => Promise<Reply>;

/** A filter stands before a service. It may call `next` more than once: that is how `retry` works. */
export type Filter = (call: Call, next: Service) => Promise<Reply>;

/** A snapshot turned into services: one stack per route. */
export interface Mounted {
  readonly snapshot: Snapshot;
  /** The service behind `match`: the route's own stack, or the one that refuses what matched no route. */
  readonly serviceFor: (route: Route | undefined) => Service;
}
