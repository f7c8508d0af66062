/** What matching and access rules can ask about a call. Everything that costs something is asked for lazily. */
export interface CallFacts {
  readonly kind: 'fetch' | 'rpc';
  /** Listeners and redirects to HTTPS are for calls of the public door; one of the mesh door goes by the routes alone. */
  readonly door: 'mesh' | 'public';
  /** HTTP method for `fetch`, the RPC method's name for `rpc`. */
  readonly method: string;
  /** Host without port, lower case. */
  readonly host: string;
  /** Canonical path without query; `''` for RPC. */
  readonly path: string;
  /** The query without its `?`; `''` if none. */
  readonly query: string;
  /** The canonical absolute URL, which tells scheme and port; `''` for RPC. */
  readonly url: string;
  /** A request header, or a carried header from baggage, or `null`. `name` is lower case. */
  readonly header: (name: string) => string | null;
  /** The calling service's principal, a SPIFFE id such as `spiffe://<trust domain>/svc/<service>`; `null` where nobody has proven one. */
  readonly principal: string | null;
  /** The end user, `<issuer>/<subject>` of a token that was verified; `null` without one, or without a subject. */
  readonly requestPrincipal: string | null;
  /** The claims of the end user's token; `null` where none was verified. */
  readonly claims: Readonly<Record<string, unknown>> | null;
  /** Where a public caller is, by `request.cf`; `null` on every other hop, where it is never read. */
  readonly geo: () => Geo | null;
  /** The address that connected to the public door; `''` on every other hop. */
  readonly peerAddress: () => string;
  /** The client's address, by the document's `clientAddress` rule; `''` on every hop but the public door's. */
  readonly address: () => string;
  /** The versions that were chosen further up in this journey: see `parseJourneyVersions` in src/core. `''` if none. */
  readonly journey: string;
  /** The calling service's name, `''` for a caller from outside. */
  readonly caller?: string;
  /** Of an RPC call; undefined for the read of a property. */
  readonly args?: readonly unknown[] | undefined;
}

/** Of `request.cf`; a part that the platform does not tell is `''`. */
export interface Geo {
  readonly continent: string;
  readonly country: string;
  readonly colo: string;
}
