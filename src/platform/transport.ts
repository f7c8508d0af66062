/** How an edge reaches endpoints: service bindings, one version of a Worker, other services' edges, URLs, with or without a client certificate. */

import {
  defaultUpstream,
  type EdgeVars,
  type PeerTable,
  type UpstreamBinding,
  type UpstreamTable,
} from '../core/configs/edge-config.ts';
import { type CarriedContext, formatRpcContext } from '../core/context/mesh-context.ts';
import { MeshFailure } from '../core/errors/mesh-error.ts';
import { isPlainData } from '../core/plain-data.ts';
import { type RpcMember, refuseLocal } from '../core/rpc/rpc-member.ts';
import { hasReservedMethod, lacksReservedMethod } from '../core/rpc/rpc-receiver.ts';
import { hostOf } from '../core/urls/host.ts';
import { rpcCallMethod } from '../core/wire.ts';
import type { Endpoint } from '../model/snapshot.ts';
import type { RpcReply } from '../proxy/call.ts';
import type { Transport } from '../proxy/deps.ts';

type Fetching = Pick<Fetcher, 'fetch'>;
type Remote = ((...args: readonly unknown[]) => Promise<unknown>) & { readonly [name: string]: Remote };
type Callee = Readonly<Record<string, Remote>> & { readonly [rpcCallMethod]: Remote };

/** How long a callee that had no reserved method is called without it: a deployment may bring the runtime at any time. */
const bareForMs = 10_000;

export class BindingTransport implements Transport {
  readonly #env: Readonly<Record<string, unknown>>;
  readonly #upstreams: UpstreamTable;
  readonly #peers: PeerTable;
  /** Bindings whose Worker turned out to lack the runtime, and until when that counts. */
  readonly #bareUntil = new Map<string, number>();
  /** Bindings whose Worker has shown the runtime. */
  readonly #meshed = new Set<string>();
  readonly #now: () => number;

  constructor(env: Pick<EdgeVars, 'UPSTREAMS' | 'PEERS'>, now: () => number) {
    this.#now = now;
    this.#env = env as unknown as Readonly<Record<string, unknown>>;
    this.#upstreams = env.UPSTREAMS;
    this.#peers = env.PEERS ?? {};
  }

  resolves(endpoint: Endpoint, upstream: string, kind: 'fetch' | 'rpc'): boolean {
    if (endpoint.kind === 'url')
      return kind === 'fetch' && (endpoint.mtls === undefined || Object.hasOwn(this.#env, endpoint.mtls));
    if (endpoint.kind === 'service') {
      // A binding to another service asks for its default entrypoint: an entrypoint of this service means nothing there.
      const binding = upstream === defaultUpstream ? this.#peers[endpoint.caller]?.[endpoint.service] : undefined;
      return binding !== undefined && binding in this.#env;
    }
    const entry = this.#upstreams[upstream]?.[endpoint.worker];
    return entry !== undefined && entry.binding in this.#env;
  }

  fetch(endpoint: Endpoint, upstream: string, request: Request): Promise<Response> {
    if (endpoint.kind === 'service') return this.#peer<Fetching>(endpoint).fetch(request);
    if (endpoint.kind !== 'url') return this.#binding<Fetching>(endpoint, upstream).target.fetch(request);
    if (endpoint.denied) return Promise.reject(new MeshFailure({ code: 'egress_denied', host: hostOf(endpoint.url) }));
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
    member: RpcMember,
    args: readonly unknown[] | undefined,
  ): Promise<RpcReply> {
    if (endpoint.kind === 'service') {
      const value = await this.#peer<Callee>(endpoint)[rpcCallMethod]([formatRpcContext(context), member, args, true]);
      return { value, sealed: true };
    }
    const { target, runtime, binding } = this.#binding<Callee>(endpoint, upstream);
    if (runtime && !this.#isBare(binding) && (await this.#outlivesRefusal(binding, target, args))) {
      try {
        const value = await target[rpcCallMethod]([formatRpcContext(context), member, args, true]);
        this.#meshed.add(binding);
        return { value, sealed: true };
      } catch (error) {
        // The words may have come from further on: only a callee without the method is asked again.
        if (!lacksReservedMethod(error) || (await hasReservedMethod(target))) throw error;
        this.#bareUntil.set(binding, this.#now() + bareForMs);
      }
    }
    return { value: await callBare(target, member, args) };
  }

  #isBare(binding: string): boolean {
    const until = this.#bareUntil.get(binding);
    return until !== undefined && this.#now() < until;
  }

  /** Stubs and streams can be sent once only: before they go to a callee that has not shown the reserved method yet, it is asked for it. */
  async #outlivesRefusal(binding: string, target: Callee, args: readonly unknown[] | undefined): Promise<boolean> {
    if (args === undefined || this.#meshed.has(binding) || isPlainData(args)) return true;
    return hasReservedMethod(target);
  }

  #peer<T>({ caller, service }: Endpoint & { readonly kind: 'service' }): T {
    const binding = this.#peers[caller]?.[service];
    if (binding === undefined) throw new Error(`No binding to the service ${service}.`);
    return this.#env[binding] as T;
  }

  #binding<T>(endpoint: Endpoint, upstream: string): UpstreamBinding & { target: T } {
    const entry = 'worker' in endpoint ? this.#upstreams[upstream]?.[endpoint.worker] : undefined;
    if (entry === undefined) throw new Error(`No binding for upstream ${upstream} of ${endpoint.version}.`);
    return { ...entry, target: this.#env[entry.binding] as T };
  }
}

/** The call as the caller's own binding would have made it. */
function callBare(target: Callee, member: RpcMember, args: readonly unknown[] | undefined): PromiseLike<unknown> {
  refuseLocal(member);
  const found =
    typeof member === 'string'
      ? target[member]
      : member.reduce<Callee | Remote>((object, name) => object[name] as Remote, target);
  return args === undefined ? (found as unknown as PromiseLike<unknown>) : (found as Remote)(...args);
}

/** The endpoint's URL with the call's path and query behind its own path. */
function urlAt(base: string, called: string): string {
  const afterScheme = called.indexOf('://') + 3;
  const target = called.slice(afterScheme).search(/[/?]/);
  const rest = target === -1 ? '/' : called.slice(afterScheme + target);
  return base.replace(/\/+$/, '') + (rest.startsWith('/') ? rest : `/${rest}`);
}
