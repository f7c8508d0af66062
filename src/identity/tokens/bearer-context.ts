/** What a bearer token is judged with: for whom it is meant, whose keys there are, and what the isolate remembers. */
import type { JwtRule } from '../../model/authentication-rules.ts';
import type { Fetch } from './fetch-jwks.ts';
import type { Invocation, KeyCache, KeySource } from './key-cache.ts';
import type { TokenCache } from './token-cache.ts';

/** The keys of trust domains that the mesh federates with. */
export interface FederatedKeys {
  readonly cache: KeyCache;
  /** Undefined for a trust domain that the mesh does not federate with, as far as anybody knows by now. */
  source(trustDomain: string): KeySource | undefined;
}

export interface BearerContext extends Invocation {
  readonly trustDomain: string;
  /** Other names of the trust domain: its own keys sign for them too. */
  readonly aliases?: readonly string[];
  /** Principal of the service that is called; an audience of the mesh's own tokens. */
  readonly service: string;
  /** Host of the request, with its port if it has one. */
  readonly host: string;
  /** The isolate's copies of key sets, and its verdicts. */
  readonly keyCache: KeyCache;
  readonly tokenCache: TokenCache;
  /** The mesh's own keys; undefined where there is no identity Worker, or nobody looks for a caller, and then no token of the mesh is valid. */
  readonly meshKeys: KeySource | undefined;
  readonly federated?: FederatedKeys | undefined;
  readonly fetch: Fetch;
  /** Only in development: JWKS URIs may lead to this machine, over http too. */
  readonly allowLoopback: boolean;
  /** Every rule of the service, where those that look at the token's place are only some: what one of them names is no other's. */
  readonly allRules?: readonly JwtRule[];
}
