/**
 * The words that travel between callers, edges and services, in one place so that every ring spells them alike.
 *
 * W3C headers carry what W3C defines (Trace Context, Baggage); everything that is Selvedge's own travels in one header,
 * because the cost of changing headers is one clone of the request however many are set, and one name is easy to strip.
 */

/** Headers read and written on a mesh hop. All names are lower case. */
export const wireHeader = {
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  baggage: 'baggage',
  /** `hops=3;deadline=1700000000000;caller=orders`: see `MeshContext`. */
  context: 'selvedge-context',
  /** What the caller's code had set under the names above: see `ownHopHeaders`. */
  own: 'selvedge-own',
  /** The JWT-SVID of an edge that calls a URL endpoint whose request already has an `authorization` header. */
  token: 'selvedge-token',
  /** A request asks for a fault by these, `300ms` and `503`, where its route allows it; no backend sees them. */
  faultDelay: 'selvedge-fault-delay',
  faultAbort: 'selvedge-fault-abort',
} as const;

/** What an edge tells its service of the client certificate that it accepted, in Envoy's form. */
export const clientCertHeader = 'x-forwarded-client-cert';

/** Platform and proxy headers that only a trusted party may set; a public door removes them. */
export const platformHeadersToStrip = [
  'cloudflare-workers-version-key',
  'cloudflare-workers-version-overrides',
  clientCertHeader,
] as const;

/** What the platform says of who connected. It writes the first anew, and appends to the second what the first says. */
export const platformHeader = {
  connectingAddress: 'cf-connecting-ip',
  forwardedFor: 'x-forwarded-for',
} as const;

/** The header that asks the platform for one version of a Worker: `name="version-id"`. */
export const versionOverrideHeader = 'cloudflare-workers-version-overrides';

const framing: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const ofHops: ReadonlySet<string> = new Set([wireHeader.traceparent, wireHeader.tracestate, wireHeader.baggage]);

/** A header is about the connection (RFC 9110 section 7.6.1), the mesh's own, or `Host`. */
export type HeaderFault = 'framing' | 'own' | 'host';

/** Why the header changes of a route may not name this header (in lower case); `undefined` where they may. */
export function unchangeableHeader(name: string, ofRequest: boolean): HeaderFault | undefined {
  if (framing.has(name)) return 'framing';
  if (name.startsWith('selvedge-')) return 'own';
  if (!ofRequest) return undefined;
  if (name === 'host') return 'host';
  return ofHops.has(name) ? 'own' : undefined;
}

/** Our member of `tracestate`: its value names the telemetry shard of the journey. */
export const tracestateMember = 'selvedge';

/**
 * The reserved RPC method by which a meshed caller hands its context to an edge, and an edge to a meshed service. It takes one
 * argument, because an object-literal entrypoint passes on only one: `[context, member, args]` for a call, `[context, member]` for the
 * read of a property. `member` is a name or the path to a nested one. An edge adds a fourth, `true`, toward a service and toward another edge: it
 * opens `disposableResult`.
 */
export const rpcCallMethod = 'selvedge:call';

/** The one key of the wrapper in which a result with a disposer of its own travels from a meshed service to its edge. */
export const disposableResult = 'selvedge:disposable';

/** A call through more edges than this is a loop (508). */
export const maxHops = 16;
