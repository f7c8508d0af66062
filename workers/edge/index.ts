/**
 * The edge: one Worker that stands in front of a service and proxies every call to it.
 * The default export is the public door; `Mesh` and `MeshRpc` are the mesh door, which no route can reach.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import type { MeshProps } from '../../src/core/configs/edge-config.ts';
import { rpcCallMethod } from '../../src/core/wire.ts';
import { withAnyMethod } from '../../src/platform/any-method.ts';
import { meshFetch, meshRpc, publicFetch } from '../../src/platform/doors.ts';
import { createEdge, type Edge } from '../../src/platform/edge.ts';
import type { EdgeEnv } from '../../src/platform/edge-env.ts';
import type { Bindings } from './bindings.ts';

let documents: Readonly<Record<string, string>> = {};
let edge: Edge | undefined;

/** Called at module scope by the entry that a deployment generates: documents for an isolate that cannot reach KV, by KV key. */
export function bake(baked: Readonly<Record<string, string>>): void {
  documents = baked;
}

function edgeOf(env: EdgeEnv): Edge {
  edge ??= createEdge(env, documents);
  return edge;
}

/** The mesh door for fetch, and for RPC of callers that have the in-Worker runtime. */
export class Mesh extends WorkerEntrypoint<Bindings, MeshProps> {
  override fetch(request: Request): Promise<Response> {
    return meshFetch(edgeOf(this.env), request, this.ctx.props, this.ctx);
  }

  [rpcCallMethod](packed: unknown): Promise<unknown> {
    return meshRpc(edgeOf(this.env), packed, this.ctx.props, this.ctx);
  }
}

/** The mesh door for callers without the runtime: every method name reaches the same RPC call. Kept apart, because the proxy on its prototype chain would slow `fetch`. */
export class MeshRpc extends withAnyMethod(Mesh) {}

export default {
  fetch(request, env, context) {
    return publicFetch(edgeOf(env), request, context);
  },
} satisfies ExportedHandler<Bindings>;
