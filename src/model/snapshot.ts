/**
 * A snapshot is a document parsed, validated and compiled for the data path: plain data and small pure functions.
 * A request runs none of the work that compiling does: no name look-ups in configuration, no RegExp construction.
 */

import type { AccessVerdict, Asked } from '../core/access/decide.ts';
import type { CorsRule } from '../core/cors/cors.ts';
import type { FaultRule } from '../core/fault.ts';
import type { SessionPaths } from '../core/splitting/session.ts';
import type { Normalization } from '../core/urls/canonical-path.ts';
import type { RedirectRule } from '../core/urls/redirect-location.ts';
import type { PathModifier, RewriteRule } from '../core/urls/url-rewrite.ts';
import type { MtlsRule, PlacedJwtRule, UserTokens } from './authentication-rules.ts';
import type { CallFacts } from './call-facts.ts';
import type { MeshDocument } from './schema/mesh.ts';

export type { AccessVerdict, Asked, CorsRule, FaultRule, Normalization, PathModifier, RedirectRule, RewriteRule };

/** One place where a version can be reached. */
export type Endpoint = (
  | { readonly kind: 'worker'; readonly version: string; readonly worker: string }
  | {
      readonly kind: 'worker-version';
      readonly version: string;
      readonly worker: string;
      readonly workerVersion: string;
    }
  /** Another service of the mesh, through its edge; the version's name is the service's. */
  | {
      readonly kind: 'service';
      readonly version: string;
      readonly service: string;
      /** The service whose document names it, as which it is called. */
      readonly caller: string;
    }
  | {
      readonly kind: 'url';
      readonly version: string;
      /** Absolute http(s) URL; its path is put before the call's path. */
      readonly url: string;
      /** The `mtls_certificates` binding through which the edge fetches, if any. */
      readonly mtls?: string;
      /**
       * `aud` of the JWT-SVID that the edge attaches; the URL's origin unless the document says otherwise. `''` attaches none: a host outside
       * of the mesh for which the service stands knows nothing of our identities.
       */
      readonly audience: string;
      /** The mesh document does not let calls to this host out. */
      readonly denied?: boolean;
    }
) & {
  /** Region, zone, sub-zone; fewer where the document says fewer. */
  readonly locality?: readonly string[];
  /** Share among the endpoints of the version; 1 unless the document says otherwise. */
  readonly weight?: number;
};

/** What tells one caller from another; the first key that a call has decides. */
export type HashKey =
  | { readonly kind: 'header' | 'queryParam' | 'claim'; readonly name: string }
  | { readonly kind: 'cookie'; readonly name: string; readonly ttlMs?: number; readonly path: string }
  | { readonly kind: 'caller' | 'address' };

export interface BalanceRule {
  readonly algorithm: 'least-request' | 'round-robin' | 'random' | 'consistent-hash';
  readonly by: readonly HashKey[];
  readonly locality?: {
    readonly distribute: readonly {
      readonly from: readonly string[];
      readonly to: readonly (readonly [to: readonly string[], percent: number])[];
    }[];
    readonly failover: readonly { readonly from: readonly string[]; readonly to: readonly string[] }[];
  };
}

export interface OutlierRule {
  readonly consecutiveErrors: number;
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  readonly maxEjectedPercent: number;
}

/** What a backend leads to: the endpoints of one version, or of a service, and how one of them is chosen. */
export interface Target {
  /** The version's name, or the service's. */
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  readonly balance: BalanceRule;
  readonly outlier?: OutlierRule;
}

export interface HeaderChange {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly add: readonly (readonly [name: string, value: string])[];
  readonly remove: readonly string[];
}

export interface MirrorRule {
  readonly target: Target;
  /** Share of the calls that are copied, 0 to 1. */
  readonly share: number;
}

export interface DirectResponse {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
}

/** What the filters of a route, or of one backend, came to; a member is absent where no filter asks for it. */
export interface FilterRules {
  readonly requestHeaders?: HeaderChange;
  readonly responseHeaders?: HeaderChange;
  readonly redirect?: RedirectRule;
  readonly rewrite?: RewriteRule;
  readonly mirrors?: readonly MirrorRule[];
  readonly cors?: CorsRule;
  readonly directResponse?: DirectResponse;
  readonly fault?: FaultRule;
}

export interface Backend extends FilterRules {
  /** Name of the version, or of the service. */
  readonly version: string;
  readonly weight: number;
  readonly target: Target;
}

/** GEP-1619. */
export interface SessionRule {
  readonly name: string;
  readonly type: 'Cookie' | 'Header';
  readonly absoluteTimeoutMs?: number;
  readonly idleTimeoutMs?: number;
  /** Whether the cookie outlives the browser's session. */
  readonly permanent: boolean;
  /** Of the route's matches: where the client sends the cookie. */
  readonly paths: SessionPaths;
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

export interface Route extends FilterRules {
  readonly name: string;
  readonly backends: readonly Backend[];
  readonly requestTimeoutMs?: number;
  readonly backendRequestTimeoutMs?: number;
  readonly retry?: RetryRule;
  /** Keys by which the same caller gets the same backend. */
  readonly sticky?: readonly HashKey[];
  readonly session?: SessionRule;
  /** Whether a version that was chosen further up in the journey is chosen here too, where a backend has it. */
  readonly followVersion?: boolean;
  /** Whether it answers before access rules are asked; no document can say so of a route of its own. */
  readonly beforeAccess?: boolean;
}

/** A route and the match of it that held; made once, when the document is compiled. */
export interface Found {
  readonly route: Route;
  /** The value of the match's PathPrefix, `/` where it has none: what ReplacePrefixMatch replaces. */
  readonly prefix: string;
  /** Position of the match in the route; 0 where the route has none. */
  readonly match: number;
}

export interface ClientAddressRule {
  /** How many proxies before the mesh are believed in `X-Forwarded-For`. */
  readonly trustedProxies: number;
  /** Request header in which the callee finds the client's address, lower case. */
  readonly header?: string;
}

/** A service, Worker or URL that decides about calls, in the manner of Envoy's HTTP authorisation service. */
export interface Authoriser {
  readonly name: string;
  readonly endpoint: Endpoint;
  /** What stands before the call's path in the question; no slash at its end. */
  readonly pathPrefix: string;
  readonly timeoutMs: number;
  /** Whether a call passes for which there is no verdict. */
  readonly failOpen: boolean;
  /** Status of a refusal for want of a verdict. */
  readonly statusOnError: number;
  /** Header names are lower case, here and below. */
  readonly requestHeaders: readonly string[];
  readonly addHeaders: readonly (readonly [name: string, value: string])[];
  readonly upstreamHeaders: readonly string[];
  /** Of these, those that it is not shown: what callers send there is removed, since nobody has judged it. */
  readonly ownHeaders: readonly string[];
  /** Undefined for all but those about the connection. */
  readonly downstreamHeaders?: readonly string[];
  /** For how long a verdict is used again; 0 for not at all. */
  readonly cacheMs: number;
}

/** Whom custom rules ask. */
export interface Consultation {
  /** In the order of the providers' names. */
  readonly asked: (facts: CallFacts, nowMs: number) => readonly Asked[];
  /** By name; a rule may name one that nobody has described. */
  readonly authorisers: ReadonlyMap<string, Authoriser>;
}

/** The compiled `mesh` document. */
export interface MeshSettings {
  readonly trustDomain: string;
  /** Other names of the trust domain, while it moves from one to another; absent where there are none. */
  readonly trustDomainAliases?: readonly string[];
  readonly revision: string;
  /** Request headers that journeys carry as baggage, lower case. */
  readonly carry: readonly string[];
  /** Share of journeys whose spans are stored, 0 to 1; errors always are. */
  readonly sampling: number;
  /** How many telemetry shards isolates choose from. */
  readonly shards: number;
  /** After this long without an end, an open call without a deadline counts as cancelled. */
  readonly openCallBoundMs: number;
  /** The hosts to which URLs of versions may lead; any where it is absent. Only compiling reads it. */
  readonly egressHosts?: readonly string[];
  /** What the routes and services of the mesh get where their own document says nothing; only compiling reads it. */
  readonly defaults?: MeshDefaults;
}

export interface MeshDefaults {
  readonly requestTimeoutMs?: number;
  readonly backendRequestTimeoutMs?: number;
  readonly retry?: RetryRule;
  readonly onStale?: 'serve' | 'refuse';
  readonly normalization?: Normalization;
  readonly access?: NonNullable<MeshDocument['defaults']>['access'];
  readonly jwt?: readonly PlacedJwtRule[];
}

export interface Snapshot {
  readonly service: string;
  /** The first 12 hex digits of the SHA-256 of the stored bytes. */
  readonly revision: string;
  readonly mesh: MeshSettings;
  /** `spiffe://<trust domain>/svc/<service>` of this service. */
  readonly principal: string;
  /** Hosts under which the public door answers, listeners' included: names, `*.example.com`, or `*`; lower case, without port. */
  readonly publicHosts: readonly string[];
  readonly clientAddress?: ClientAddressRule;
  readonly normalization: Normalization;
  /** Whether access rules ask for the host, so that the callee must find the one that they judged wherever it looks. */
  readonly judgesHost?: boolean;
  readonly onStale: 'serve' | 'refuse' | 'default';
  readonly routes: readonly Route[];
  /** The first route, in document order, of which one match holds. A route bound to listeners is for their calls only. */
  readonly findRoute: (facts: CallFacts) => Found | undefined;
  /** Undefined where neither the document nor the mesh says anything of access: everything that gets this far is allowed. `nowMs` is when the call began. */
  readonly authorise?: (facts: CallFacts, nowMs: number) => AccessVerdict;
  /** Undefined where no rule asks an external authoriser. */
  readonly consult?: Consultation;
  /** Undefined where nobody named an issuer: tokens are the service's own business then. */
  readonly userTokens?: UserTokens;
  /** How client certificates on the public door are judged; undefined where the document has no `mtls`, and nobody looks at them. */
  readonly mtls?: MtlsRule;
}
