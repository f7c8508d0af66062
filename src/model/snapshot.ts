/**
 * A snapshot is a document parsed, validated and compiled for the data path: plain data and small pure functions.
 * A request runs none of the work that compiling does: no name look-ups in configuration, no RegExp construction.
 */

import type { Normalization } from '../core/canonical-path.ts';

export type { Normalization };

/** What matching and access rules can ask about a call. Everything that costs something is asked for lazily. */
export interface CallFacts {
  readonly kind: 'fetch' | 'rpc';
  /** HTTP method for `fetch`, the RPC method's name for `rpc`. */
  readonly method: string;
  /** Host without port, lower case. */
  readonly host: string;
  /** Canonical path without query; `''` for RPC. */
  readonly path: string;
  /** The query without its `?`; `''` if none. */
  readonly query: string;
  /** A request header, or a carried header from baggage, or `null`. `name` is lower case. */
  readonly header: (name: string) => string | null;
  /** The caller's principal, `spiffe://<trust domain>/svc/<service>`, or `null` for an anonymous caller. */
  readonly principal: string | null;
  /** Of an RPC call; undefined for the read of a property. */
  readonly args?: readonly unknown[] | undefined;
}

export type Endpoint =
  | { readonly kind: 'worker'; readonly version: string; readonly worker: string }
  | {
      readonly kind: 'worker-version';
      readonly version: string;
      readonly worker: string;
      readonly workerVersion: string;
    }
  | {
      readonly kind: 'url';
      readonly version: string;
      /** Absolute http(s) URL; its path is put before the call's path. */
      readonly url: string;
      /** The `mtls_certificates` binding through which the edge fetches, if any. */
      readonly mtls?: string;
      /** `aud` of the JWT-SVID that the edge attaches; the URL's origin unless the document says otherwise. */
      readonly audience: string;
    };

export interface HeaderChange {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly add: readonly (readonly [name: string, value: string])[];
  readonly remove: readonly string[];
}

export interface Backend {
  readonly version: string;
  readonly weight: number;
  /** Undefined where the document names a version but no edge could ever reach it; the pick then yields `backend_unresolved`. */
  readonly endpoint: Endpoint;
  readonly requestHeaders?: HeaderChange;
  readonly responseHeaders?: HeaderChange;
}

export interface RetryRule {
  /** Retries after the first attempt. */
  readonly attempts: number;
  /** Response statuses that are retried; connection errors and thrown exceptions always are. */
  readonly codes: ReadonlySet<number>;
  /** Base of the exponential back-off in milliseconds; retry n waits uniform in [0, (2^n - 1) * base), at most 10 * base. */
  readonly backoffMs: number;
  readonly budget: { readonly percent: number; readonly burst: number };
  /** Methods that may be retried: the idempotent ones of RFC 9110 section 9.2.2 unless the route names others. For RPC: method names. */
  readonly methods: ReadonlySet<string>;
  /** Largest body in bytes (by Content-Length) that is buffered for a retry. */
  readonly bodyBytes: number;
}

export interface Route {
  readonly name: string;
  readonly backends: readonly Backend[];
  readonly requestTimeoutMs?: number;
  readonly backendRequestTimeoutMs?: number;
  readonly retry?: RetryRule;
  readonly requestHeaders?: HeaderChange;
  readonly responseHeaders?: HeaderChange;
}

export type AccessVerdict =
  | { readonly allowed: true; readonly rule: string }
  | { readonly allowed: false; readonly rule: string; readonly reason: 'deny-rule' | 'no-allow-rule' | 'strict' };

export interface JwtRule {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly jwksUri?: string;
  readonly jwks?: { readonly keys: readonly Record<string, unknown>[] };
}

export interface CertificateRule {
  /** SHA-256 fingerprint (lower-case hex) or RFC 2253 subject DN; a rule has exactly one of them. */
  readonly fingerprint?: string;
  readonly subject?: string;
  readonly principal: string;
}

/** The compiled `mesh` document. */
export interface MeshSettings {
  readonly trustDomain: string;
  readonly revision: string;
  /** Request headers that journeys carry as baggage, lower case. */
  readonly carry: readonly string[];
  /** Share of journeys whose spans are stored, 0 to 1; errors always are. */
  readonly sampling: number;
  /** How many telemetry shards isolates choose from. */
  readonly shards: number;
  /** After this long without an end, an open call without a deadline counts as cancelled. */
  readonly openCallBoundMs: number;
  /** What the routes and services of the mesh get where their own document says nothing; only compiling reads it. */
  readonly defaults?: MeshDefaults;
}

export interface MeshDefaults {
  readonly requestTimeoutMs?: number;
  readonly backendRequestTimeoutMs?: number;
  readonly retry?: RetryRule;
  readonly onStale?: 'serve' | 'refuse';
  readonly normalization?: Normalization;
}

export interface Snapshot {
  readonly service: string;
  /** The first 12 hex digits of the SHA-256 of the stored bytes. */
  readonly revision: string;
  readonly mesh: MeshSettings;
  /** `spiffe://<trust domain>/svc/<service>` of this service. */
  readonly principal: string;
  /** Hosts under which the public door answers; exact names, lower case, without port. */
  readonly publicHosts: readonly string[];
  readonly normalization: Normalization;
  readonly onStale: 'serve' | 'refuse' | 'default';
  readonly routes: readonly Route[];
  /** The first route, in document order, of which one match holds. */
  readonly findRoute: (facts: CallFacts) => Route | undefined;
  /** Undefined where the document has no access section: everything that gets this far is allowed. */
  readonly authorise?: (facts: CallFacts) => AccessVerdict;
  readonly jwt: readonly JwtRule[];
  readonly certificates: readonly CertificateRule[];
}
