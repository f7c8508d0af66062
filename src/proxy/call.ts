/**
 * A call is one request through an edge, by fetch or by RPC; an attempt is one try of it against one endpoint.
 * Calls grow from filter to filter by spreading; the one mutable part is `record`, the plain data that telemetry stores,
 * which must hold all that is known even when the invocation ends in the middle of an await.
 */
import type { AttemptRecord, CallRecord } from '../telemetry/batch.ts';
import type { Backend, CallFacts, Route, Snapshot } from '../model/snapshot.ts';

/** The part of a Worker's execution context that filters may use. */
export interface Lifetime {
  waitUntil(work: Promise<unknown>): void;
}

interface CallBase extends CallFacts {
  readonly door: 'mesh' | 'public';
  readonly service: string;
  /** Key into the upstream table. */
  readonly upstream: string;
  readonly lifetime: Lifetime;
  readonly startMs: number;
  /** The instant after which nobody waits for the answer, in milliseconds since the epoch. */
  readonly deadlineMs?: number;
  readonly hops: number;
  /** `tracestate` as it goes on, our member included. */
  readonly tracestate: string;
  /** `baggage` as it goes on. */
  readonly baggage: string;
  readonly shard: string;
  readonly record: CallRecord;
  /** Set by `snapshot`. */
  readonly snapshot?: Snapshot;
  /** Set by `match`; undefined means that no route was found. */
  readonly route?: Route;
  /** Set by `retry` (a number from 1) and `pick`. */
  readonly attempt?: Attempt;
}

export interface Attempt {
  readonly number: number;
  readonly backend: Backend;
  readonly record: AttemptRecord;
  /** Aborts this attempt's fetch; only made where an attempt may be given up while the call goes on. */
  readonly signal?: AbortSignal;
}

export interface FetchCall extends CallBase {
  readonly kind: 'fetch';
  readonly request: Request;
  /** The body read into memory, where the call may be retried. */
  readonly bufferedBody?: ArrayBuffer;
}

export interface RpcCall extends CallBase {
  readonly kind: 'rpc';
  readonly args: readonly unknown[];
}

export type Call = FetchCall | RpcCall;

/** What a service answers: a Response, or the value of an RPC method. Errors of the mesh itself are values too. */
export type Reply =
  | { readonly kind: 'fetch'; readonly response: Response }
  | { readonly kind: 'rpc'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: import('../core/mesh-error.ts').MeshError };
