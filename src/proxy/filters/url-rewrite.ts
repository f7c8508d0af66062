/**
 * Changes the host and the path that a backend is asked for. Only the address is made here; `sign` makes the one clone that has it. What a
 * backend says of host or path goes before what the route says of the same.
 */
import { MeshFailure } from '../../core/errors/mesh-error.ts';
import { type TargetRewrite, targetRewrite } from '../../core/urls/url-rewrite.ts';
import type { Backend } from '../../model/snapshot.ts';
import type { Call, Filter } from '../call.ts';
import type { RouteParts } from '../deps.ts';

/** Undefined where the route readdresses nothing. Throws `bad_rewrite` where no path can be made. */
export function urlRewrite({ route, snapshot }: RouteParts): Filter | undefined {
  if (route?.rewrite === undefined) return undefined;
  const rewrite = targetRewrite(route.rewrite, snapshot.normalization);
  return (call, next) => next(withTarget(call, rewrite, route.name));
}

/** The same, of the backend that was picked. */
export function backendUrlRewrite({ route, snapshot }: RouteParts): Filter | undefined {
  if (route === undefined) return undefined;
  const rewrites = new Map<Backend, TargetRewrite>();
  for (const backend of route.backends) {
    if (backend.rewrite === undefined) continue;
    const hostname = backend.rewrite.hostname ?? route.rewrite?.hostname;
    const path = backend.rewrite.path ?? route.rewrite?.path;
    rewrites.set(backend, targetRewrite({ hostname, path }, snapshot.normalization));
  }
  if (rewrites.size === 0) return undefined;
  return (call, next) => {
    const rewrite = call.attempt && rewrites.get(call.attempt.backend);
    return next(rewrite === undefined ? call : withTarget(call, rewrite, route.name));
  };
}

function withTarget(call: Call, rewrite: TargetRewrite, route: string): Call {
  if (call.kind === 'rpc') return call;
  const { url, path, query, matchedPrefix } = call;
  const target = rewrite({ url, path, query, prefix: matchedPrefix });
  if (target === undefined) throw new MeshFailure({ code: 'bad_rewrite', route, path });
  return { ...call, target };
}
