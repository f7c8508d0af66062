/** How an edge reaches endpoints: service bindings, one version of a Worker, URLs, with or without a client certificate. */
import type { UpstreamBinding, UpstreamTable } from '../core/edge-config.ts';
import { type CarriedContext, formatRpcContext } from '../core/mesh-context.ts';
import { rpcCallMethod } from '../core/wire.ts';
import type { Endpoint } from '../model/snapshot.ts';
import type { Transport } from '../proxy/deps.ts';

type Fetching = Pick<Fetcher, 'fetch'>;
type Methods = Record<string, (...args: readonly unknown[]) => Promise<unknown>>;

export class BindingTransport implements Transport {
  readonly #env: Readonly<Record<string, unknown>>;
  readonly #upstreams: UpstreamTable;
  /** Bindings whose Worker turned out to lack the runtime. */
  readonly #bare = new Set<string>();

  constructor(env: object, upstreams: UpstreamTable) {
    this.#env = env as Readonly<Record<string, unknown>>;
    this.#upstreams = upstreams;
  }

  resolves(endpoint: Endpoint, upstream: string, kind: 'fetch' | 'rpc'): boolean {
    if (endpoint.kind === 'url') return kind === 'fetch' && (endpoint.mtls === undefined || endpoint.mtls in this.#env);
    const entry = this.#upstreams[upstream]?.[endpoint.worker];
    return entry !== undefined && entry.binding in this.#env;
  }

  fetch(endpoint: Endpoint, upstream: string, request: Request): Promise<Response> {
    if (endpoint.kind !== 'url') return this.#binding<Fetching>(endpoint, upstream).target.fetch(request);
    const there = new Request(urlAt(endpoint.url, request.url), request);
    // A redirect is the caller's to follow, as it is when the service stands behind a binding.
    const init = { redirect: 'manual' } as const;
    return endpoint.mtls === undefined ? fetch(there, init) : (this.#env[endpoint.mtls] as Fetching).fetch(there, init);
  }

  /**
   * A Worker with the in-Worker runtime takes the context with the call; to any other the call goes bare. One that was deployed
   * without the runtime that its edge expects says that it has no reserved method, which is before anything of it has run.
   */
  async call(
    endpoint: Endpoint,
    upstream: string,
    context: CarriedContext,
    method: string,
    args: readonly unknown[],
  ): Promise<unknown> {
    const { target, runtime, binding } = this.#binding<Methods>(endpoint, upstream);
    if (runtime && !this.#bare.has(binding)) {
      try {
        return await target[rpcCallMethod]!([formatRpcContext(context), method, args]);
      } catch (error) {
        if (!lacksReservedMethod(error)) throw error;
        this.#bare.add(binding);
      }
    }
    return target[method]!(...args);
  }

  #binding<T>(endpoint: Endpoint, upstream: string): UpstreamBinding & { target: T } {
    const entry = endpoint.kind === 'url' ? undefined : this.#upstreams[upstream]?.[endpoint.worker];
    if (entry === undefined) throw new Error(`No binding for upstream ${upstream} of ${endpoint.version}.`);
    return { ...entry, target: this.#env[entry.binding] as T };
  }
}

/** What workerd says of a method that a class does not have; a user's own error with these words would have to name our method. */
function lacksReservedMethod(error: unknown): boolean {
  return error instanceof TypeError && error.message.includes(`does not implement the method "${rpcCallMethod}"`);
}

/** The endpoint's URL with the call's path and query behind its own path. */
function urlAt(base: string, called: string): string {
  const afterScheme = called.indexOf('://') + 3;
  const target = called.slice(afterScheme).search(/[/?]/);
  const rest = target === -1 ? '/' : called.slice(afterScheme + target);
  return base.replace(/\/+$/, '') + (rest.startsWith('/') ? rest : `/${rest}`);
}
