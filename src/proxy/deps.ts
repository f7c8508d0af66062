/** What the data path needs from outside; src/platform provides it, tests provide fakes. */

import type { CarriedContext } from '../core/context/mesh-context.ts';
import type { ClientCertificate } from '../core/headers/forwarded-client-cert.ts';
import type { RpcMember } from '../core/rpc/rpc-member.ts';
import type { JwtRule } from '../model/authentication-rules.ts';
import type { Endpoint, MeshSettings, Route, Snapshot } from '../model/snapshot.ts';
import type { CallRecord } from '../telemetry/batch.ts';
import type { Lifetime, Mounted, RpcReply } from './call.ts';

/** A document as it is served now, and how sure we are of it. */
export interface Served {
  readonly mounted: Mounted;
  readonly ageMs: number;
  readonly source: 'kv' | 'baked';
  readonly stale: boolean;
}

export type Lookup =
  | { readonly found: true; readonly served: Served }
  | { readonly found: false; readonly detail: string };

export interface Registry {
  /** Synchronous while the snapshot is fresh, so that a call in steady state does not await. */
  lookup(service: string, lifetime: Lifetime): Lookup | Promise<Lookup>;
  /** The service that a public host names, or undefined. */
  serviceForHost(host: string): string | undefined | Promise<string | undefined>;
  /** The mesh settings last seen; defaults in a cold isolate. */
  settings(): MeshSettings;
}

export interface Telemetry {
  /** A call has begun; until `close` it is an open entry that expires at `expiresMs` as `cancelled`. */
  open(record: CallRecord, expiresMs: number): void;
  /** The entry can now be known to expire sooner. */
  expire(record: CallRecord, expiresMs: number): void;
  /** The call has ended: counts it, stores it if it is sampled or failed, and arranges the flush. */
  close(record: CallRecord, lifetime: Lifetime): void;
  newTraceId(): string;
  newSpanId(): string;
  /** The shard that journeys which begin in this isolate use. */
  ownShard(shards: number): string;
}

export type Identification =
  | {
      readonly kind: 'principal';
      readonly principal: string;
      /** A token said it, and no certificate alone. */
      readonly byToken?: true;
      /** The client certificate that was accepted, if any. */
      readonly certificate?: ClientCertificate;
    }
  | { readonly kind: 'anonymous'; readonly certificate?: ClientCertificate }
  | { readonly kind: 'invalid'; readonly detail: string };

/** What a token of an end user came to. */
export interface UserFound {
  readonly kind: 'user';
  /** The rule by which it holds. */
  readonly rule: JwtRule;
  /** `<issuer>/<subject>`; `null` for a token without subject. */
  readonly requestPrincipal: string | null;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Headers that the rule's outputs write. */
  readonly told: readonly (readonly [name: string, value: string])[];
}

export type UserIdentification =
  | UserFound
  | {
      readonly kind: 'invalid';
      readonly detail: string;
      /** It holds, and is meant for others. */
      readonly elsewhere?: true;
    };

export interface Identities {
  /** Who a public caller is: by the JWT-SVID that it showed, or its client certificate where the document allows it. */
  identifyPublic(input: {
    readonly bearer: string | undefined;
    readonly request: Request;
    readonly host: string;
    readonly snapshot: Snapshot;
    readonly lifetime: Lifetime;
  }): Identification | Promise<Identification>;
  /** Which end user a token is of, by rules of the snapshot; synchronous where the verdict is remembered. */
  identifyUser(input: {
    readonly token: string;
    readonly rules: readonly JwtRule[];
    readonly snapshot: Snapshot;
    readonly lifetime: Lifetime;
  }): UserIdentification | Promise<UserIdentification>;
  /** A JWT-SVID of `service` for `audience`; rejects with `identity_unavailable`. */
  tokenFor(service: string, audience: string, actor: string | null, lifetime: Lifetime): Promise<string | undefined>;
}

export interface Transport {
  /** Whether this edge can reach the endpoint for this upstream key at all; RPC cannot go to a URL. */
  resolves(endpoint: Endpoint, upstream: string, kind: 'fetch' | 'rpc'): boolean;
  fetch(endpoint: Endpoint, upstream: string, request: Request): Promise<Response>;
  /** Calls a member, or reads it where there are no arguments. */
  call(
    endpoint: Endpoint,
    upstream: string,
    context: CarriedContext,
    member: RpcMember,
    args: readonly unknown[] | undefined,
  ): Promise<RpcReply>;
}

export interface Deps {
  readonly registry: Registry;
  readonly telemetry: Telemetry;
  readonly identities: Identities;
  readonly transport: Transport;
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** What a route or attempt filter is built from; `route` is undefined for the stack of calls that match none. */
export interface RouteParts {
  readonly deps: Deps;
  readonly snapshot: Snapshot;
  readonly route: Route | undefined;
}
