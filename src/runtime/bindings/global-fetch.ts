/** Global `fetch` of a meshed Worker: by the host that is called, it is the platform's own, brings the context along, or passes an edge. */

import type { RuntimeConfig } from '../../core/configs/runtime-config.ts';
import { parseTraceparent } from '../../core/context/trace-context.ts';
import { errorResponse } from '../../core/errors/error-reply.ts';
import { hostIndex } from '../../core/urls/host-index.ts';
import { currentContext } from '../context-store.ts';
import { withContext } from '../outgoing.ts';
import { fetchFollowing } from './follow.ts';

type Fetch = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

/** How calls of a host go out. */
type Way = { readonly through: { readonly fetch: Fetch } } | 'mesh' | 'known';

/** Local addresses: in development nothing that listens there is outside. */
const localHosts = ['localhost', '*.localhost', '127.0.0.1', '[::1]'];

/**
 * Hosts of the mesh get the context. A host for which a service of the mesh stands is called through that service's edge, by `bindings`.
 * Where only known hosts may be called, every other one is answered with 502, as Istio's REGISTRY_ONLY does. In both cases redirects are
 * followed here, since each of them may lead to a host of another kind. Of patterns that fit a host, the most specific decides.
 */
export function wrapGlobalFetch(
  config: RuntimeConfig,
  bindings: Readonly<Record<string, { readonly fetch: Fetch }>>,
): void {
  const { hosts, egress = {}, known, service, dev } = config;
  if (hosts.length === 0 && known === undefined && Object.keys(egress).length === 0) return;
  const bare: Fetch = globalThis.fetch;
  const wayOf = hostIndex<Way>([
    ...Object.entries(egress).flatMap(([host, binding]) => {
      const through = bindings[binding];
      return through === undefined ? [] : [[host, { through }] as const];
    }),
    ...hosts.map((host) => [host, 'mesh'] as const),
    ...[...(known ?? []), ...(dev ? localHosts : [])].map((host) => [host, 'known'] as const),
  ]);
  const refuse = refuser(service);
  const go = (host: string, way: Way | undefined, input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const signal = init?.signal ? { signal: init.signal } : undefined;
    if (way === 'mesh') return bare(withContext(input, init, service), signal);
    if (typeof way === 'object') return way.through.fetch(input, init);
    // What has no host, such as a data URL or a malformed one, calls nobody.
    if (way === undefined && known !== undefined && host !== '') return refuse(host);
    return bare(input, init);
  };
  const send: Fetch = (input, init) => {
    const host = hostOf(input);
    return go(host, wayOf(host), input, init);
  };
  const meshed: Fetch = (input, init) => {
    const host = hostOf(input);
    const way = wayOf(host);
    return known === undefined && typeof way !== 'object'
      ? go(host, way, input, init)
      : fetchFollowing(send, input, init);
  };
  globalThis.fetch = meshed as typeof fetch;
  if (known !== undefined) guardConnections((host) => wayOf(host) === undefined && host !== '');
}

/** Hosts may come from outside, in whatever number: so many are told in the log. */
const mostTold = 100;

/** The answer instead of a host that the mesh does not know; the first of each host is logged too. */
function refuser(service: string): (host: string) => Promise<Response> {
  const told = new Set<string>();
  return async (host) => {
    const message = refusal(host);
    if (!told.has(host) && told.size < mostTold) {
      told.add(host);
      console.warn(message);
    }
    const traceId = parseTraceparent(currentContext()?.traceparent)?.traceId ?? '';
    return errorResponse({ code: 'egress_denied', host }, service, traceId, message);
  };
}

function refusal(host: string): string {
  return `The mesh lets calls out to hosts that it knows only (egress.mode: registry-only), and ${host} is none: add it to egress.hosts of the mesh document and deploy again.`;
}

/** `new WebSocket(url)` and `new EventSource(url)` connect by themselves, past `fetch`. */
function guardConnections(isDenied: (host: string) => boolean): void {
  const global = globalThis as unknown as Record<string, (abstract new (...args: never[]) => object) | undefined>;
  for (const name of ['WebSocket', 'EventSource']) {
    const bare = global[name];
    if (bare === undefined) continue;
    global[name] = new Proxy(bare, {
      construct(target, args, newTarget) {
        const host = hostOf(String(args[0]));
        if (isDenied(host)) throw new TypeError(refusal(host));
        return Reflect.construct(target, args, newTarget) as object;
      },
    });
  }
}

/** Without the dot of a fully qualified name, which leads to the same host. */
function hostOf(input: RequestInfo | URL): string {
  try {
    return new URL(input instanceof Request ? input.url : String(input)).hostname.toLowerCase().replace(/\.$/, '');
  } catch {
    // The platform's fetch says what is wrong with it.
    return '';
  }
}
